"""Keeping the parts of the figures, beside the figures themselves and in the same transactions."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import islice

from sqlalchemy import delete, exists, select

from models.activities import Activity, Shift
from models.areas import Area
from models.base import db, upsert
from models.metrics import FigureDelta, FigureState, PartDelta
from models.volunteers import Volunteer
from volunteer.areas.standing import Stay
from volunteer.areas.tree import all_stays
from volunteer.kernel import clock
from volunteer.metrics import ledger
from volunteer.metrics.facts import Deltas, Grain, Lineage, Spell, add_up
from volunteer.metrics.parts import PartKey, PartTally, Person, Served, Stored

_KEY = ("area_id", "dimension", "key", "grain", "starts_on")
_STATE_ID = 2  # the row of FigureState that says since when the parts are kept
_IDS_AT_ONCE = 10_000


class Describer:
    """Knows of whose service and of what kind it was; asked for the whole city, or for a few volunteers."""

    def __init__(self, themes: Mapping[int, str], birth_years: Mapping[int, int]) -> None:
        self._themes, self._birth_years = themes, birth_years

    @classmethod
    def of_everybody(cls) -> "Describer":
        """Read all shifts and all volunteers at once: two numbers of each."""
        shifts = db.session.execute(select(Shift.id, Activity.category).join(Activity))
        people = db.session.execute(select(Volunteer.id, Volunteer.birth_on))
        return cls({row[0]: str(row[1]) for row in shifts}, {row[0]: row[1].year for row in people})

    @classmethod
    def of(cls, records: Mapping[int, ledger.Record]) -> "Describer":
        """Read what some records speak of."""
        themes: dict[int, str] = {}
        for ids in _in_batches({row[7] for record in records.values() for row in record.entries}):
            query = select(Shift.id, Activity.category).join(Activity).where(Shift.id.in_(ids))
            themes |= {row[0]: str(row[1]) for row in db.session.execute(query)}
        people = select(Volunteer.id, Volunteer.birth_on).where(Volunteer.id.in_(records))
        return cls(themes, {row[0]: row[1].year for row in db.session.execute(people)})

    def but_for(self, themes: Mapping[int, str]) -> "Describer":
        """Return one to whom some shifts are of other themes."""
        return Describer({**self._themes, **themes}, self._birth_years)

    def person(self, record: ledger.Record, spells: Sequence[Spell] | None = None) -> Person:
        """Return a record as the parts want it, with all spells or some of them."""
        spells = record.spells() if spells is None else spells
        served = [Served(row[3:6], str(row[6]), self._themes[row[7]]) for row in record.effective()]  # type: ignore[arg-type]
        return Person(self._birth_years[record.events[0][0]] if record.events else 0, spells, served)


class PartRecount:
    """The parts as a recount of the figures comes along, district by district."""

    def __init__(self, lineage: Lineage, tops: Container[int]) -> None:
        self._lineage, self._tops = lineage, tops
        self._describer = Describer.of_everybody()
        self._tally = PartTally({})
        self._city: defaultdict[tuple[int, PartKey, Grain, date], list[Deltas]] = defaultdict(list)

    def begin(self, own: Collection[int]) -> None:
        """Begin a district, to which these areas belong now."""
        self._tally = PartTally(self._lineage, own)

    def add(self, record: ledger.Record, spells: Sequence[Spell], here: Sequence[Spell]) -> None:
        """Add one volunteer with those spells that are in the district."""
        if here:
            self._tally.add(self._describer.person(record, here), first_year=min(one.since for one in spells).year)

    def of_district(self, own: Container[int]) -> Iterator[Stored]:
        """Yield what is to be stored of the district and what lies below it."""
        for area_id, part, grain, first_on, deltas in self._tally.facts(self._tops, only_own=True):
            self._city[area_id, part, grain, first_on].append(deltas)
        yield from self._tally.facts(own)

    def of_city(self) -> Iterator[Stored]:
        """Yield what is to be stored of the whole city, once all districts are through."""
        for key, many in sorted(self._city.items()):
            deltas = add_up(many)
            if any(deltas):
                yield *key, deltas


def are_kept() -> bool:
    """Return whether the parts are there; an installation that is older than they are has none until a rebuild."""
    return db.session.scalar(select(exists().where(FigureState.id == _STATE_ID))) or False


def begin_if_new() -> None:
    """Keep parts from now on where nothing has ever been counted; elsewhere a rebuild has to make them first."""
    if not are_kept() and not db.session.scalar(select(exists(select(FigureDelta.area_id)))):
        note_kept()


def note_kept() -> None:
    """Remember that the parts are whole."""
    row = {"version": 1, "applied_at": clock.now(), "rebuilt_at": clock.now()}
    first = upsert(FigureState).values(id=_STATE_ID, **row)
    db.session.execute(first.on_conflict_do_update(index_elements=["id"], set_=row))


def take_in(changed: Mapping[int, tuple[ledger.Record, ledger.Record]], lineage: Lineage) -> None:
    """Add what records turned into: by volunteer, the record before and after."""
    if not are_kept():
        return
    describer = Describer.of({volunteer_id: after for volunteer_id, (_, after) in changed.items()})
    tally = PartTally(lineage)
    for before, after in changed.values():
        tally.add(describer.person(before), sign=-1)
        tally.add(describer.person(after))
    add(tally.facts())


def follow_move(area_id: int, before: Sequence[Stay], after: Sequence[Stay]) -> None:
    """Let the parts of a community that was moved count where it stands now; its own people alone are read."""
    if not are_kept():
        return
    old, new = PartTally({area_id: before}), PartTally({area_id: after})
    for person, first_year in people_of(area_id):
        old.add(person, sign=-1, first_year=first_year)
        new.add(person, first_year=first_year)
    add(old.facts())
    add(new.facts())


def follow_theme(shift_ids: Collection[int], before: str, records: Mapping[int, ledger.Record]) -> None:
    """Let service on some shifts, which counted under one theme, count under the activity's new one."""
    tally, now = PartTally(all_stays()), Describer.of(records)
    then = now.but_for(dict.fromkeys(shift_ids, before))
    for record in records.values():
        tally.add(then.person(record), sign=-1)
        tally.add(now.person(record))
    add(tally.facts())


