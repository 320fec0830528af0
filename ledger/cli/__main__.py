"""`python -m ledger.cli` is the command `ghg`."""

from ledger.cli import main

main()
