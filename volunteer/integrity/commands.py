"""Commands: sign the tree over the ledgers, and do they hold."""

import time
from pathlib import Path

import click
from tqdm import tqdm

from models.base import db
from volunteer.audit.operations import record
from volunteer.integrity.faults import Findings
from volunteer.integrity.trees import signed_outside
from volunteer.integrity.verifying import verify_ledgers
from volunteer.kernel import clock
from volunteer.kernel.speech import thousands
from volunteer.ledger import jobs, marks, queries
from volunteer.ledger.commands import ledger
from volunteer.ledger.marks import MarkStays
from volunteer.ledger.operations import TreeRewritten


@ledger.command("sign")
@click.option("--new-mark", is_flag=True, help="Go on from an older database that was put back on purpose.")
def sign(*, new_mark: bool) -> None:
    """Open the tree the first time, take in what is due, sign; ends with 1 when it is not what was signed before."""
    try:
        if new_mark:
            _replace_mark()
        jobs.open_tree()
        jobs.take_in()
        jobs.sign()
    except (TreeRewritten, MarkStays) as error:
        db.session.rollback()
        raise click.ClickException(f"Not signed: {error}.") from error
    _tell_what_stands()


def _replace_mark() -> None:
    """Make the tree as it is the one that is signed on, and say so in the trail."""
    now = clock.now()
    told = marks.mark_fault()
    former = marks.replace_mark(now)
    record("ledger.new_mark", "ledger", "mark", account_id=None, fault=told, size=queries.tree_size())
    db.session.commit()
    click.echo(f"A new mark, for {told}." + (f" The former one is {former}." if former else ""))


def _tell_what_stands() -> None:
    newest = queries.latest_checkpoint()
    if newest is None:
        click.echo("There is nothing to sign yet.")
    else:
        signed_at = f"{newest.signed_at:%Y-%m-%d %H:%M}"
        click.echo(f"{thousands(newest.size)} leaves, signed {signed_at} UTC, root {newest.root}.")
    if refused := queries.refused():
        click.echo(f"{thousands(len(refused))} rows were not taken in:", err=True)
        for one in refused:
            click.echo(f"{one.kind} {one.row_id}: {one.refused_because}", err=True)


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
