"""`ghg review`, the auditor's work and its samples; and the life of a period, from submission to a restatement."""

from __future__ import annotations

import typer

from ledger.cli.review import auditing, sampling

review_app = typer.Typer(help="The auditor's work: engagement, findings, marks, sign-off.", no_args_is_help=True)

for part in (auditing, sampling):
    review_app.add_typer(part.commands)
