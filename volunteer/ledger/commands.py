"""Commands about the ledgers and the tree over them. Rooms above add theirs to the group."""

from pathlib import Path

import click
from flask.cli import AppGroup

from models.base import db
from volunteer.kernel.errors import DomainError
from volunteer.kernel.speech import thousands
from volunteer.ledger import jobs, keys, queries
from volunteer.ledger.export import export_tree
from volunteer.ledger.notes import verifier_keys
from volunteer.ledger.operations import TreeRewritten

ledger = AppGroup("ledger", help="The ledgers, and the tree that proves them.")


@ledger.command("sign")
def sign() -> None:
    """Take in what is due and sign the tree; ends with 1 when it is not the one that was signed before."""
    jobs.take_in()
    try:
        jobs.sign()
    except TreeRewritten as error:
        db.session.rollback()
        raise click.ClickException(f"Not signed. {error}.") from error
    newest = queries.latest_checkpoint()
    if newest is None:
        click.echo("There is nothing to sign yet.")
    else:
        click.echo(
            f"{thousands(newest.size)} leaves, signed {newest.signed_at:%Y-%m-%d %H:%M} UTC, root {newest.root}."
        )
    if refused := queries.refused():
        click.echo(f"{thousands(len(refused))} rows were not taken in:", err=True)
        for one in refused:
            click.echo(f"{one.kind} {one.row_id}: {one.refused_because}", err=True)


@ledger.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write all checkpoints and tiles into FOLDER as static files; again later, it adds what is new."""
    try:
        size, written = export_tree(folder)
    except DomainError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{thousands(size)} leaves in {folder}, {thousands(written)} new files.")


@ledger.command("key")
def key() -> None:
    """Print the lines by which anybody can check our checkpoints, newest key first."""
    for line in verifier_keys(keys.ring(), keys.origin()):
        click.echo(line)
