"""The second count once more, person by person and in parts: plain SQL over the ledgers, nothing prepared."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, Date, DateTime, String, bindparam, text

from tests.recount import EVER, SCANS, STANDING, days_of

# Who is registered in an area on a day, and the first day at whose end each was registered anywhere.
_RESIDENT = f"""
    WITH RECURSIVE {STANDING},
    standing_event AS (
        SELECT here.volunteer_id, here.area_id, here.effective_on FROM registration_event here
        WHERE here.area_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM registration_event later WHERE later.volunteer_id = here.volunteer_id
              AND later.effective_on = here.effective_on AND later.id > here.id
        )
    ),
    resident AS (
        SELECT one.volunteer_id FROM standing_event one
        JOIN above ON above.area_id = one.area_id JOIN area ON area.id = above.top_id
        WHERE area.code = :code AND one.effective_on <= :read_on AND NOT EXISTS (
            SELECT 1 FROM registration_event later WHERE later.volunteer_id = one.volunteer_id
              AND later.effective_on > one.effective_on AND later.effective_on <= :read_on
        )
    )
"""
_DAYS = (
    bindparam("read_on", type_=Date()),
    bindparam("first_on", type_=Date()),
    bindparam("code", type_=String()),
    bindparam("known_at", EVER, DateTime(timezone=True)),
)
PERSONS = text(
    f"""
    {_RESIDENT}
    SELECT volunteer.id, volunteer.number, volunteer.birth_on, MIN(standing_event.effective_on)
    FROM resident JOIN volunteer ON volunteer.id = resident.volunteer_id
    JOIN standing_event ON standing_event.volunteer_id = volunteer.id
    GROUP BY volunteer.id, volunteer.number, volunteer.birth_on
    """
).bindparams(_DAYS[0], *_DAYS[2:])
# What residents served in the window and nobody has taken back, with whom and on what.
SERVED = text(
    f"""
    {_RESIDENT}
    SELECT given.volunteer_id, given.source, given.minutes, organization.name, activity.category
    FROM entry given JOIN resident ON resident.volunteer_id = given.volunteer_id
    JOIN organization ON organization.id = given.organization_id
    JOIN shift ON shift.id = given.shift_id JOIN activity ON activity.id = shift.activity_id
    WHERE given.kind = 'credit' AND given.served_on >= :first_on AND given.served_on <= :read_on
      AND NOT EXISTS (SELECT 1 FROM entry taken WHERE taken.reverses_id = given.id)
    """
).bindparams(*_DAYS)
# What was served in the window and was taken back, of residents; and what those served who have left the register.
TAKEN_BACK = text(
    f"""
    {_RESIDENT}
    SELECT given.source, given.minutes FROM entry taken JOIN entry given ON given.id = taken.reverses_id
    JOIN resident ON resident.volunteer_id = given.volunteer_id
    WHERE given.served_on >= :first_on AND given.served_on <= :read_on
    """
).bindparams(*_DAYS)
OF_NOBODY = text(
    f"""
    WITH RECURSIVE {STANDING},
    last_event AS (
        SELECT one.volunteer_id, one.effective_on, one.id, one.area_id FROM registration_event one
        WHERE one.effective_on <= :read_on AND NOT EXISTS (
            SELECT 1 FROM registration_event later WHERE later.volunteer_id = one.volunteer_id
              AND later.effective_on <= :read_on
              AND (later.effective_on > one.effective_on OR later.effective_on = one.effective_on AND later.id > one.id)
        )
    ),
    left_here AS (
        SELECT gone.volunteer_id FROM last_event gone
        JOIN registration_event stay ON stay.volunteer_id = gone.volunteer_id AND stay.id = (
            SELECT before.id FROM registration_event before WHERE before.volunteer_id = gone.volunteer_id
              AND (before.effective_on < gone.effective_on
                   OR before.effective_on = gone.effective_on AND before.id < gone.id)
            ORDER BY before.effective_on DESC, before.id DESC LIMIT 1
        )
        JOIN above ON above.area_id = stay.area_id JOIN area ON area.id = above.top_id
        WHERE gone.area_id IS NULL AND area.code = :code
    )
    SELECT given.source, given.minutes FROM entry given JOIN left_here ON left_here.volunteer_id = given.volunteer_id
    WHERE given.kind = 'credit' AND given.served_on >= :first_on AND given.served_on <= :read_on
      AND NOT EXISTS (SELECT 1 FROM entry taken WHERE taken.reverses_id = given.id)
    """
).bindparams(*_DAYS)
LEFT_OUT = {"已冲销的记录": TAKEN_BACK, "这一天已不在册的人的记录": OF_NOBODY}
BANDS = ((0, 13, "0–13 岁"), (14, 17, "14–17 岁"), (18, 39, "18–39 岁"), (40, 59, "40–59 岁"), (60, 69, "60–69 岁"))


@dataclass(frozen=True)
class Person:
    """Somebody registered in the area: since when in the city, and what they served in the window."""

    number: str
    birth_year: int
    first_year: int
    minutes: int


@dataclass(frozen=True)
class Part:
    """What one row of a page of parts says; `registered` is None where a row holds no whole people."""

    registered: int | None
    active: int
    minutes: int


@dataclass(frozen=True)
class Split:
    """An area's people and what they served, read by plain SQL."""

    people: tuple[Person, ...]
    served: tuple[tuple[int, int, str, str], ...]
    year: int

    def parts(self, dimension: str) -> dict[str, Part]:
        """Return the rows of a dimension by their words; themes by their codes."""
        if dimension in ("organization", "theme"):
            place = 2 if dimension == "organization" else 3
            return self._of_service(place)
        return self._of_people(self._band if dimension == "age" else self._cohort)

    def _of_service(self, place: int) -> dict[str, Part]:
        people: defaultdict[str, set[int]] = defaultdict(set)
        minutes: defaultdict[str, int] = defaultdict(int)
        for row in self.served:
            people[str(row[place])].add(row[0])
            minutes[str(row[place])] += row[1]
        return {key: Part(None, len(people[key]), minutes[key]) for key in people}

    def _of_people(self, key_of: Callable[[Person], str]) -> dict[str, Part]:
        groups: defaultdict[str, list[Person]] = defaultdict(list)
        for one in self.people:
            groups[key_of(one)].append(one)
        return {
            key: Part(len(group), sum(one.minutes > 0 for one in group), sum(one.minutes for one in group))
            for key, group in groups.items()
        }

    def _band(self, one: Person) -> str:
        age = self.year - one.birth_year
        return next((words for first, last, words in BANDS if first <= age <= last), "70 岁以上")

    def _cohort(self, one: Person) -> str:
        return f"{one.first_year} 年" + ("（当年新注册）" if one.first_year == self.year else "")


