"""Two reports side by side, with the reason of each difference."""
