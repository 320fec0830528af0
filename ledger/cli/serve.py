"""The command that serves the web app."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, LedgerOption, book, faults

commands = typer.Typer()


@commands.command()
def serve(
    host: Annotated[
        str, typer.Option(help="The address to listen at; this machine alone when left out.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen at.", min=1, max=65535)] = 8550,
    read_only: Annotated[bool, typer.Option("--read-only", help="Show everything and write nothing.")] = False,
    origin: Annotated[
        str | None, typer.Option(help="The address that people type, where it is another: https://carbon.example.org")
    ] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="A certificate (PEM): serve by TLS without a proxy.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="The key of the certificate (PEM).")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
) -> None:
    """Open the web app: upload, understand, review, sign. It ends with Ctrl-C."""
    with faults():
        from ledger.web.serving import serve_app, web_settings

        held = book(ledger, actor)
        held.people()  # a ledger that cannot be read is told before anything is served
        settings = web_settings(held, (host, port), origin, (tls_cert, tls_key), read_only=read_only)
        serve_app(settings, (host, port), (tls_cert, tls_key), typer.echo)
