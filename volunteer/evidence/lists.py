"""Making a table of records: activities, organizations and trainings line by line, sums by month or star.

What counts people, or what people did, is told in steps of ten: see `tens`.
"""

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
from volunteer.evidence.counting import Leaf, Summary
from volunteer.evidence.listings import HIDDEN, ListColumn, Listing, Pair
from volunteer.evidence.places import Places
from volunteer.evidence.rules import ListFacts
from volunteer.evidence.subjects import Subject
from volunteer.evidence.tens import hours_in_tens, in_tens
from volunteer.hours.star_rules import star_words
from volunteer.kernel import clock
from volunteer.kernel.clock import to_local
from volunteer.kernel.periods import Window
from volunteer.kernel.tables import Cell, Instead, Kind
from volunteer.metrics import queries
from volunteer.metrics.discretion import discretion
from volunteer.metrics.rules import IndicatorCode

MOST_AT_ONCE = 200_000
"""Up to so many rows of the ledger a table is counted while its page is asked for; of more a package alone tells."""
_INT, _DATE = Kind.INT, Kind.DATE


def _tens(label: str, wide: int) -> ListColumn:
    return ListColumn(f"{label}（整十）", _INT, wide, in_tens=True)


_AREA = ListColumn("所在区划", wide=0)
_SHIFTS = "场次"


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
        (ListColumn("区划", wide=70), ListColumn("在册志愿者", _INT, 48), _tens("这一期新注册", 48)),
        "在册人数与“注册志愿者占比”的分子是同一个数；新注册按第一次注册的日期和当时所选的社区算，一人一次",
        "实名注册登记，只增不改",
        "已退出、暂停、去世、迁出的不算在册",
    ),
    Subject.TRAININGS: _Told(
        (
            ListColumn("日期", _DATE, 22),
            ListColumn("培训名称", wide=38),
            ListColumn("举办单位", wide=29),
            ListColumn("记录组织", wide=22),
            _AREA,
            _tens("人数", 24),
            _tens("培训小时", 31),
        ),
        "同一天、同名、同一举办单位和记录组织的算一场；人数按人算，小时是各人学习时间之和",
        "志愿者服务档案里的培训记录，区划是记录组织的所在区划",
        "已撤下的记录不算；没有记进平台的培训这里没有",
    ),
    Subject.ORGANIZATIONS: _Told(
        (
            ListColumn("组织", wide=51),
            ListColumn("类型", wide=24),
            _AREA,
            ListColumn("通过日期", _DATE, 22),
            ListColumn(_SHIFTS, _INT, 14),
            _tens("人数", 24),
            _tens("服务小时", 31),
        ),
        "场次是这一期开始、没有取消的班次；人数是这一期有生效记录的人，一人一次；时长是生效记录之和",
        "组织登记、活动班次和时长台账",
        "待审核、已退回、已暂停的组织不算；取消的班次、冲销的记录不算",
    ),
    Subject.ACTIVITIES: _Told(
        (
            ListColumn("首场", _DATE, 21),
            ListColumn("末场", _DATE, 0),
            ListColumn("活动", wide=34),
            ListColumn("类别", wide=19),
            ListColumn("组织", wide=25),
            ListColumn("地点", wide=0),
            ListColumn(_SHIFTS, _INT, 12),
            _AREA,
            _tens("人数", 24),
            _tens("服务小时", 31),
        ),
        "场次是这一期开始、没有取消的班次；人数是这一期在这项活动里有生效记录的人，一人一次；时长是生效记录之和",
        "发布的活动和时长台账，区划是活动的所在区划",
        "草稿、取消的活动和班次不算；冲销的记录不算",
    ),
    Subject.RECORDS: _Told(
        (
            ListColumn("月份", wide=21),
            _tens("生效记录", 30),
            _tens("其中扫码", 30),
            _tens("后来冲销", 30),
            _tens("人数", 24),
            _tens("服务小时", 31),
        ),
        "按服务日期归月；人数一月里一人一次，所以各月不能相加；时长是生效记录之和",
        "时长台账，只增不改；区划是活动的所在区划，不是志愿者的居住地",
        "待确认、公示中、已退回的不算；冲销的只列条数",
    ),
    Subject.CERTIFICATES: _Told(
        (
            ListColumn("月份", wide=40),
            _tens("开出证明", 42),
            _tens("后来撤销", 42),
            _tens("人数", 42),
        ),
        "按开出日期归月；人数一月里一人一次，所以各月不能相加",
        "志愿服务记录证明登记，区划是开证组织的所在区划",
        "没有开成的不算",
    ),
    Subject.STARS: _Told(
        (ListColumn("星级", wide=56), _tens("现有人数", 55), _tens("其中这一期新授", 55)),
        "一人按最高的星级算一次；期末没有被收回的才算",
        "星级登记，由生效时长自动授予；区划是志愿者现在的居住社区",
        "已退出、暂停、去世、迁出、注销的不算",
    ),
    Subject.COMMENDATIONS: _Told(
        (
            ListColumn("日期", _DATE, 24),
            ListColumn("表彰名称", wide=50),
            ListColumn("授予单位", wide=36),
            ListColumn("记录组织", wide=32),
            _AREA,
            _tens("人数", 24),
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
        totals=_totals(told.columns, rows),
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


def _totals(columns: Sequence[ListColumn], rows: Sequence[Sequence[Cell]]) -> list[Cell]:
    """Return the last row: sums of what is counted exactly and is nobody's, like shifts; [] where nothing is."""
    summed = [place for place, column in enumerate(columns) if column.label == _SHIFTS]
    if not rows or not summed:
        return []
    found: list[Cell] = [Instead("") if column.is_day else None if column.is_number else "" for column in columns]
    for place in summed:
        found[place] = sum(cell for row in rows if isinstance(cell := row[place], int))
    return ["合计" if columns[0].kind is Kind.TEXT else Instead("合计"), *found[1:]]


# --- line by line ---


def _leaves(leaves: Iterable[Leaf]) -> Iterable[list[Cell]]:
    """Yield the lines of a list."""
    places = Places.read()
    for one in leaves:
        served = [] if one.minutes is None else [hours_in_tens(one.minutes, one.people)]
        yield [*one.cells, places.said(one.area_id), in_tens(one.people), *served]


def _activities(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _leaves(counting.activities(area, days, facts.total, facts.themes))


def _organizations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    for row in _leaves(counting.organizations(area, days, facts.total)):
        name, kind, approved_on, shifts, place, *rest = row
        yield [name, kind, place, approved_on, shifts, *rest]


def _trainings(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _leaves(counting.trainings(area, days))


def _commendations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _leaves(counting.commendations(area, days))


# --- summed ---


def _summed(summary: Summary) -> Iterable[list[Cell]]:
    """Yield the lines of a summary: by month, or by star."""
    for line, counts in sorted(summary.items(), key=lambda one: str(one[0])):
        served = [] if counts.minutes is None else [hours_in_tens(counts.minutes, counts.people)]
        yield [_line(line), *map(in_tens, counts.others), in_tens(counts.people), *served]


def _line(line: object) -> str:
    return f"{line.year} 年 {line.month} 月" if isinstance(line, date) else str(line)


def _records(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _summed(counting.records(area, days, facts.total))


def _certificates(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    return _summed(counting.certificates(area, days))


def _stars(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    for level, new, people in _summed(counting.stars(area, days)):
        yield [str(star_words(int(str(level)))), people, new]


def _registrations(area: Area, facts: ListFacts, days: Window) -> Iterable[list[Cell]]:
    basis = queries.basis_for(facts.as_of, facts.window, facts.total, today=clock.today(), area=area)
    report, discreet, places = queries.report(area, basis), discretion(basis), Places.read()
    joined = places.sums(counting.joined(days))
    for one in (*report.children, report.whole):
        registered = one.measurements[IndicatorCode.REGISTERED_SHARE].numerator
        is_hidden = one.area.id in discreet.registered
        label = f"{one.area.name}（整体）" if one.area.id == area.id else one.area.name
        yield [label, HIDDEN if is_hidden else registered, HIDDEN if is_hidden else in_tens(joined[one.area.id])]


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
