"""A file that nobody reads to its end is two files."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
FOLDERS = ("volunteer", "models", "forms", "tests")


def test_no_file_is_longer_than_can_be_read_in_one_go() -> None:
    files = [
        ROOT / "app.py",
        ROOT / "config.py",
        *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")),
    ]
    long = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    assert {name: lines for name, lines in long.items() if lines > MOST_LINES} == {}
