"""Finding codes: how grave each is, what it says, and what to do."""
