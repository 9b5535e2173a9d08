"""The walls hold: an import that must not be breaks the very contract that forbids it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEPT = "Contracts: 7 kept, 0 broken."
BREAKS = {
    "Rules, documents and the kernel are pure": ("volunteer/hours/rules.py", "import flask"),
    "Forms never query": ("forms/hours.py", "import sqlalchemy"),
    "Models know only rules": ("models/hours.py", "import volunteer.hours.queries"),
    "No HTTP below views": ("volunteer/hours/operations.py", "import flask_login"),
    "Views are private": ("volunteer/hours/jobs.py", "import volunteer.hours.views"),
    "Rooms form a ladder": ("volunteer/signups/queries.py", "import volunteer.hours.queries"),
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the house to break things in."""
    copy = tmp_path_factory.mktemp("house")
    for folder in ("volunteer", "models", "forms"):
        shutil.copytree(ROOT / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", "*.po", "*.csv"))
    for file in ("pyproject.toml", "config.py"):
        shutil.copy(ROOT / file, copy / file)
    return copy


def lint(house: Path) -> str:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(house)}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False).stdout


def test_the_house_as_it_stands_keeps_every_contract(house: Path) -> None:
    assert KEPT in lint(house)


@pytest.mark.parametrize("contract", BREAKS)
def test_an_import_that_must_not_be_breaks_its_contract(house: Path, contract: str) -> None:
    name, line = BREAKS[contract]
    file = house / name
    before = file.read_text(encoding="utf-8")
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    try:
        assert f"{contract} BROKEN" in lint(house)
    finally:
        file.write_text(before, encoding="utf-8")
