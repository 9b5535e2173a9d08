"""What looks odd, from which numbers on, and how it is said; pure. All thresholds are our decision.

Each oddity is a frozen value of what was seen: it decides whether that is odd (`is_odd`) and says it in words.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from volunteer.checkin.rules import Method
from volunteer.kernel.clock import local_day, to_local
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.speech import say_clock, say_month_and_day, thousands
from volunteer.kernel.text import N_, Words
from volunteer.signals.places import CIRCLE_METRES, WORST_ACCURACY_METRES

# A family of several accounts may share a telephone; from the third account on somebody looks.
ACCOUNTS_A_DEVICE = 2
# As fast as the fastest car on a motorway, door to door.
FASTEST_KMH = 120
# Below this neither a telephone's place nor an activity's pin tells two places apart.
NEAREST_APART_METRES = 1_000
PEOPLE_A_SECOND = 4
BY_HAND_A_WEEK = 20
BY_HAND_SHARE = 0.30
BY_HAND_WINDOW = timedelta(days=7)
FRESH = timedelta(minutes=30)
# What a person's own telephone records; a kiosk and a station serve everybody, and hands write many at once.
OWN_DEVICE = frozenset({Method.VENUE_CODE, Method.TYPED_CODE, Method.POSTER})
# Recorded one by one as it happened; a list marked at once shares its second and waits for a second person anyway.
ONE_BY_ONE = OWN_DEVICE | {Method.ORGANIZER_SCAN, Method.KIOSK, Method.OFFLINE}
BY_HAND = frozenset({Method.BY_HAND, Method.PAPER})


class SignalKind(StrEnum):
    """Which rule saw something."""

    ONE_DEVICE = "one_device"
    TWO_PLACES = "two_places"
    SAME_SECONDS = "same_seconds"
    OUTSIDE_CIRCLE = "outside_circle"
    MANY_BY_HAND = "many_by_hand"
    FRESH_ACTIVITY = "fresh_activity"
    MISSED_SPOT_CHECK = "missed_spot_check"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return SIGNAL_LABELS[self]

    @property
    def holds_minutes(self) -> bool:
        """Whether it concerns one presence, whose minutes then wait for a second person."""
        return self in (SignalKind.ONE_DEVICE, SignalKind.TWO_PLACES, SignalKind.OUTSIDE_CIRCLE)


SIGNAL_LABELS = {
    SignalKind.ONE_DEVICE: N_("一部手机签了好几个账号"),
    SignalKind.TWO_PLACES: N_("两处相隔太远"),
    SignalKind.SAME_SECONDS: N_("时间分秒不差"),
    SignalKind.OUTSIDE_CIRCLE: N_("位置不在现场"),
    SignalKind.MANY_BY_HAND: N_("手工登记太多"),
    SignalKind.FRESH_ACTIVITY: N_("活动刚建就有时长"),
    SignalKind.MISSED_SPOT_CHECK: N_("现场抽查没有回应"),
}


class Verdict(StrEnum):
    """What a person made of a signal."""

    FINE = "fine"
    FOLLOW_UP = "follow_up"

    @property
    def label(self) -> str:
        """The word for it, for the catalogue."""
        return VERDICT_LABELS[self]


VERDICT_LABELS = {Verdict.FINE: N_("没有问题"), Verdict.FOLLOW_UP: N_("要继续核查")}

# From which numbers on, as the page of a signal says it.
RULE_WORDS = {
    SignalKind.ONE_DEVICE: Words(
        N_("同一部手机在一个班次签了 %(accounts)d 个以上账号就提示；从第 %(accounts)d 个账号起，时长先等人看"),
        {"accounts": ACCOUNTS_A_DEVICE + 1},
    ),
    SignalKind.TWO_PLACES: Words(
        N_("两处相隔 %(metres)d 米以上，而且时速超过 %(speed)d 公里才赶得到，就提示；位置误差已经扣掉"),
        {"metres": NEAREST_APART_METRES, "speed": FASTEST_KMH},
    ),
    SignalKind.SAME_SECONDS: Words(
        N_("%(people)d 个以上账号，签到在同一秒，签退也在同一秒，就提示；手工批量登记不算"),
        {"people": PEOPLE_A_SECOND},
    ),
    SignalKind.OUTSIDE_CIRCLE: Words(
        N_("扣掉误差还在现场 %(metres)d 米以外，就提示；误差超过 %(worst)d 米的位置不作数"),
        {"metres": CIRCLE_METRES, "worst": WORST_ACCURACY_METRES},
    ),
    SignalKind.MANY_BY_HAND: Words(
        N_("一个人 7 天里手工登记 %(count)d 人次以上，而且超过全组织的 %(share)s，就提示"),
        {"count": BY_HAND_A_WEEK, "share": f"{BY_HAND_SHARE:.0%}"},
    ),
    SignalKind.FRESH_ACTIVITY: Words(
        N_("活动发布 %(minutes)d 分钟内就有了记录，或者班次在活动建好以前就已结束，就提示"),
        {"minutes": FRESH // timedelta(minutes=1)},
    ),
    SignalKind.MISSED_SPOT_CHECK: Words(N_("抽到的人在场，到时间没有再扫现场的码，就提示")),
}

# What honest people do that looks the same.
INNOCENT_WORDS: Mapping[SignalKind, Sequence[str]] = {
    SignalKind.ONE_DEVICE: (
        N_("一家人或几位老人合用一部手机，轮流登录签到"),
        N_("同伴的手机没电，借别人的手机登录"),
    ),
    SignalKind.TWO_PLACES: (
        N_("活动地点的坐标填错了，或者活动换了地方"),
        N_("手机在室内定位会漂到很远，用了代理网络也会"),
        N_("离开上一处很久以后才补扫签退"),
    ),
    SignalKind.SAME_SECONDS: (
        N_("结束时大家对着同一块屏幕一起扫"),
        N_("现场网络卡住，恢复的那一秒一起提交"),
    ),
    SignalKind.OUTSIDE_CIRCLE: (
        N_("在室内或高楼之间，手机定位会偏"),
        N_("活动沿街、沿江，走到了远处"),
        N_("活动地点的坐标填错了"),
    ),
    SignalKind.MANY_BY_HAND: (
        N_("现场断网、停电，只好记在纸上再补"),
        N_("参加的多是老人或孩子，没有手机"),
        N_("组织里只有一个人负责登记"),
    ),
    SignalKind.FRESH_ACTIVITY: (
        N_("临时应急，边做边建活动"),
        N_("组织者到了现场才想起发布"),
    ),
    SignalKind.MISSED_SPOT_CHECK: (
        N_("正忙着服务，没有看到通知"),
        N_("手机没电，或者没带在身上"),
        N_("老人不知道抽查要怎么回应"),
    ),
}


# What was seen


@dataclass(frozen=True, slots=True)
class Oddity(ABC):
    """Something that was seen. `figures` are its numbers by name, as the page of a signal lists them."""

    kind: ClassVar[SignalKind]

    @property
    @abstractmethod
    def is_odd(self) -> bool:
        """Whether people should look at it."""

    @property
    @abstractmethod
    def words(self) -> Words:
        """What was seen, in a sentence without anybody's name."""

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as they are stored: moments as ISO 8601."""
        found = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in found.items()}


@dataclass(frozen=True, slots=True)
class OneDevice(Oddity):
    """How many accounts one telephone recorded at one shift, those before and this one."""

    kind: ClassVar[SignalKind] = SignalKind.ONE_DEVICE
    accounts: int

    @property
    def is_odd(self) -> bool:
        """More accounts than a household's telephone serves."""
        return self.accounts > ACCOUNTS_A_DEVICE

    @property
    def words(self) -> Words:
        """What was seen."""
        return Words(N_("同一部手机在这个班次签了 %(accounts)d 个账号"), {"accounts": self.accounts})


