"""Charts as Vega-Lite specifications, a module a chart, and their SVG."""
