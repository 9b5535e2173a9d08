"""The signals as a table that people take away. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from volunteer.kernel.tables import Column, Kind, Table
from volunteer.kernel.text import N_, Words

Speak = Callable[[Words], str]
"""Puts words into the reader's language; `str` speaks Chinese."""


@dataclass(frozen=True, slots=True)
class SignalLine:
    """One signal as the list names it; nobody's name is in it."""

    kind: Words
    words: Words
    activity: str
    served_on: date
    organization: str
    area_name: str
    verdict: Words


def signals_table(title: str, rows: Iterable[SignalLine], *, speak: Speak = str) -> Table:
    """Return signals as rows, in the order that they come; a note says that they are no verdicts."""
    labels = (N_("哪一种"), N_("提示"), N_("活动"), N_("日期"), N_("组织"), N_("区划"), N_("判断"))
    columns = [Column(speak(Words(label)), Kind.DATE if label == "日期" else Kind.TEXT, width=22) for label in labels]
    cells = (
        (
            speak(one.kind),
            speak(one.words),
            one.activity,
            one.served_on,
            one.organization,
            one.area_name,
            speak(one.verdict),
        )
        for one in rows
    )
    notes = [speak(Words(N_("提示不是处罚，多半有说得通的原因")))]
    return Table(title, columns, cells, notes=notes)