@dataclass(frozen=True, slots=True)
class TwoPlaces(Oddity):
    """Leaving one place and arriving at another at least `metres` away."""

    kind: ClassVar[SignalKind] = SignalKind.TWO_PLACES
    left_at: datetime
    arrived_at: datetime
    metres: int

    @property
    def kmh(self) -> int | None:
        """The speed that it takes in km/h, rounded down; None when there was no time at all."""
        between = (self.arrived_at - self.left_at) // timedelta(microseconds=1)
        return self.metres * 3_600_000 // between if between > 0 else None

    @property
    def is_odd(self) -> bool:
        """Far apart, and faster than a car."""
        return self.metres > NEAREST_APART_METRES and (self.kmh is None or self.kmh > FASTEST_KMH)

    @property
    def words(self) -> Words:
        """What was seen."""
        told = {"left": say_clock(self.left_at), "arrived": say_clock(self.arrived_at)}
        return Words(
            N_("%(left)s 还在上一处，%(arrived)s 就在这里签到，两处至少相隔 %(km)s 公里"),
            {**told, "km": f"{self.metres / 1000:.1f}"},
        )


@dataclass(frozen=True, slots=True)
class SameSeconds(Oddity):
    """How many accounts came in one second and left in one second, each recorded by itself."""

    kind: ClassVar[SignalKind] = SignalKind.SAME_SECONDS
    people: int
    arrived_at: datetime
    left_at: datetime

    @property
    def is_odd(self) -> bool:
        """As many as do not happen to press at once twice."""
        return self.people >= PEOPLE_A_SECOND

    @property
    def words(self) -> Words:
        """What was seen."""
        told = {"arrived": _exact(self.arrived_at), "left": _exact(self.left_at)}
        return Words(
            N_("%(people)d 个人在同一秒签到（%(arrived)s），又在同一秒签退（%(left)s）"),
            {"people": self.people, **told},
        )


