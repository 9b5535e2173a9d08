"""The scheduler at the day's pace: runs the job that is named on each line of its standard input, and says so."""

import sys

import click

from models.base import db
from tests.day.server import create_app
from volunteer.scheduler import JOBS


def main() -> None:
    """Run jobs until the input ends."""
    app = create_app()
    jobs = {job.name: job for job in JOBS}
    for line in sys.stdin:
        with app.app_context():
            jobs[line.strip()].run()
            db.session.commit()
        click.echo("done")


if __name__ == "__main__":
    main()
