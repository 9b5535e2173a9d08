"""A second count of the indicators, written apart from the product: plain SQL over the ledgers, nothing prepared.

Windows, nets and residence are stated here once more, so that a slip in the product cannot repeat itself.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Date, DateTime, bindparam, text

WINDOWS = ("calendar_year", "rolling_year", "material")
SCANS = ("scan", "organizer_scan")
# Later than anything was ever recorded: what is known now.
EVER = datetime(2999, 1, 1, tzinfo=UTC)
_KNOWN_AT = bindparam("known_at", type_=DateTime(timezone=True))

# An area stands where its last move up to the day has put it; before its first move, where that one took it from.
STANDING = """
    stood (area_id, parent_id) AS (
        SELECT area.id, COALESCE(
            (SELECT came.to_parent_id FROM area_move came
             WHERE came.area_id = area.id AND came.effective_on <= :read_on AND came.recorded_at <= :known_at
             ORDER BY came.effective_on DESC LIMIT 1),
            (SELECT went.from_parent_id FROM area_move went
             WHERE went.area_id = area.id ORDER BY went.effective_on LIMIT 1),
            area.parent_id)
        FROM area
    ),
    above (area_id, top_id) AS (
        SELECT id, id FROM area
        UNION ALL
        SELECT above.area_id, stood.parent_id FROM above JOIN stood ON stood.area_id = above.top_id
        WHERE stood.parent_id IS NOT NULL
    )