@dataclass(frozen=True, slots=True)
class OutsideCircle(Oddity):
    """How far from the activity's pin a telephone was, by its own word."""

    kind: ClassVar[SignalKind] = SignalKind.OUTSIDE_CIRCLE
    metres: int
    accuracy: int

    @property
    def is_odd(self) -> bool:
        """Outside for certain, as far as the telephone knows its place."""
        return self.accuracy <= WORST_ACCURACY_METRES and self.metres - self.accuracy > CIRCLE_METRES

    @property
    def words(self) -> Words:
        """What was seen."""
        told = {"metres": thousands(self.metres), "accuracy": thousands(self.accuracy)}
        return Words(N_("手机报的位置离现场 %(metres)s 米，误差 %(accuracy)s 米"), told)


@dataclass(frozen=True, slots=True)
class ManyByHand(Oddity):
    """How many visits one person wrote down within seven days, of how many that the organization recorded."""

    kind: ClassVar[SignalKind] = SignalKind.MANY_BY_HAND
    by_hand: int
    total: int

    @property
    def is_odd(self) -> bool:
        """Many, and not because the organization is large."""
        return self.by_hand >= BY_HAND_A_WEEK and self.by_hand > self.total * BY_HAND_SHARE

    @property
    def words(self) -> Words:
        """What was seen."""
        share = f"{self.by_hand * 100 // max(1, self.total)}%"
        return Words(
            N_("7 天里手工登记 %(by_hand)s 人次，占全组织 %(total)s 人次的 %(share)s"),
            {"by_hand": thousands(self.by_hand), "total": thousands(self.total), "share": share},
        )


