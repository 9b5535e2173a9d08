"""Commands: make the figures anew."""

import click
from flask.cli import AppGroup
from sqlalchemy import func, select
from tqdm import tqdm

from models.base import db
from models.volunteers import Volunteer
from volunteer.metrics import operations

figures = AppGroup("figures", help="The figures that the indicators are read from.")


@figures.command("rebuild")
def rebuild() -> None:
    """Make all figures anew from the ledgers; harmless at any time, readers see the former ones until it is done."""
    count = db.session.scalar(select(func.count()).select_from(Volunteer))
    with tqdm(total=count, unit=" volunteers", leave=False) as bar:
        operations.rebuild_figures(bar.update)
    db.session.commit()
    click.echo(f"Figures rebuilt from {count:,} volunteers.")
