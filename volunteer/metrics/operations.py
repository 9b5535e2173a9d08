"""Keeping the figures: taking in what changed, and rebuilding them whole."""

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import delete, select

from models.activities import Shift
from models.areas import Area
from models.base import db, upsert
from models.engine import take_all_the_time
from models.hours import Entry
from models.metrics import FigureDelta, FigureState
from models.volunteers import FigureChange
from volunteer.areas.overview import inside
from volunteer.areas.standing import Stay
from volunteer.areas.tree import all_stays, stays_of
from volunteer.kernel import clock
from volunteer.metrics import ledger, part_operations
from volunteer.metrics.facts import Deltas, Grain, Lineage, Tally, contributions, difference, shift
from volunteer.metrics.parts import Stored

Fact = tuple[int, Grain, date, Deltas]
Progress = Callable[[int], object]

_KEY = ("area_id", "grain", "starts_on")
_REPORT_EVERY = 1_000
_PEOPLE_AT_ONCE = 2_000


def take_in_changes(limit: int = 1000) -> int:
    """Add to the figures what about `limit` rows of the outbox speak of; return how many rows were taken.

    In one transaction, which the caller commits. One taker works at a time.
    """
    state = _locked_state()
    changed = select(FigureChange.volunteer_id).order_by(FigureChange.id).limit(limit)
    volunteer_ids = sorted(set(db.session.scalars(changed)))
    if not volunteer_ids:
        return 0
    # The ledgers first, the outbox after them: whatever the ledgers showed is then either in the outbox or taken in.
    records = ledger.records_of(volunteer_ids)
    taken = _outbox_rows(records)
    event_ids = {row.registration_event_id for row in taken if row.registration_event_id}
    entry_ids = {row.entry_id for row in taken if row.entry_id}
    places = {row[2] for record in records.values() for row in record.events if row[2] is not None}
    tally, changes, lineage = Tally(), {}, stays_of(places)
    part_operations.begin_if_new()
    for volunteer_id, record in records.items():
        before = record.without(event_ids, entry_ids)
        changes[volunteer_id] = before, record
        steps = difference(
            contributions(record.spells(), record.services()), contributions(before.spells(), before.services())
        )
        for (area_id, day), deltas in steps.items():
            tally.add_step(area_id, day, deltas)
    _add(tally.facts(lineage))
    part_operations.take_in(changes, lineage)
    db.session.execute(delete(FigureChange).where(FigureChange.id.in_([row.id for row in taken])))
    _note(state)
    return len(taken)


def rebuild_figures(progress: Progress = lambda _: None) -> None:
    """Make all figures anew from the ledgers, in one transaction; `progress` hears how many volunteers were read.

    The city is read one district at a time, so that it does not have to fit into memory.
    """
    take_all_the_time(db.session.connection())
    state = _locked_state()
    # What enters the outbox after this stays in it, and out of what is read below.
    db.session.execute(delete(FigureChange))
    db.session.execute(delete(FigureDelta))
    part_operations.forget()
    for facts in recount(progress, _load_parts):
        _load(facts)
    part_operations.note_kept()
    _note(state)
    state.rebuilt_at = state.applied_at
    db.session.flush()


def make_missing_parts(progress: Progress = lambda _: None) -> bool:
    """Make the parts where an older installation has figures and no parts; return whether that was needed."""
    part_operations.begin_if_new()
    if part_operations.are_kept():
        return False
    rebuild_figures(progress)
    return True


def recount(
    progress: Progress = lambda _: None, keep_parts: Callable[[Iterable[Stored]], object] | None = None
) -> Iterator[Iterable[Fact]]:
    """Yield the figures as the ledgers give them, without what the outbox holds: each district's, then the city's.

    Those of one area follow each other. Each part is to be read before the next is asked for. `keep_parts` is handed
    the parts by organization, theme, age and first year in the same way; without it they are not counted.
    """
    lineage = all_stays()
    tops = set(db.session.scalars(select(Area.id).where(Area.parent_id.is_(None))))
    parts = part_operations.PartRecount(lineage, tops) if keep_parts else None
    city = Tally()
    for district in _districts():
        own = set(db.session.scalars(select(Area.id).where(inside((district.lineage,)))))
        tally = _tally_below(district, own, lineage, progress, parts)
        yield tally.facts(_only(lineage, own))
        if keep_parts and parts:
            keep_parts(parts.of_district(own))
        # A community that came from another district is read there too; the city counts it where it stands now.
        whole = _only({area_id: lineage[area_id] for area_id in own}, tops)
        for area_id, grain, day, deltas in tally.facts({area_id: whole.get(area_id, ()) for area_id in lineage}):
            if grain is Grain.DAY:
                city.add_step(area_id, day, deltas)
    yield city.facts({area_id: (Stay(area_id),) for area_id in tops})
    if keep_parts and parts:
        keep_parts(parts.of_city())