@dataclass(frozen=True, slots=True)
class FreshActivity(Oddity):
    """When an activity was published and when its first time was recorded."""

    kind: ClassVar[SignalKind] = SignalKind.FRESH_ACTIVITY
    created_at: datetime
    published_at: datetime
    recorded_at: datetime
    ended_at: datetime

    @property
    def is_before(self) -> bool:
        """Whether the shift was over before the activity existed."""
        return self.ended_at <= self.created_at

    @property
    def is_odd(self) -> bool:
        """Sooner than people hear of an activity and come, or later than they could."""
        return self.is_before or timedelta() <= self.recorded_at - self.published_at < FRESH

    @property
    def words(self) -> Words:
        """What was seen."""
        if self.is_before:
            told = {"ended": _moment(self.ended_at), "created": _moment(self.created_at)}
            return Words(N_("班次 %(ended)s 就结束了，活动 %(created)s 才建好"), told)
        told = {"published": _moment(self.published_at), "recorded": _moment(self.recorded_at)}
        return Words(N_("活动 %(published)s 发布，%(recorded)s 就有了第一条记录"), told)


@dataclass(frozen=True, slots=True)
class MissedSpotCheck(Oddity):
    """A second look, asked of somebody who was in, that nobody answered; `left_at` is when they left, if they did."""

    kind: ClassVar[SignalKind] = SignalKind.MISSED_SPOT_CHECK
    drawn_at: datetime
    due_at: datetime
    left_at: datetime | None = None

    @property
    def is_odd(self) -> bool:
        """They were there until it was due, by their own record, and did not answer."""
        return self.left_at is None or self.left_at >= self.due_at

    @property
    def words(self) -> Words:
        """What was seen."""
        told = {"drawn": say_clock(self.drawn_at), "due": say_clock(self.due_at)}
        return Words(N_("%(drawn)s 抽到现场复核，到 %(due)s 没有再扫现场的码"), told)


_ODDITIES: Mapping[SignalKind, type[Oddity]] = {
    one.kind: one
    for one in (OneDevice, TwoPlaces, SameSeconds, OutsideCircle, ManyByHand, FreshActivity, MissedSpotCheck)
}


def oddity_of(kind: SignalKind, stored: Mapping[str, Any]) -> Oddity:
    """Return what `Oddity.to_json` stored; what else is stored beside it is left alone."""
    cls = _ODDITIES[kind]
    return cls(**{one.name: _read(one.type, stored[one.name]) for one in fields(cls) if one.name in stored})


def _read(kind: object, value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) and kind in (datetime, datetime | None) else value


def same_seconds(visits: Iterable[tuple[datetime, datetime, int]]) -> list[tuple[SameSeconds, frozenset[int]]]:
    """Return the groups that came in one second and left in one second, with their accounts; only what is odd.

    `visits` are (came, left, account) of one shift, each end recorded by itself.
    """
    groups: dict[tuple[datetime, datetime], set[int]] = {}
    for arrived_at, left_at, account_id in visits:
        ends = (arrived_at.replace(microsecond=0), left_at.replace(microsecond=0))
        groups.setdefault(ends, set()).add(account_id)
    found = [(SameSeconds(len(people), *ends), frozenset(people)) for ends, people in sorted(groups.items())]
    return [one for one in found if one[0].is_odd]


# Judging


def check_verdict(verdict: Verdict, note: str) -> None:
    """Raise Invalid on note when somebody asks to go on without saying what is still to be found out."""
    if verdict is Verdict.FOLLOW_UP and not note.strip():
        raise Invalid(N_("请写明接下来查什么"), field="note")


def check_not_concerned(
    *, judge: str | None, judge_id: int, documents: Iterable[str | None], account_ids: Iterable[int | None]
) -> None:
    """Raise Conflict when a signal is about the judge, told by the ID document, or about whom their account acts for.

    `judge` is the digest of the judge's document, None for somebody who is not registered.
    """
    if judge_id in set(account_ids) or (judge is not None and judge in set(documents)):
        raise Conflict(N_("这条提示和您自己有关，请换一个人判断"))


def _exact(moment: datetime) -> str:
    return f"{to_local(moment):%H:%M:%S}"


def _moment(moment: datetime) -> Words:
    day = say_month_and_day(local_day(moment))
    return Words(N_("%(day)s %(time)s"), {"day": day, "time": say_clock(moment)})