"""

# Everyone stands where the last of their registration events up to the day puts them; an end puts them nowhere.
PEOPLE = text(
    f"""
    WITH RECURSIVE {STANDING},
    resident AS (
        SELECT here.volunteer_id, here.area_id FROM registration_event here
        WHERE here.effective_on <= :read_on AND here.recorded_at <= :known_at
          AND here.area_id IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM registration_event later
            WHERE later.volunteer_id = here.volunteer_id AND later.effective_on <= :read_on
              AND later.recorded_at <= :known_at
              AND (later.effective_on > here.effective_on
                   OR (later.effective_on = here.effective_on AND later.id > here.id))
        )
    ),
    served AS (
        SELECT given.volunteer_id,
               SUM(given.minutes) AS minutes,
               SUM(CASE WHEN given.source IN ('scan', 'organizer_scan') THEN given.minutes ELSE 0 END) AS scanned
        FROM entry given
        WHERE given.kind = 'credit' AND given.served_on >= :first_on AND given.served_on <= :read_on
          AND given.made_at <= :known_at
          AND NOT EXISTS (SELECT 1 FROM entry taken WHERE taken.reverses_id = given.id AND taken.made_at <= :known_at)
        GROUP BY given.volunteer_id
    ),
    community AS (
        SELECT resident.area_id,
               COUNT(*) AS registered,
               COUNT(served.minutes) AS active,
               COUNT(CASE WHEN served.scanned > 0 THEN 1 END) AS scanned_active,
               COALESCE(SUM(served.minutes), 0) AS minutes,
               COALESCE(SUM(served.scanned), 0) AS scanned_minutes
        FROM resident LEFT JOIN served ON served.volunteer_id = resident.volunteer_id
        GROUP BY resident.area_id
    )
    SELECT area.code, SUM(registered), SUM(active), SUM(scanned_active), SUM(minutes), SUM(scanned_minutes)
    FROM community JOIN above ON above.area_id = community.area_id JOIN area ON area.id = above.top_id
    GROUP BY area.code
    """
).bindparams(bindparam("read_on", type_=Date()), bindparam("first_on", type_=Date()), _KNOWN_AT)

# Residents of the built-up area alone: a community outside it is known, so it is not missing either. What was set
# later than it was known is told by the first change after: it says what stood there before.
RESIDENTS = text(
    f"""
    WITH RECURSIVE {STANDING},
    first_change AS (
        SELECT one.area_id, one.residents_before, one.was_built_up FROM population_change one
        WHERE one.year = :year AND one.recorded_at > :known_at AND NOT EXISTS (
            SELECT 1 FROM population_change other WHERE other.area_id = one.area_id AND other.year = one.year
              AND other.recorded_at > :known_at AND other.id < one.id
        )
    ),
    known AS (
        SELECT kept.area_id, kept.residents, kept.is_built_up FROM area_population kept
        WHERE kept.year = :year AND kept.area_id NOT IN (SELECT area_id FROM first_change)
        UNION ALL
        SELECT area_id, residents_before, was_built_up FROM first_change WHERE residents_before IS NOT NULL
    )
    SELECT area.code,
           SUM(CASE WHEN known.is_built_up THEN known.residents END),
           COUNT(*) - COUNT(known.residents)
    FROM above JOIN area ON area.id = above.top_id
    JOIN area community ON community.id = above.area_id AND community.level = 'community'
    LEFT JOIN known ON known.area_id = above.area_id
    GROUP BY area.code
    """
).bindparams(bindparam("read_on", type_=Date()), _KNOWN_AT)

# The latest official one of the day's year or the year before; only where there is none the latest self-test.
SURVEYS = text(
    """
    SELECT area.code, counts.supporting, counts.valid_answers
    FROM survey_result counts JOIN area ON area.id = counts.area_id
    WHERE counts.held_on BETWEEN :earliest AND :read_on AND counts.recorded_at <= :known_at AND NOT EXISTS (
        SELECT 1 FROM survey_result better
        WHERE better.area_id = counts.area_id AND better.held_on BETWEEN :earliest AND :read_on
          AND better.recorded_at <= :known_at
          AND (better.is_official AND NOT counts.is_official
               OR better.is_official = counts.is_official
                  AND (better.held_on > counts.held_on OR better.held_on = counts.held_on AND better.id > counts.id))
    )
    """
).bindparams(bindparam("read_on", type_=Date()), bindparam("earliest", type_=Date()), _KNOWN_AT)


@dataclass(frozen=True)
class Recounted:
    """What is counted for one area; None where there is nothing to count from."""

    registered: int = 0
    active: int = 0
    minutes: int = 0
    residents: int | None = None
    communities_without_residents: int = 0
    supporting: int | None = None
    valid_answers: int | None = None


def days_of(kind: str, as_of: date) -> tuple[date, date]:
    """Return the first and the last day of a window."""
    if kind == "calendar_year":
        return date(as_of.year, 1, 1), as_of
    last = as_of if kind == "rolling_year" else as_of - timedelta(days=as_of.day)
    after = last + timedelta(days=1)
    try:
        return after.replace(year=after.year - 1), last
    except ValueError:  # the day after is 29 February
        return date(after.year - 1, 3, 1), last


def recount(
    connection: Connection, as_of: date, kind: str, *, strict: bool, known_at: datetime = EVER
) -> dict[str, Recounted]:
    """Return by code what is counted for every area of the tree, from what was recorded by a moment."""
    first_on, read_on = days_of(kind, as_of)
    asked = {"read_on": read_on, "known_at": known_at}
    people = {row[0]: row[1:] for row in connection.execute(PEOPLE, {**asked, "first_on": first_on})}
    earliest = date(read_on.year - 1, 1, 1)
    residents = {row[0]: row[1:] for row in connection.execute(RESIDENTS, {**asked, "year": read_on.year})}
    surveys = {row[0]: row[1:] for row in connection.execute(SURVEYS, {**asked, "earliest": earliest})}
    found = {}
    for code in connection.scalars(text("SELECT code FROM area")):
        registered, active, scanned_active, minutes, scanned_minutes = map(int, people.get(code, (0,) * 5))
        known, missing = residents.get(code, (None, 0))
        supporting, valid = surveys.get(code, (None, None))
        found[code] = Recounted(
            registered,
            scanned_active if strict else active,
            scanned_minutes if strict else minutes,
            None if known is None else int(known),
            missing,
            supporting,
            valid,
        )
    return found
