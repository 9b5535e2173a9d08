"""`python -m tests.bench [ONLY]`: measure, print the table, keep it in build/bench.json."""

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import cast

import click

from tests.bench.figures import Figure, keep, table

# What takes an hour and more is measured only when it is asked for.
LONG = ("figures",)
PARTS = ("checkin", "scanned", "school", "rosters", "dashboard", "figures", "certificates", "ledger", "verify")
# A part whose name is that of a file which is none.
MODULES = {"figures": "growth"}
KEPT = Path(__file__).resolve().parents[2] / "build" / "bench.json"


def main(only: str = "") -> None:
    """Run one part, or all."""
    if only and only not in PARTS:
        raise SystemExit(f"ONLY is one of: {', '.join(PARTS)}")
    figures = [figure for part in PARTS if only == part or (not only and part not in LONG) for figure in _measure(part)]
    keep(figures, KEPT)
    click.echo("\n" + table(figures))
    click.echo(f"\nAs JSON: {KEPT.relative_to(Path.cwd()) if KEPT.is_relative_to(Path.cwd()) else KEPT}")


def _measure(part: str) -> Iterator[Figure]:
    measure = cast(Callable[[], Iterator[Figure]], import_module(f"tests.bench.{MODULES.get(part, part)}").measure)
    yield from measure()


if __name__ == "__main__":
    main(*sys.argv[1:2])
