"""The story of one community: its people, its organization, its shifts, who came, and what that was worth."""

import itertools
import random
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import accumulate

from volunteer.activities.shift_rules import PlannedShift
from volunteer.demo.days import moment, morning
from volunteer.demo.habits import Habits
from volunteer.demo.people import invent
from volunteer.demo.rows import SEED, Host, Member, Place, Scribe
from volunteer.demo.scenes import SCENES, Scene, visit
from volunteer.demo.seasons import is_campaign, registration_weight, service_weight
from volunteer.kernel.clock import LOCAL_ZONE
from volunteer.kernel.permissions import Role
from volunteer.signups.rules import SignupStatus

_STAYS_AWAY = 0.01  # beside the willingness of somebody who comes
_CALLED_UP = 0.05  # the same in a campaign
_CAMPAIGN_CROWD = 1.25


@dataclass
class Teller(Scribe):
    """Tells community after community; all of them have the same weather."""

    _weather: dict[tuple[int, int], float] = field(default_factory=dict)

    @cached_property
    def days(self) -> Sequence[date]:
        """Return the days of the story up to the day before yesterday."""
        return [self.begins_on + timedelta(days=offset) for offset in range((self.today - self.begins_on).days - 1)]

    @cached_property
    def _service_weights(self) -> Sequence[float]:
        return [service_weight(day) * self._weather_of(day) for day in self.days]

    @cached_property
    def _registration_weights(self) -> Sequence[float]:
        return [registration_weight(day) for day in self.days]

    def _weather_of(self, day: date) -> float:
        """Return how good a month was for going out, anywhere in the city."""
        month = (day.year, day.month)
        if month not in self._weather:
            self._weather[month] = random.Random(f"{SEED} {month}").lognormvariate(0, 0.07)
        return self._weather[month]

    def tell(self, place: Place, extra: list[Member] | None = None, host: Host | None = None) -> list[Member]:
        """Tell the whole story of one community until the day before yesterday, and return who serves gladly.

        `extra` members join its people; `host` is its organization.
        """
        # Dice of its own: what is told of one community changes no other.
        self.dice = random.Random(f"{SEED} {place.code}")
        invented, extra = self._invented_members(place), extra or []
        members = invented + extra
        host = host or self._invented_host(place)
        idle = [member for member in invented if self.dice.random() < place.habits.idle]
        glad = self._grow_keen(members, {id(member) for member in idle})
        for scene, starts_at in self._shifts(place.habits, members):
            self._hold(place, host, scene, starts_at, members)
        self._announce(place, host, glad)
        return [member for member in glad if member.until is None]

    def _invented_host(self, place: Place) -> Host:
        phone, since = f"164{place.id:08d}", morning(self.begins_on)
        owner, checker = self.account("王主任", phone, since), self.account("刘会计", f"163{place.id:08d}", since)
        number = self.organization(place, owner, f"{place.name}志愿服务队", "王主任", phone)
        self.grant(checker, Role.CHECKER, organization_id=number)
        return Host(number, owner, checker, phone)

    def _invented_members(self, place: Place) -> list[Member]:
        habits = place.habits
        first = self._first_day(habits)
        weights = list(
            accumulate(
                weight * habits.growth ** (offset / 365)
                for offset, weight in enumerate(self._registration_weights[first:])
            )
        )
        # Where nobody begins later, the roll of the beginning holds half of those who ever come.
        before = 0.0 if first else 0.5 / max(0.5, habits.growth)
        return [self._invented_member(place, first, weights, before) for _ in range(habits.members)]

    def _first_day(self, habits: Habits) -> int:
        return min(habits.starts_late, self.size.years - 1) * 365

    def _invented_member(self, place: Place, first: int, weights: Sequence[float], before: float) -> Member:
        person = invent(self.dice, self.next_id("person"), self.begins_on)
        if self.dice.random() < before:
            since = self.begins_on - timedelta(days=self.dice.randint(1, 500))
        else:
            since = self.days[first + bisect_right(weights, self.dice.random() * weights[-1] * 0.999_999)]
        until = None
        if self.dice.random() < 0.02 * self.size.years / 2:
            until = since + timedelta(days=self.dice.randint(15, max(16, (self.today - since).days)))
            until = until if until <= self.today else None
        return self.person(place, person, self.account(person.name, person.phone, morning(since)), since, until)

    def _grow_keen(self, members: list[Member], idle: set[int]) -> list[Member]:
        """Decide how gladly each comes from year to year; return those who are not idle."""
        for member in members:
            share = member.weight * (_STAYS_AWAY if id(member) in idle else 1)
            member.keenness = tuple(share * self.dice.lognormvariate(0, 0.5) for _ in range(self.size.years))
        return [member for member in members if id(member) not in idle]

    def _shifts(self, habits: Habits, members: list[Member]) -> Iterator[tuple[Scene, datetime]]:
        first, joined = self._first_day(habits), sorted(member.since for member in members)
        calm: dict[tuple[int, int], float] = {}
        weights = []
        for offset, day in enumerate(self.days[first:]):
            month = (day.year, day.month)
            if month not in calm:
                calm[month] = self.dice.lognormvariate(0, 0.16)
            there = bisect_right(joined, day)
            weights.append(self._service_weights[first + offset] * calm[month] * there * habits.drift ** (offset / 365))
        wanted = self._wanted(habits, len(weights), sum(bisect_right(joined, day) for day in self.days[first:]))
        scenes = [scene for scene in SCENES if scene.hours <= habits.longest]
        scenes = self.dice.sample(scenes, min(len(scenes), 6))
        # At most one shift a day, so that nobody is in two places at once: days drawn by weight, none twice.
        drawn = sorted(
            range(len(weights)),
            key=lambda offset: self.dice.random() ** (1 / weights[offset]) if weights[offset] else 0.0,
            reverse=True,
        )
        for offset in sorted(drawn[:wanted]):
            yield (
                self.dice.choice(scenes),
                moment(self.days[first + offset], self.dice.choice((8, 9, 9, 14, 14, 15, 16))),
            )

    def _wanted(self, habits: Habits, days: int, member_days: int) -> int:
        """Return how many shifts the members need for their services over these days, one a day at most."""
        drift = sum(habits.drift ** (year / 2) for year in range(self.size.years)) / self.size.years
        return min(days, round(member_days / 365 * habits.services * drift / self.size.people_a_shift))

    def _hold(self, place: Place, host: Host, scene: Scene, starts_at: datetime, members: list[Member]) -> None:
        day = starts_at.astimezone(LOCAL_ZONE).date()
        there = [member for member in members if member.since <= day and (member.until is None or day < member.until)]
        if not there:
            return
        year = day.year - self.begins_on.year
        weights = [member.keenness[year] for member in there]
        mean: float = self.size.people_a_shift
        if is_campaign(day):
            mean *= _CAMPAIGN_CROWD
            weights = [max(weight, _CALLED_UP) for weight in weights]
        size = max(3, round(self.dice.gauss(mean, 3)))
        came = {id(one): one for one in self.dice.choices(there, weights, k=size)}.values()
        plan = PlannedShift(starts_at, starts_at + timedelta(hours=scene.hours))
        shift = self.shift(
            place, host, scene, plan, capacity=size + self.dice.randint(0, 5), taken=len(came), closed=True
        )
        for member in came:
            self.sign_up(shift, member, starts_at - timedelta(days=self.dice.randint(1, 6)))
            seen = visit(self.dice, plan.starts_at, plan.ends_at)
            if seen:
                self.attend(host, shift, plan, member, seen)

    def _announce(self, place: Place, host: Host, glad: list[Member]) -> None:
        scenes = itertools.cycle(self.dice.sample(SCENES, 4))
        members = [member for member in glad if member.until is None]
        for offset in sorted(self.dice.sample(range(1, 15), 3)):
            scene, starts_at = next(scenes), moment(self.today + timedelta(days=offset), self.dice.choice((9, 14, 15)))
            plan = PlannedShift(starts_at, starts_at + timedelta(hours=scene.hours))
            capacity = self.dice.randint(6, 14)
            wanting = self.dice.sample(members, min(len(members), self.dice.randint(2, capacity + 3)))
            shift = self.shift(place, host, scene, plan, capacity=capacity, taken=min(capacity, len(wanting)))
            for position, member in enumerate(wanting):
                status = SignupStatus.PLACED if position < capacity else SignupStatus.WAITING
                self.sign_up(shift, member, self.now - timedelta(hours=self.dice.randint(1, 48)), status)
