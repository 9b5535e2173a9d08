"""A small city drawn by a seed, with all that makes counting hard.

People who move, leave and come back, reversals, leap days, entries that come late, communities that come under another
street, and some that lie outside the built-up area.
"""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine
from sqlalchemy import Connection, insert, select

from models.areas import Area, AreaMove, AreaPopulation, PopulationChange
from models.base import db
from models.checkin import PresenceEvent
from models.hours import Entry
from models.surveys import SurveyResult
from models.volunteers import FigureChange, RegistrationEvent, Volunteer
from tests.cast import Cast
from volunteer.areas.moves import latest_move_on, move_community
from volunteer.areas.rules import AreaLevel
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import EntryKind
from volunteer.kernel.id_documents import DocumentKind, Gender
from volunteer.kernel.ids import new_public_id
from volunteer.metrics.edition_operations import ensure_shipped_edition
from volunteer.metrics.operations import take_in_changes
from volunteer.volunteers.rules import RegistrationKind, Relation

FIRST, LAST = date(2023, 1, 1), date(2026, 6, 30)
HARD_DAYS = (
    date(2023, 2, 28),
    date(2023, 3, 1),
    date(2023, 12, 31),
    date(2024, 1, 1),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2025, 2, 28),
    date(2025, 3, 1),
)
NOON = datetime(2026, 7, 1, 4, tzinfo=UTC)


