"""Commands: load an area tree or its populations from a file."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from flask.cli import AppGroup

from models.base import db
from volunteer.areas import operations, plans, population_operations
from volunteer.areas.tables import RowErrors
from volunteer.kernel.errors import DomainError

MOST_FAULTS_SHOWN = 50
Done = TypeVar("Done")

areas = AppGroup("areas", help="The city's areas and how many people live there.")
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@areas.command("import")
@click.argument("file", type=_FILE, default=operations.SHIPPED_TREE)
def import_areas(file: Path) -> None:
    """Load the areas of FILE (CSV or .xlsx: code, name, level, parent_code); without FILE, the tree that ships."""

    def act() -> str:
        plan = operations.import_areas(plans.read_area_file(file.read_bytes()), account_id=None)
        return f"{len(plan.added):,} added, {len(plan.renamed):,} renamed, {plan.unchanged_count:,} unchanged."

    click.echo(_whole_or_nothing(act))


@areas.command("population")
@click.argument("file", type=_FILE)
def import_populations(file: Path) -> None:
    """Load the residents of FILE (CSV or .xlsx: code, year, residents, source, is_built_up)."""

    def act() -> str:
        content = file.read_bytes()
        plan = plans.read_population_file(content)
        kept = population_operations.keep_file(file.name, content, account_id=None)
        population_operations.import_populations(plan, account_id=None, file=kept)
        totals = "".join(
            f"\n{total.year}: {total.residents_before:,} -> {total.residents_after:,} residents,"
            f" {total.count_before:,} -> {total.count_after:,} communities"
            for total in plan.totals
        )
        return f"{len(plan.changes):,} changed, {plan.unchanged_count:,} unchanged.{totals}"

    click.echo(_whole_or_nothing(act))


def _whole_or_nothing(act: Callable[[], Done]) -> Done:
    """Commit what `act` stored, or store nothing and say why."""
    try:
        done = act()
        db.session.commit()
    except RowErrors as faults:
        db.session.rollback()
        shown = "\n".join(str(fault) for fault in faults.errors[:MOST_FAULTS_SHOWN])
        rest = len(faults.errors) - MOST_FAULTS_SHOWN
        raise click.ClickException(f"{faults}\n{shown}" + (f"\n… 还有 {rest} 处" if rest > 0 else "")) from None
    except DomainError as error:
        db.session.rollback()
        raise click.ClickException(str(error)) from None
    return done