def split(connection: Connection, code: str, as_of: date, kind: str, *, strict: bool) -> Split:
    """Return who is registered in an area on the last day of a window, and what they served in it."""
    first_on, read_on = days_of(kind, as_of)
    asked = {"code": code, "read_on": read_on}
    rows = connection.execute(SERVED, {**asked, "first_on": first_on}).all()
    served = [(row[0], int(row[2]), row[3], row[4]) for row in rows if not strict or row[1] in SCANS]
    minutes = _sums(served)
    people = (
        Person(row[1], _year(row[2]), _year(row[3]), minutes.get(row[0], 0))
        for row in connection.execute(PERSONS, asked)
    )
    return Split(tuple(people), tuple(served), read_on.year)


def left_out(connection: Connection, code: str, as_of: date, kind: str, *, strict: bool) -> dict[str, tuple[int, int]]:
    """Return by its words each kind of service that does not count: how many entries, and their minutes."""
    first_on, read_on = days_of(kind, as_of)
    asked = {"code": code, "read_on": read_on, "first_on": first_on}
    found = {}
    for words, query in LEFT_OUT.items():
        rows = [row for row in connection.execute(query, asked) if not strict or row[0] in SCANS]
        found[words] = (len(rows), sum(int(row[1]) for row in rows))
    return found


def _sums(served: Iterable[tuple[int, int, str, str]]) -> dict[int, int]:
    sums: defaultdict[int, int] = defaultdict(int)
    for volunteer_id, minutes, *_ in served:
        sums[volunteer_id] += minutes
    return sums


def _year(day: date | str) -> int:
    # SQLite hands plain SQL its days as text.
    return int(str(day)[:4])
