"""Making a table of records: activities, organizations and trainings line by line, sums by month or star."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from models.areas import Area
from models.base import db
from models.hours import Entry
from volunteer.areas.rules import AreaLevel
from volunteer.evidence import counting
from volunteer.evidence.counting import Grid, Leaf
from volunteer.evidence.hiding import Places, hidden_areas, hidden_in_grid, hidden_leaves
from volunteer.evidence.listings import HIDDEN, ListColumn, Listing, Pair
from volunteer.evidence.rules import ListFacts
from volunteer.evidence.subjects import Subject
from volunteer.hours.star_rules import star_words
from volunteer.kernel import clock
from volunteer.kernel.clock import to_local
from volunteer.kernel.periods import Window
from volunteer.kernel.tables import Cell, Instead, Kind
from volunteer.metrics import queries
from volunteer.metrics.discretion import discretion
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

MOST_AT_ONCE = 200_000
"""Up to so many rows of the ledger a table is counted while its page is asked for; of more a package alone tells."""
_INT, _HOURS, _DATE = Kind.INT, Kind.HOURS, Kind.DATE
_PEOPLE, _MINUTES = ListColumn("人数", _INT, 16), ListColumn("时长（小时）", _HOURS, 24)
_AREA = ListColumn("所在区划", wide=0)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of how a table came about: of what a line is, from where, and what does not count."""

    columns: Sequence[ListColumn]
    counts: str
    source: str
    left_out: str


_BY_TREE = "区划按现在的归属"
_TOLD: Mapping[Subject, _Told] = {
    Subject.REGISTRATIONS: _Told(
        (ListColumn("区划", wide=70), ListColumn("在册志愿者", _INT, 48), ListColumn("这一期新注册", _INT, 48)),
        "在册人数与“注册志愿者占比”的分子是同一个数；新注册按第一次注册的日期和当时所选的社区算，一人一次",
        "实名注册登记，只增不改",
        "已退出、暂停、去世、迁出的不算在册",
    ),
    Subject.TRAININGS: _Told(
        (
            ListColumn("日期", _DATE, 22),
            ListColumn("培训名称", wide=46),
            ListColumn("举办单位", wide=34),
            ListColumn("记录组织", wide=26),
            _AREA,
            ListColumn("人数", _INT, 14),
            ListColumn("学时合计（小时）", _HOURS, 24),
        ),
        "同一天、同名、同一举办单位和记录组织的算一场；人数按人算，学时是各人学习时间之和",
        "志愿者服务档案里的培训记录，区划是记录组织的所在区划",
        "已撤下的记录不算；没有记进平台的培训这里没有",
    ),
    Subject.ORGANIZATIONS: _Told(
        (
            ListColumn("组织", wide=58),
            ListColumn("类型", wide=26),
            _AREA,
            ListColumn("通过日期", _DATE, 24),
            ListColumn("场次", _INT, 16),
            ListColumn("人数", _INT, 18),
            _MINUTES,
        ),
        "场次是这一期开始、没有取消的班次；人数是这一期有生效记录的人，一人一次；时长是生效记录之和",
        "组织登记、活动班次和时长台账",
        "待审核、已退回、已暂停的组织不算；取消的班次、冲销的记录不算",
    ),
    Subject.ACTIVITIES: _Told(
        (
            ListColumn("首场", _DATE, 21),
            ListColumn("末场", _DATE, 0),
            ListColumn("活动", wide=38),
            ListColumn("类别", wide=21),
            ListColumn("组织", wide=27),
            ListColumn("地点", wide=0),
            ListColumn("场次", _INT, 13),
            _AREA,
            ListColumn("人数", _INT, 17),
            ListColumn("时长（小时）", _HOURS, 29),
        ),
        "场次是这一期开始、没有取消的班次；人数是这一期在这项活动里有生效记录的人，一人一次；合计的人数是人次",
        "发布的活动和时长台账，区划是活动的所在区划",
        "草稿、取消的活动和班次不算；冲销的记录不算",
    ),
    Subject.RECORDS: _Told(
        (
            ListColumn("月份", wide=26),
            ListColumn("生效记录（条）", _INT, 28),
            ListColumn("其中扫码（条）", _INT, 28),
            ListColumn("后来冲销（条）", _INT, 28),
            ListColumn("人数", _INT, 24),
            ListColumn("时长（小时）", _HOURS, 32),
        ),
        "按服务日期归月；人数一月里一人一次，所以各月不能相加；时长是生效记录之和",
        "时长台账，只增不改；区划是活动的所在区划，不是志愿者的居住地",
        "待确认、公示中、已退回的不算；冲销的只列条数",
    ),
    Subject.CERTIFICATES: _Told(
        (
            ListColumn("月份", wide=40),
            ListColumn("开出证明（份）", _INT, 42),
            ListColumn("后来撤销（份）", _INT, 42),
            ListColumn("人数", _INT, 42),
        ),
        "按开出日期归月；人数一月里一人一次，所以各月不能相加",
        "志愿服务记录证明登记，区划是开证组织的所在区划",
        "没有开成的不算",
    ),
    Subject.STARS: _Told(
        (ListColumn("星级", wide=56), ListColumn("现有人数", _INT, 55), ListColumn("其中这一期新授", _INT, 55)),
        "一人按最高的星级算一次；期末没有被收回的才算",
        "星级登记，由生效时长自动授予；区划是志愿者现在的居住社区",
        "已退出、暂停、去世、迁出、注销的不算",
    ),
    Subject.COMMENDATIONS: _Told(
        (
            ListColumn("日期", _DATE, 24),
            ListColumn("表彰名称", wide=54),
            ListColumn("授予单位", wide=38),
            ListColumn("记录组织", wide=34),
            _AREA,
            ListColumn("人数", _INT, 16),
        ),
        "同一天、同名、同一授予单位和记录组织的算一项；人数按人算",
        "志愿者服务档案里的表彰记录，区划是记录组织的所在区划",
        "已撤下的记录不算；没有记进平台的表彰这里没有",
    ),
}


