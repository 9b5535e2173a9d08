"""`python -m tests.day`: play the whole day, print what it came to, end with 1 when a minute is unexplained."""

import os
from time import perf_counter

import click

from tests.day.play import play


@click.command()
@click.option("--database", default=os.environ.get("DATABASE", "sqlite"), type=click.Choice(["sqlite", "postgresql"]))
@click.option("--shifts", default=40, show_default=True, type=click.IntRange(10))
@click.option("--people", default=3_000, show_default=True, type=click.IntRange(100, 3_200))
def main(database: str, shifts: int, people: int) -> None:
    """Play the day."""
    started = perf_counter()
    outcome = play(database, shifts, people)
    click.echo(f"\n{outcome}\n\nplayed in {(perf_counter() - started) / 60:.1f} minutes")
    raise SystemExit(bool(outcome.unexplained))


if __name__ == "__main__":
    main()
