"""Commands: do the ledgers hold."""

import time
from pathlib import Path

import click
from tqdm import tqdm

from volunteer.integrity.faults import Findings
from volunteer.integrity.trees import signed_outside
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel.speech import thousands
from volunteer.ledger.commands import ledger


@ledger.command("verify")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="Checkpoints that were kept elsewhere; any number in one file.",
)
@click.option("--quiet", is_flag=True, help="Say nothing when all is well.")
def verify(against: tuple[Path, ...], *, quiet: bool) -> None:
    """Check the ledgers and the tree over them; name the first wrong row and what else is wrong, and end with 1."""
    outside = [one for path in against for one in signed_outside(path.read_text(encoding="utf-8"), str(path))]
    began = time.monotonic()
    with tqdm(unit=" rows", leave=False, disable=quiet) as bar:
        findings = verify_ledgers(outside, bar.update)
    if findings.total or not quiet:
        _tell(findings, time.monotonic() - began)
    if findings.total:
        raise click.ClickException(f"{thousands(findings.total)} faults.")


def _tell(findings: Findings, seconds: float) -> None:
    looked_at = ", ".join(f"{thousands(number)} {what}" for what, number in findings.counted.items())
    click.echo(f"{looked_at or 'Nothing is there yet'}; {seconds:.1f} s.")
    if findings.first is None:
        click.echo("The ledgers hold.")
        return
    click.echo(f"First wrong: {findings.first}", err=True)
    for one in findings:
        click.echo(f"- {one}", err=True)
    if findings.total > len(findings.listed):
        click.echo(f"- and {thousands(findings.total - len(findings.listed))} more", err=True)
