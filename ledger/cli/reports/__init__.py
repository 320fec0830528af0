"""Reports made, issued, checked and compared, and what a standard asks of them."""
