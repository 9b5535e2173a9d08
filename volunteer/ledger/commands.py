"""Commands about the ledgers and the tree over them. Rooms above add theirs to the group."""

from pathlib import Path

import click
from flask.cli import AppGroup

from volunteer.kernel.errors import DomainError
from volunteer.kernel.speech import thousands
from volunteer.ledger import keys
from volunteer.ledger.export import export_tree
from volunteer.ledger.notes import verifier_keys

ledger = AppGroup("ledger", help="The ledgers, and the tree that proves them.")


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
