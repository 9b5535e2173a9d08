"""Writing what figures are made of, row by row."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from flask import Flask

from models.areas import AreaPopulation
from models.base import db
from models.hours import Entry
from models.surveys import SurveyResult
from models.volunteers import FigureChange, Volunteer
from tests.cast import Cast
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel import clock
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.operations import take_in_changes


def city_with_residents(app: Flask, cast: Cast, residents: Mapping[str, int]) -> "Ledger":
    """Store the tree of the tests, the shipped edition and how many residents communities have; return its ledger."""
    cast.city()
    with app.app_context():
        ensure_shipped_edition()
        db.session.commit()
    ledger = Ledger(app, cast)
    for code, count in residents.items():
        ledger.residents(code, count)
    return ledger


class Ledger:
    """Writes what the figures are made of."""

    def __init__(self, app: Flask, cast: Cast) -> None:
        self.app, self.cast = app, cast
        self.shift = cast.shift()
        self.organization_id = cast.organization(name="樊城区志愿服务队").id
        self.account = cast.account()

    def volunteer(self, code: str, name: str = "李晓梅", since: date = date(2025, 1, 1)) -> Volunteer:
        """Return someone registered in the community `code`."""
        community = self.cast.area(code)
        return self.cast.volunteer(self.account, name, community=community, registered_on=since)

    def serve(self, volunteer: Volunteer, day: date, minutes: int = 60, source: Source = Source.SCAN) -> Entry:
        """Credit minutes."""
        return self._enter(volunteer, day, minutes, source)

    def reverse(self, entry: Entry, volunteer: Volunteer) -> Entry:
        """Take a credit back."""
        return self._enter(volunteer, entry.served_on, -entry.minutes, entry.source, entry.id)

    def _enter(
        self, volunteer: Volunteer, day: date, minutes: int, source: Source, reverses_id: int | None = None
    ) -> Entry:
        starts_at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        entry = Entry(
            kind=EntryKind.REVERSAL if reverses_id else EntryKind.CREDIT,
            reverses_id=reverses_id,
            volunteer_id=volunteer.id,
            shift_id=self.shift.id,
            organization_id=self.organization_id,
            served_on=day,
            started_at=starts_at,
            ended_at=starts_at + timedelta(minutes=abs(minutes)),
            minutes=minutes,
            source=source,
            rules_version=RULES_VERSION,
            derivation={},
            made_at=clock.now(),
        )
        kept: Entry = self.cast.add(entry)
        self.cast.add(FigureChange(volunteer_id=volunteer.id, entry_id=kept.id))
        return kept

    def residents(self, code: str, count: int, year: int = 2026) -> None:
        """Say how many people live in a community."""
        row = {"area_id": self.cast.area(code).id, "year": year, "residents": count}
        self.cast.add(AreaPopulation(**row, source="2026 年社区统计台账", recorded_at=clock.now()))

    def survey(self, code: str, supporting: int, valid_answers: int, held_on: date = date(2026, 3, 1)) -> None:
        """Report a survey."""
        row = {"area_id": self.cast.area(code).id, "supporting": supporting, "valid_answers": valid_answers}
        self.cast.add(SurveyResult(**row, held_on=held_on, is_official=True, source="入户", recorded_at=clock.now()))

    def settle(self) -> None:
        """Take everything into the figures."""
        with self.app.app_context():
            while take_in_changes():
                db.session.commit()
