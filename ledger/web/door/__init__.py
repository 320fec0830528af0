"""Who comes in: the guard before every request, sessions, passwords, tokens, OpenID Connect, and the log."""
