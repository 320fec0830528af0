"""Figures become documents: HTML, PDF, XLSX, JSON and inline XBRL from one frozen record of figures.

`kinds` begins it. A folder imports only from those before it: `words`, `figures`, `tables`, `requirements`, `charts`,
`documents`, then the documents themselves (`quarterly`, `statement`, `comparison`), and `checking` of their files.
"""
