"""Signatures and time stamps: who signed what, by which key, and who vouches for it."""
