"""The web app: the same verbs as the command line, on pages; for people who never see a terminal, and for auditors."""
