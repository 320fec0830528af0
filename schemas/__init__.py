"""What may be uploaded: columns, vocabulary and one Pandera schema for each kind of upload."""

PROJECT = "ghg-ledger"
