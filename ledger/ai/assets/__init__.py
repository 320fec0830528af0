"""Machines held: what their manufacture emitted, posted once in the year of purchase, and spread over their life."""
