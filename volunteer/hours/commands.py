"""Commands: does the ledger add up."""

import click

from volunteer.hours import checks
from volunteer.kernel.speech import hours_text, thousands
from volunteer.ledger.commands import ledger


@ledger.command("check")
def check() -> None:
    """Say whether the ledger adds up: every fault with the entry, proposal or person it is about."""
    found = checks.check_ledger()
    click.echo(f"{thousands(found.entries)} entries, {hours_text(found.minutes)} effective hours.")
    for one in found.faults:
        click.echo(f"{one.where}: {one.fault}", err=True)
    if found.faults:
        raise click.ClickException(f"{thousands(len(found.faults))} faults.")
    click.echo("The ledger adds up.")