class RandomCity:
    """Writes rows in an order in which a real city could have written them."""

    def __init__(self, cast: Cast, seed: int, people: int = 40) -> None:
        self.dice = random.Random(seed)
        self.recorded_from = datetime.min.replace(tzinfo=UTC)
        """Nothing is recorded before this moment: what comes after a look at the figures cannot have been in it."""
        self.areas = self._grow(cast)
        self.account_id = cast.account().id
        organization = cast.organization()
        self.organization_id = organization.id
        self.shift = cast.shift(cast.activity(organization), starts_at=NOON)
        self.volunteers = [self._volunteer(cast) for _ in range(people)]

    @classmethod
    def alive(cls, cast: Cast, seed: int, people: int = 60) -> "RandomCity":
        """Return a city that has lived until today, its figures kept while it did, committed."""
        city = cls(cast, seed, people)
        ensure_shipped_edition()
        connection = db.session.connection()
        city.populate(connection)
        for number, _ in enumerate(city.live(connection)):
            if number % 150 == 0:
                take_in_changes()
        city.fill_today(connection)
        while take_in_changes():
            pass
        db.session.commit()
        return city

    @property
    def communities(self) -> list[Area]:
        """Return the communities."""
        return [area for area in self.areas.values() if area.level is AreaLevel.COMMUNITY]

    def stands(self, code: str) -> Area:
        """Return an area as it stands now: a community may have moved since it was made."""
        return db.session.scalars(select(Area).where(Area.code == code)).one()

    def _grow(self, cast: Cast) -> dict[str, Area]:
        areas = dict(cast.city())
        for code, name, level, above in (
            ("420607", "襄州区", AreaLevel.DISTRICT, "420600"),
            ("420607001", "张湾街道", AreaLevel.STREET, "420607"),
            ("420607001001", "红星社区", AreaLevel.COMMUNITY, "420607001"),
            ("420607001002", "园林社区", AreaLevel.COMMUNITY, "420607001"),
            ("420606002", "王寨街道", AreaLevel.STREET, "420606"),
            ("420606002001", "施营社区", AreaLevel.COMMUNITY, "420606002"),
        ):
            parent = areas[above]
            row = Area(code=code, name=name, level=level, parent_id=parent.id, lineage=f"{parent.lineage}/{code}")
            areas[code] = cast.add(row)
        return areas

    def _volunteer(self, cast: Cast) -> int:
        serial = self.dice.randrange(10**15)
        row = Volunteer(
            number=f"V{serial}",
            account_id=self.account_id,
            relation=Relation.SELF,
            name="李晓梅",
            document_kind=DocumentKind.RESIDENT_ID,
            document_cipher=b"sealed",
            document_digest=f"{serial:064d}",
            document_mask="420***********001X",
            gender=Gender.FEMALE,
            birth_on=date(1990, 5, 1),
            community_id=self.dice.choice(self.communities).id,
            registered_at=NOON,
        )
        return int(cast.add(row).id)

    def day(self, since: date = FIRST) -> date:
        """Return some day, one time in four a hard one."""
        hard = [day for day in HARD_DAYS if day >= since]
        if hard and self.dice.random() < 0.25:
            return self.dice.choice(hard)
        return since + timedelta(days=self.dice.randrange((LAST - since).days + 1))

    def populate(self, connection: Connection) -> None:
        """Write residents, not of every community and year, and surveys, two of them on one day."""
        rows = [
            {
                "area_id": area.id,
                "year": year,
                "residents": self.dice.choice((0, 37, 410)),
                "is_built_up": self.dice.random() < 0.8,
                "source": "抽样",
                "recorded_at": NOON,
            }
            for area in self.communities
            for year in (2023, 2024, 2025, 2026)
            if (area.code, year) not in (("420606001001", 2024), ("420607001001", 2026))
        ]
        connection.execute(insert(AreaPopulation), rows)
        connection.execute(insert(PopulationChange), [self._set_anew(row) for row in self.dice.sample(rows, 6)])
        for code, day, is_official in (
            ("420600", date(2024, 2, 29), False),
            ("420600", date(2024, 2, 29), False),
            ("420600", date(2025, 1, 9), True),
            ("420600", date(2025, 2, 20), False),
            ("420602", date(2023, 11, 1), True),
            ("420602", date(2025, 5, 1), False),
        ):
            self._survey(connection, self.areas[code].id, day, is_official)

    def _set_anew(self, row: dict[str, Any]) -> dict[str, Any]:
        """Return what is kept where a community's residents were set later on, or for the first time."""
        told = {name: row[name] for name in ("area_id", "year", "residents", "is_built_up", "source")}
        before = self.dice.choice(((None, None), (self.dice.randrange(500), self.dice.random() < 0.5)))
        told |= {"residents_before": before[0], "was_built_up": before[1]}
        return told | {"recorded_at": self._recorded(date(row["year"], 1, 1))}

    def _recorded(self, day: date, since: datetime | None = None) -> datetime:
        """Return when something of a day was recorded: on the day itself, or late, never before `since`."""
        there = datetime(day.year, day.month, day.day, 6, tzinfo=UTC)
        if self.dice.random() < 0.3:
            there += timedelta(days=self.dice.randrange(1, 400))
        return min(NOON, max(there, since or there, self.recorded_from))

    def _survey(self, connection: Connection, area_id: int, day: date, is_official: bool) -> None:
        valid = self.dice.randrange(100, 1000)
        row: dict[str, Any] = {"area_id": area_id, "held_on": day, "valid_answers": valid}
        row |= {
            "supporting": self.dice.randrange(valid),
            "is_official": is_official,
            "source": "入户",
            "public_id": new_public_id(),
            "recorded_at": self._recorded(day),
        }
        connection.execute(insert(SurveyResult), [row])

    def live(self, connection: Connection) -> Iterator[int]:
        """Write registrations, entries, reversals and moves of communities as they come; yield after every one."""
        for volunteer_id in self.volunteers:
            self._register(connection, volunteer_id, RegistrationKind.REGISTERED, self.day())
        yield len(self.volunteers)
        for _ in range(len(self.volunteers) * 7):
            volunteer_id = self.dice.choice(self.volunteers)
            act = self.dice.choices((self.serve, self._reverse, self._change, self._move), (6, 2, 1.5, 0.3))[0]
            act(connection, volunteer_id)
            yield 1

    def _move(self, _connection: Connection, _volunteer_id: int) -> None:
        """Let a community stand below another street, from a day after its last move on."""
        community = db.session.get_one(Area, self.dice.choice(self.communities).id)
        streets = [area for area in self.areas.values() if area.level is AreaLevel.STREET]
        street = self.dice.choice([street for street in streets if street.id != community.parent_id])
        moved_on = latest_move_on(community)
        since = moved_on + timedelta(days=1) if moved_on else FIRST
        if since > LAST:
            return
        effective_on = self.day(since)
        earlier = select(AreaMove.recorded_at).where(AreaMove.area_id == community.id).order_by(AreaMove.id.desc())
        recorded_at = self._recorded(effective_on, db.session.scalar(earlier))
        with time_machine.travel(recorded_at, tick=False):
            move_community(
                community, street, effective_on=effective_on, reason="街道区划调整", account_id=self.account_id
            )

    def _register(self, connection: Connection, volunteer_id: int, kind: RegistrationKind, day: date) -> None:
        area_id = None if kind is RegistrationKind.ENDED else self.dice.choice(self.communities).id
        row = {"volunteer_id": volunteer_id, "kind": kind, "area_id": area_id, "effective_on": day, "reason": ""}
        row["recorded_at"] = self._recorded(day)
        event_id = connection.execute(insert(RegistrationEvent).values(**row)).inserted_primary_key
        connection.execute(
            insert(FigureChange).values(volunteer_id=volunteer_id, registration_event_id=event_id and event_id[0])
        )

    def _change(self, connection: Connection, volunteer_id: int) -> None:
        query = select(RegistrationEvent.kind, RegistrationEvent.effective_on).where(
            RegistrationEvent.volunteer_id == volunteer_id
        )
        last = connection.execute(query.order_by(RegistrationEvent.id.desc())).first()
        assert last is not None
        ended = last.kind is RegistrationKind.ENDED
        kinds = [RegistrationKind.RESUMED] if ended else [RegistrationKind.MOVED, RegistrationKind.ENDED]
        day = last.effective_on if self.dice.random() < 0.2 else self.day(last.effective_on)
        self._register(connection, volunteer_id, self.dice.choice(kinds), day)

    def serve(self, connection: Connection, volunteer_id: int) -> None:
        """Write one entry."""
        source = self.dice.choice((*Source, Source.SCAN, Source.SCAN))
        self._enter(connection, volunteer_id, self.day(), self.dice.choice((1, 45, 120, 480)), source)

    def _reverse(self, connection: Connection, volunteer_id: int) -> None:
        taken = select(Entry.reverses_id).where(Entry.reverses_id.is_not(None))
        query = select(Entry.id, Entry.served_on, Entry.minutes, Entry.source, Entry.made_at).where(
            Entry.volunteer_id == volunteer_id, Entry.kind == EntryKind.CREDIT, Entry.id.not_in(taken)
        )
        found = connection.execute(query.order_by(Entry.id)).all()
        if found:
            row = self.dice.choice(found)
            self._enter(connection, volunteer_id, row.served_on, -row.minutes, row.source, row)

    def _enter(
        self,
        connection: Connection,
        volunteer_id: int,
        day: date,
        minutes: int,
        source: Source,
        taken: Any = None,
    ) -> None:
        starts_at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
        values: dict[str, Any] = {
            "public_id": new_public_id(),
            "kind": EntryKind.REVERSAL if taken else EntryKind.CREDIT,
            "reverses_id": taken.id if taken else None,
            "volunteer_id": volunteer_id,
            "shift_id": self.shift.id,
            "organization_id": self.organization_id,
            "served_on": day,
            "started_at": starts_at,
            "ended_at": starts_at + timedelta(minutes=abs(minutes)),
            "minutes": minutes,
            "source": source,
            "rules_version": RULES_VERSION,
            "derivation": {},
            "reason": "",
            "made_at": self._recorded(day, taken.made_at if taken else None),
        }
        entry_id = connection.execute(insert(Entry).values(**values)).inserted_primary_key
        connection.execute(insert(FigureChange).values(volunteer_id=volunteer_id, entry_id=entry_id and entry_id[0]))

    def fill_today(self, connection: Connection) -> None:
        """Let some be at the shift that runs now, some have left it, and some have been credited for today."""
        people = self.dice.sample(self.volunteers, 24)
        for number, volunteer_id in enumerate(people):
            ways = (Direction.IN, Direction.OUT, Direction.IN)[: self.dice.choice((1, 1, 2, 3))]
            for ordinal, direction in enumerate(ways, start=1):
                connection.execute(
                    insert(PresenceEvent).values(
                        volunteer_id=volunteer_id,
                        ordinal=ordinal,
                        shift_id=self.shift.id,
                        direction=direction,
                        method=Method.VENUE_CODE,
                        happened_at=NOON - timedelta(minutes=30 - 5 * ordinal),
                        received_at=NOON,
                        station="",
                        reason="",
                        request_key=f"today-{number}-{ordinal}",
                    )
                )
        for volunteer_id in people[: self.dice.choice((0, 3, 9))]:
            self._enter(connection, volunteer_id, NOON.date(), 45, Source.SCAN)
