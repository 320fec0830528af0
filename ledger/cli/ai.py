"""The commands for AI over its life cycle; each theme joins them from a module of its own."""

from __future__ import annotations

import typer

ai_app = typer.Typer(help="AI over its life cycle: hardware, clouds, runs and their footprint.", no_args_is_help=True)
