"""What is handed back or out: the marked workbook, templates, proposals."""