def follow_move(area_id: int, before: Sequence[Stay], after: Sequence[Stay]) -> None:
    """Let the figures of a community that was moved count where it stands now, to the day: its own rows alone are read.

    In the transaction that moves it. Nothing changes in the community itself.
    """
    state = _locked_state()
    columns = [getattr(FigureDelta, name) for name in Deltas._fields]
    own = select(FigureDelta.starts_on, *columns).where(
        FigureDelta.area_id == area_id, FigureDelta.grain == Grain.DAY.value
    )
    steps = {(area_id, row[0]): Deltas(*row[1:]) for row in db.session.execute(own)}
    moved = shift(steps, {area_id: before}, {area_id: after})
    _add((*key, deltas) for key, deltas in moved.items())
    part_operations.follow_move(area_id, before, after)
    _note(state)


def follow_theme(activity_id: int, before: str) -> None:
    """Let the parts of the figures count an activity's service under its new theme; `before` is the former one.

    In the transaction that changes it. What waits in the outbox is counted under the new theme when it is taken in.
    """
    shift_ids = set(db.session.scalars(select(Shift.id).where(Shift.activity_id == activity_id)))
    served = sorted(set(db.session.scalars(select(Entry.volunteer_id).where(Entry.shift_id.in_(shift_ids)))))
    if not served or not part_operations.are_kept():
        return
    _locked_state()
    for start in range(0, len(served), _PEOPLE_AT_ONCE):
        records = ledger.records_of(served[start : start + _PEOPLE_AT_ONCE])
        waiting = _outbox_rows(records)
        events = {row.registration_event_id for row in waiting if row.registration_event_id}
        entries = {row.entry_id for row in waiting if row.entry_id}
        applied = {volunteer_id: record.without(events, entries) for volunteer_id, record in records.items()}
        part_operations.follow_theme(shift_ids, before, applied)


def _locked_state() -> FigureState:
    """Return the one row of state, locked until the transaction ends."""
    first = upsert(FigureState).values(id=1, version=0, applied_at=clock.now())
    db.session.execute(first.on_conflict_do_nothing())
    query = select(FigureState).where(FigureState.id == 1).with_for_update()
    return db.session.execute(query.execution_options(populate_existing=True)).scalar_one()


def _note(state: FigureState) -> None:
    state.version += 1
    state.applied_at = clock.now()
    db.session.flush()


def _outbox_rows(records: dict[int, ledger.Record]) -> list[FigureChange]:
    """Return what the outbox holds of these records and they hold too; a row newer than they are waits."""
    event_ids = {row[1] for record in records.values() for row in record.events}
    entry_ids = {row[1] for record in records.values() for row in record.entries}
    rows = db.session.scalars(select(FigureChange).where(FigureChange.volunteer_id.in_(records)))
    return [row for row in rows if row.registration_event_id in event_ids or row.entry_id in entry_ids]


def _tally_below(
    district: Area,
    own: Collection[int],
    lineage: Lineage,
    progress: Progress,
    parts: part_operations.PartRecount | None,
) -> Tally:
    """Return what everyone adds to the communities that stand in a district or ever did.

    Someone who moved adds to other ones elsewhere.
    """
    here = {area_id for area_id, of in lineage.items() if any(stay.area_id == district.id for stay in of)}
    left = [area_id for area_id in here if area_id not in own]
    lineages = [district.lineage, *db.session.scalars(select(Area.lineage).where(Area.id.in_(left)))]
    if parts:
        parts.begin(own)
    tally, read = Tally(), 0
    for record in ledger.applied_records_below(lineages):
        spells = record.spells()
        inside_here = [spell for spell in spells if spell.area_id in here]
        tally.add(inside_here, record.services())
        if parts:
            parts.add(record, spells, inside_here)
        read += 1
        if read % _REPORT_EVERY == 0:
            progress(_REPORT_EVERY)
    progress(read % _REPORT_EVERY)
    return tally


def _only(lineage: Lineage, upper_ids: Container[int]) -> dict[int, list[Stay]]:
    """Return a lineage with some of the upper areas alone."""
    return {area_id: [stay for stay in of if stay.area_id in upper_ids] for area_id, of in lineage.items()}


def _districts() -> list[Area]:
    top = select(Area.id).where(Area.parent_id.is_(None)).scalar_subquery()
    return list(db.session.scalars(select(Area).where(Area.parent_id.in_(top)).order_by(Area.code)))


def _add(facts: Iterable[Fact]) -> None:
    """Add steps to the figures that are stored."""
    rows = [dict(zip(_KEY, fact[:3], strict=True), **fact[3]._asdict()) for fact in facts]
    if not rows:
        return
    statement = upsert(FigureDelta)
    sums = {name: getattr(FigureDelta, name) + statement.excluded[name] for name in Deltas._fields}
    db.session.connection().execute(statement.on_conflict_do_update(index_elements=_KEY, set_=sums), rows)


def _load(facts: Iterable[Fact]) -> None:
    _copy("figure_delta", (*_KEY, *Deltas._fields), ((area, grain, day, *deltas) for area, grain, day, deltas in facts))


def _load_parts(facts: Iterable[Stored]) -> None:
    _copy("part_delta", part_operations.COLUMNS, part_operations.rows_to_load(facts))


def _copy(table: str, names: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Store rows where there are none, by the fastest way of the database."""
    connection = db.session.connection()
    columns = ", ".join(names)
    cursor = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        day = names.index("starts_on")
        plain = ((*row[:day], str(row[day]), *row[day + 1 :]) for row in rows)
        cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", plain)  # type: ignore[arg-type]  # noqa: S608
        return
    with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
