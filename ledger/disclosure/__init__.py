"""Figures become documents: HTML, PDF, XLSX and JSON from one frozen object of figures."""
