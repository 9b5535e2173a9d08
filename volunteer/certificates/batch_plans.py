"""Looking ahead at a batch: for whom it would be, how many certificates it would give, and who would get none."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.certificates import batch_queries
from volunteer.certificates.batch_rules import (
    Fault,
    Line,
    check_people,
    fault,
    lines_in_file,
    lines_typed,
    read_numbers,
)
from volunteer.certificates.rules import NOTHING_EFFECTIVE, Audience, Order, may_issue_for
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_, Words

_UNKNOWN = Words(N_("这个编号在这个单位没有已生效的服务记录"))


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Somebody of a batch who will get no certificate, and why."""

    volunteer: Volunteer
    words: Words


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """Whom a batch takes up, the minutes it would certify by volunteer, whom it would refuse, and unreadable lines."""

    people: Sequence[Volunteer]
    minutes_of: Mapping[int, int]
    refused: Sequence[Foreseen]
    faults: Sequence[Fault]

    @property
    def count(self) -> int:
        """Return how many certificates it would give."""
        return len(self.people) - len(self.refused)

    @property
    def minutes(self) -> int:
        """Return the minutes on all of them."""
        return sum(minutes for _volunteer, minutes in self.certified)

    @property
    def certified(self) -> list[tuple[Volunteer, int]]:
        """Return who would get one, with the minutes on it. The organization served with them all and knows them."""
        refused = {one.volunteer.id for one in self.refused}
        return [(one, self.minutes_of[one.id]) for one in self.people if one.id not in refused]


def plan_batch(
    organization: Organization,
    order: Order,
    audience: Audience,
    *,
    typed: str = "",
    content: bytes = b"",
    activity: str = "",
    community: str = "",
) -> BatchPlan:
    """Return what a batch would be; raises Invalid on the field that leaves open for whom, or when nobody is left."""
    days = (order.period_from, order.period_to)
    if audience is Audience.ACTIVITY:
        if not activity:
            raise Invalid(N_("请选一项活动"), field="activity")
        return _plan(batch_queries.people_of_activity(organization.id, activity, days), organization, order, "activity")
    if audience is Audience.COMMUNITY:
        if not community:
            raise Invalid(N_("请选一个社区"), field="community")
        people = batch_queries.people_of_community(organization.id, community, days)
        return _plan(people, organization, order, "community")
    return _plan_list(organization, order, typed, content)


def _plan_list(organization: Organization, order: Order, typed: str, content: bytes) -> BatchPlan:
    if typed and content:
        raise Invalid(N_("编号名单请只用一种：要么贴在上面，要么上传文件"), field="file")
    lines: Iterable[Line] = lines_in_file(content) if content else lines_typed(typed)
    read = read_numbers(list(lines))
    if not read.numbers and not read.faults:
        raise Invalid(N_("请贴上志愿者编号，或者上传名单文件"), field="numbers")
    found = batch_queries.people_numbered(read.numbers, organization.id)
    unknown = [fault(line, number, _UNKNOWN) for number, line in read.numbers.items() if number not in found]
    faults = sorted([*read.faults, *unknown], key=lambda one: one.line)
    field = "file" if content else "numbers"
    if not found:
        first = faults[0]
        msgid = N_("名单里没有可以开证明的人。第 %(line)s 行：%(why)s")
        raise Invalid(msgid, field=field, line=first.line, why=first.words)
    return _plan(list(found.values()), organization, order, field, faults)


def _plan(
    people: Sequence[Volunteer],
    organization: Organization,
    order: Order,
    field: str,
    faults: Sequence[Fault] = (),
) -> BatchPlan:
    check_people(len(people), field=field)
    minutes = batch_queries.services_of([one.id for one in people], organization.id, order)
    refused = []
    for one in people:
        registered = may_issue_for(one.status)
        if not registered.allowed:
            refused.append(Foreseen(one, registered.reason))
        elif one.id not in minutes:
            refused.append(Foreseen(one, NOTHING_EFFECTIVE))
    plan = BatchPlan(people, minutes, refused, faults)
    check_people(plan.count, field=field)
    return plan
