"""What all documents share: the page and its PDF, the workbook, JSON, their files, and what they rest on."""