def people_of(area_id: int) -> Iterator[tuple[Person, int]]:
    """Yield everyone who was ever registered in a community, their spells there alone, and their first year."""
    lineage = db.session.scalars(select(Area.lineage).where(Area.id == area_id)).one()
    records = {one.events[0][0]: one for one in ledger.applied_records_below([lineage])}
    describer = Describer.of(records)
    for record in records.values():
        spells = record.spells()
        here = [spell for spell in spells if spell.area_id == area_id]
        if here:
            yield describer.person(record, here), min(spell.since for spell in spells).year


def forget() -> None:
    """Delete all parts, to be made anew."""
    db.session.execute(delete(PartDelta))


def add(facts: Iterable[Stored]) -> None:
    """Add steps to the parts that are stored."""
    rows = [dict(zip(_KEY, _key(fact), strict=True), **fact[4]._asdict()) for fact in facts]
    if not rows:
        return
    statement = upsert(PartDelta)
    sums = {name: getattr(PartDelta, name) + statement.excluded[name] for name in Deltas._fields}
    db.session.connection().execute(statement.on_conflict_do_update(index_elements=_KEY, set_=sums), rows)


def rows_to_load(facts: Iterable[Stored]) -> Iterator[tuple[object, ...]]:
    """Yield rows for a bulk load, in the order of `COLUMNS`."""
    for fact in facts:
        yield (*_key(fact), *fact[4])


COLUMNS = (*_KEY, *Deltas._fields)


def _in_batches(ids: Iterable[int]) -> Iterator[Sequence[int]]:
    waiting = iter(ids)
    while batch := list(islice(waiting, _IDS_AT_ONCE)):
        yield batch


def _key(fact: Stored) -> tuple[int, str, str, str, date]:
    area_id, part, grain, first_on, _ = fact
    return area_id, part.dimension.value, part.key, grain.value, first_on
