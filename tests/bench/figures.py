"""What was measured: a figure beside its reference, shown as a table and kept as JSON."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

COLUMNS = (("measure", 40), ("database", 11), ("clients", 7), ("value", 10), ("unit", 9), ("reference", 10))


@dataclass(frozen=True, slots=True)
class Figure:
    """The median over the rounds of a run; `ratio` is that of value over reference, taken round by round."""

    measure: str
    database: str
    clients: int
    value: float
    unit: str
    reference: float | None = None
    ratio: float | None = None
    ratio_min: float | None = None
    ratio_max: float | None = None


def paired(
    measure: str, database: str, clients: int, unit: str, values: Sequence[float], references: Sequence[float]
) -> Figure:
    """Return the figure of values and references that were measured in turns; place n of each is round n."""
    ratios = [value / reference for value, reference in zip(values, references, strict=True)]
    return Figure(
        measure,
        database,
        clients,
        _rounded(median(values)),
        unit,
        _rounded(median(references)),
        round(median(ratios), 3),
        round(min(ratios), 3),
        round(max(ratios), 3),
    )


def alone(measure: str, database: str, clients: int, unit: str, values: Sequence[float]) -> Figure:
    """Return a figure that has nothing to stand beside."""
    return Figure(measure, database, clients, _rounded(median(values)), unit)


def _rounded(value: float) -> float:
    return round(value, 1 if value >= 100 else 3)


def table(figures: Iterable[Figure]) -> str:
    """Return the figures as lines for people, the head first."""
    head = " ".join(title.ljust(width) if place < 2 else title.rjust(width) for place, (title, width) in _placed())
    return "\n".join([f"{head}  ratio (lowest–highest)", *map(_line, figures)])


def _placed() -> Iterable[tuple[int, tuple[str, int]]]:
    return enumerate(COLUMNS)


def _line(figure: Figure) -> str:
    cells = [figure.measure, figure.database, str(figure.clients or ""), _said(figure.value), figure.unit]
    cells.append("" if figure.reference is None else _said(figure.reference))
    line = " ".join(
        cell.ljust(width) if place < 2 else cell.rjust(width)
        for cell, (place, (_, width)) in zip(cells, _placed(), strict=True)
    )
    if figure.ratio is None:
        return line
    return f"{line}  {figure.ratio:.2f} ({figure.ratio_min:.2f}–{figure.ratio_max:.2f})"


def _said(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def keep(figures: Sequence[Figure], path: Path) -> None:
    """Write the figures to `path`; those of other measures that an earlier run left there stay."""
    fresh = [asdict(figure) for figure in figures]
    names = {(figure.measure, figure.database, figure.clients) for figure in figures}
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        before = []
    kept = [row for row in before if (row["measure"], row["database"], row["clients"]) not in names]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *fresh], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
