"""Invented cities to measure on: built once by `flask demo`, kept in build/bench/ while the schema stays the same."""

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from tests.bench.servers import ROOT

KEPT = ROOT / "build" / "bench"
EVENTS = int(os.environ.get("ZHIYUANTAI_BENCH_EVENTS", "3000000"))
SCALES = {"small": ("--scale", "small"), "city": ("--scale", "city", "--events", str(EVENTS))}


@dataclass(frozen=True, slots=True)
class City:
    """A city in a database file, and the environment that opens it."""

    scale: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return what points the application to this city."""
        return {
            "DATABASE_URL": f"sqlite:///{self.folder / 'city.db'}",
            "ZHIYUANTAI_INSTANCE": str(self.folder),
            "ZHIYUANTAI_KEYS": str(self.folder / "keys.json"),
            "ZHIYUANTAI_ENV": "local",
            "ZHIYUANTAI_DEMO": "1",
        }


def city(scale: str) -> City:
    """Return the city of that scale; build it when there is none of this schema and size."""
    found = City(scale, KEPT / scale)
    stamp, wanted = found.folder / "stamp", _stamp(scale)
    if not stamp.exists() or stamp.read_text() != wanted:
        _build(found)
        stamp.write_text(wanted)
    return found


def _build(wanted: City) -> None:
    click.echo(f"building the {wanted.scale} city in {wanted.folder.relative_to(ROOT)}" + _patience(wanted.scale))
    shutil.rmtree(wanted.folder, ignore_errors=True)
    wanted.folder.mkdir(parents=True)
    for command in (("db", "upgrade"), ("demo", *SCALES[wanted.scale])):
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command],
            cwd=ROOT,
            env={**os.environ, **wanted.environment},
            check=True,
        )


def _patience(scale: str) -> str:
    return ", once; this takes some ten minutes and 3 GB of disk" if scale == "city" else ""


def _stamp(scale: str) -> str:
    digest = hashlib.sha256(" ".join(SCALES[scale]).encode())
    for path in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
