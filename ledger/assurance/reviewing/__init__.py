"""The review as the ledger holds it: remarks, documents, engagements, sign-offs, and what changed."""