def list_title(area: Area, facts: ListFacts) -> str:
    """Return what a table of records is called: area, what, and of which themes."""
    themes = f"（{'、'.join(theme.label for theme in facts.themes)}）" if facts.themes else ""
    return f"{area.name}{facts.subject.label}{themes}"


def listing_of(area: Area, facts: ListFacts, *, today: date) -> Listing:
    """Return a table as its records stand now. Raises Invalid for a day that makes no sense."""
    basis = queries.basis_for(facts.as_of, facts.window, facts.total, today=today, area=area)
    told = _TOLD[facts.subject]
    rows = list(_MAKERS[facts.subject](area, facts, basis.window))
    return Listing(
        title=list_title(area, facts),
        columns=told.columns,
        rows=rows,
        totals=_totals(told.columns, rows, facts.subject),
        basis=_derivation(facts, told, basis.window),
        nothing=facts.subject.nothing,
        as_of=facts.as_of,
        read_on=basis.window.last_on,
        groups=_groups(area, told.columns, rows),
    )


def _groups(
    area: Area, columns: Sequence[ListColumn], rows: Sequence[Sequence[Cell]]
) -> list[tuple[str, list[tuple[str, int]]]]:
    """Return how many lines of a list belong to each district of the city, and to each theme; [] of a summary."""
    labels = [column.label for column in columns]
    found = []
    if _AREA in columns and area.level is AreaLevel.CITY:
        places = Counter(str(row[labels.index(_AREA.label)]).split(" ")[0] for row in rows)
        found.append(("县市区", places.most_common()))
    if "类别" in labels:
        found.append(("类别", Counter(str(row[labels.index("类别")]) for row in rows).most_common()))
    return found


def is_quick() -> bool:
    """Whether a table of the whole city can be counted while somebody waits for the page."""
    return (db.session.scalar(select(func.max(Entry.id))) or 0) <= MOST_AT_ONCE


def _derivation(facts: ListFacts, told: _Told, days: Window) -> list[Pair]:
    pairs = [("统计期", f"{days.kind.label}，{days.words}"), ("怎么数", told.counts), ("来源", told.source)]
    if facts.themes:
        pairs.append(("活动类别", "、".join(theme.label for theme in facts.themes)))
    if facts.subject.has_total:
        pairs.append(("口径", str(facts.total.explanation)))
    read_at = f"{to_local(clock.now()):%Y-%m-%d %H:%M} 读取；此后的补录、更正不在内"
    return [*pairs, ("不计入", f"{told.left_out}；{_BY_TREE}"), ("读取时间", read_at)]


def _totals(columns: Sequence[ListColumn], rows: Sequence[Sequence[Cell]], subject: Subject) -> list[Cell]:
    """Return the last row: sums of what adds up, hidden where a cell above is; [] under nothing and by area."""
    if not rows or subject is Subject.REGISTRATIONS:
        return []
    is_hidden = any(isinstance(cell, Instead) for row in rows for cell in row)
    found: list[Cell] = ["合计" if columns[0].kind is Kind.TEXT else Instead("合计")]
    for place, column in enumerate(columns[1:], start=1):
        if not column.is_number or (column.label == "人数" and subject not in _PEOPLE_ADD_UP):
            found.append("" if column.kind is Kind.TEXT else Instead("") if column.is_day else None)
        else:
            cells = [row[place] for row in rows]
            counted = any(isinstance(cell, Instead) for cell in cells) or (is_hidden and column.label in _OF_PEOPLE)
            found.append(HIDDEN if counted else sum(cell for cell in cells if isinstance(cell, int)))
    return found


_PEOPLE_ADD_UP = frozenset({Subject.ACTIVITIES})
_OF_PEOPLE = frozenset({"人数", "时长（小时）"})


# --- line by line ---


