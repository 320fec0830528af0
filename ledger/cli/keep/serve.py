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
    log: Annotated[
        Path | None, typer.Option(help="A file for the log of requests and faults; standard error when left out.")
    ] = None,
    oidc_issuer: Annotated[
        str | None, typer.Option(help="Single sign-on (OpenID Connect): the provider's address.", metavar="URL")
    ] = None,
    oidc_client_id: Annotated[
        str | None, typer.Option(help="What the app is called there; its secret is in GHG_OIDC_CLIENT_SECRET.")
    ] = None,
    oidc_secret_file: Annotated[
        Path | None, typer.Option(help="Or in a file that you alone can read.")
    ] = None,
    oidc_claim: Annotated[
        str, typer.Option(help="The claim that is a person's name in the ledger.")
    ] = "email",
    grid: Annotated[str, typer.Option(help="Zones of grids to fetch on a timer: DE,FR; none where left out.")] = "",
    grid_source: Annotated[str, typer.Option(help="electricity-maps or uk-carbon-intensity.")] = "electricity-maps",
    grid_every: Annotated[int, typer.Option(help="Minutes between two rounds, 5 to 1440.")] = 60,
    grid_url: Annotated[str | None, typer.Option(help="Address of the service, where it is another.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
) -> None:
    """Open the web app: upload, understand, review, sign. It ends with Ctrl-C."""
    with faults():
        from ledger.web.grid_watch import grid_plan
        from ledger.web.serving import oidc_of, serve_app, web_settings

        held = book(ledger, actor)
        held.people()  # a ledger that cannot be read is told before anything is served
        oidc = oidc_of(oidc_issuer, oidc_client_id, oidc_secret_file, oidc_claim)
        settings = web_settings(held, (host, port), origin, (tls_cert, tls_key), read_only=read_only, oidc=oidc,
                                grid=grid_plan(grid, grid_source, grid_every, grid_url))  # fmt: skip
        serve_app(settings, (host, port), (tls_cert, tls_key), typer.echo, log)