def _leaves(
    area: Area, leaves: Sequence[Leaf], other: Sequence[Leaf] = (), shown: Iterable[object] | None = None
) -> Iterable[list[Cell]]:
    """Yield the lines of an area, with what counts too few people hidden; `shown` are the keys that are asked for.

    `other` are the same lines by the other total: what one of the two hides neither shows.
    """
    places = Places.read()
    hidden: set[object] = set()
    for counted in (leaves, other):
        hidden |= hidden_leaves(places, {one.key: (one.area_id, one.people) for one in counted})
    wanted = None if shown is None else set(shown)
    for one in leaves:
        if places.holds(area, one.area_id) and (wanted is None or one.key in wanted):
            is_hidden = one.key in hidden
            row: list[Cell] = [*one.cells, HIDDEN if is_hidden else one.people]
            row += [] if one.minutes is None else [HIDDEN if is_hidden else one.minutes]
            yield _with_place(row, one, places)


def _with_place(row: list[Cell], leaf: Leaf, places: Places) -> list[Cell]:
    at = len(leaf.cells)
    return [*row[:at], places.said(leaf.area_id), *row[at:]]


def _activities(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    # Judged over all themes: what one table hides no other shows.
    every, other = counting.activities(days, facts.total), counting.activities(days, _other(facts.total))
    labels = {theme.label for theme in facts.themes}
    wanted = [one.key for one in every if not labels or one.cells[3] in labels]
    return _leaves(area, every, other, wanted)


def _other(total: Total) -> Total:
    return Total.STRICT if total is Total.INCLUSIVE else Total.INCLUSIVE


def _organizations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    other = counting.organizations(days, _other(facts.total))
    for row in _leaves(area, counting.organizations(days, facts.total), other):
        name, kind, approved_on, shifts, place, *rest = row
        yield [name, kind, place, approved_on, shifts, *rest]


def _trainings(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _leaves(area, counting.trainings(days))


def _commendations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _leaves(area, counting.commendations(days))


# --- summed ---


def _keepers() -> list[Area]:
    """Return the areas that keep a dossier: the city, then its districts."""
    levels = (AreaLevel.CITY, AreaLevel.DISTRICT)
    return list(db.session.scalars(select(Area).where(Area.level.in_(levels)).order_by(func.length(Area.lineage))))


def _summary(
    area: Area, grid: Grid, keepers: Sequence[Area], *, also: Sequence[int] = (), other: Grid | None = None
) -> Iterable[list[Cell]]:
    """Yield the lines of a summary for an area; `also` are the places of other counts that count people.

    `other` is the same summary by the other total: what one of the two hides neither shows.
    """
    top, below = keepers[0].id, [one.id for one in keepers[1:]]
    hidden: set[object] = set()
    for counted in (grid, other or {}):
        people = {line: {key: one.people for key, one in by_area.items()} for line, by_area in counted.items()}
        hidden |= hidden_in_grid(people, top, below)
    hidden_others = {
        place: hidden_in_grid(
            {line: {key: one.others[place] for key, one in by_area.items()} for line, by_area in grid.items()},
            top,
            below,
        )
        for place in also
    }
    for line in sorted(grid, key=str):
        counts = grid[line].get(area.id)
        if counts is None:
            continue
        is_hidden = (line, area.id) in hidden
        others: list[Cell] = [
            HIDDEN if is_hidden or (line, area.id) in hidden_others.get(place, ()) else count
            for place, count in enumerate(counts.others)
        ]
        served: list[Cell] = [] if counts.minutes is None else [HIDDEN if is_hidden else counts.minutes]
        yield [_line(line), *others, HIDDEN if is_hidden else counts.people, *served]


def _line(line: object) -> str:
    return f"{line.year} 年 {line.month} 月" if isinstance(line, date) else str(line)


def _records(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    keepers = _keepers()
    grid, other = (counting.records(keepers, days, total) for total in (facts.total, _other(facts.total)))
    return _summary(area, grid, keepers, other=other)


def _certificates(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    keepers = _keepers()
    return _summary(area, counting.certificates(keepers, days), keepers)


def _stars(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    keepers = _keepers()
    for level, new, people in _summary(area, counting.stars(keepers, days), keepers, also=(0,)):
        yield [str(star_words(int(str(level)))), people, new]


def _registrations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    basis = queries.basis_for(facts.as_of, facts.window, facts.total, today=clock.today(), area=area)
    report, discreet, places = queries.report(area, basis), discretion(basis), Places.read()
    joined = places.sums(counting.joined(days))
    hidden = hidden_areas(places, joined)
    for one in (*report.children, report.whole):
        registered = one.measurements[IndicatorCode.REGISTERED_SHARE].numerator
        is_hidden = one.area.id in discreet.registered
        label = f"{one.area.name}（整体）" if one.area.id == area.id else one.area.name
        came: Cell = HIDDEN if is_hidden or one.area.id in hidden else joined[one.area.id]
        yield [label, HIDDEN if is_hidden else registered, came]


_MAKERS: Mapping[Subject, Callable[[Area, ListFacts, Window], Iterable[list[Cell]]]] = {
    Subject.REGISTRATIONS: _registrations,
    Subject.TRAININGS: _trainings,
    Subject.ORGANIZATIONS: _organizations,
    Subject.ACTIVITIES: _activities,
    Subject.RECORDS: _records,
    Subject.CERTIFICATES: _certificates,
    Subject.STARS: _stars,
    Subject.COMMENDATIONS: _commendations,
}
