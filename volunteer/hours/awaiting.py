"""What waits for a person: proposals with who may confirm them, forgotten check-outs, and shifts not yet settled."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import aliased, joinedload

from models.activities import Activity, ActivityChange, Shift
from models.base import db
from models.checkin import PresenceEvent
from models.hours import EntryQuestion, Proposal
from models.organizations import Organization
from models.volunteers import Volunteer
from volunteer.activities.queries import plan_of
from volunteer.activities.rules import ActivityStatus
from volunteer.activities.shift_rules import ShiftStatus
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.limits import added_minutes, is_back_dated, office_decision
from volunteer.hours.minutes import Derivation, Interval, Moment, derivation_words
from volunteer.hours.natural_persons import Person, absent, any_erased, persons
from volunteer.hours.office import is_member, principal_of_account
from volunteer.hours.queries import LOOK_BACK, PROPOSAL_WITH_SHIFT, is_forgotten, is_under_objection
from volunteer.hours.rules import Cause, EntryKind, ProposalState, confirm_by, may_confirm, why_erasing_keeps
from volunteer.kernel.clock import local_day
from volunteer.kernel.decisions import Decision, refuse
from volunteer.kernel.errors import NotFound
from volunteer.kernel.permissions import Permission, Principal
from volunteer.kernel.text import N_, Words
from volunteer.organizations.queries import scope_of
from volunteer.organizations.rules import may_operate


def second_person_decisions(proposals: Sequence[Proposal], checker_id: int) -> list[Decision]:
    """Return for each of these proposals, in their order, whether the account `checker_id` may confirm it.

    Nothing is credited at a suspended organization (our decision): what it could invent is why it was suspended. What
    takes minutes back may be confirmed there too. What is proposed after the ten working days asks for the office.
    What the volunteer has asked about waits for the answer: "that was not me" must not be passed over.
    """
    hands = hands_of(proposals)
    makers = (proposal.made_by for proposal in proposals)
    people = persons([checker_id, *makers, *(one for found in hands.values() for one in found)])
    decisions = [_second_person_decision(one, people[checker_id], people, hands[one.id]) for one in proposals]
    return _with_office(proposals, _with_questions(proposals, decisions), checker_id)


def questioned(proposal_ids: Iterable[int]) -> set[int]:
    """Return which of these proposals their volunteer doubts without an answer yet: they wait for it.

    Who says which other times are right says that they were there; only who says nothing of the kind doubts the whole.
    """
    query = select(EntryQuestion.proposal_id).where(
        EntryQuestion.proposal_id.in_(list(proposal_ids)),
        EntryQuestion.answered_at.is_(None),
        EntryQuestion.wanted_from.is_(None),
    )
    return {one for one in db.session.scalars(query) if one is not None}


def _with_questions(proposals: Sequence[Proposal], decisions: Sequence[Decision]) -> list[Decision]:
    held = questioned(one.id for one in proposals)
    return [
        refuse("question_open", N_("志愿者本人对这条有疑问，答复以后才能确认"))
        if one.id in held and decision.allowed
        else decision
        for one, decision in zip(proposals, decisions, strict=True)
    ]


def waits_for_office(proposal: Proposal) -> bool:
    """Return whether a proposal types in minutes so late that its second person has to be of the office."""
    replaced = proposal.replaces.minutes if proposal.replaces is not None else None
    added = added_minutes(proposal.cause, proposal.kind, proposal.minutes, replaced)
    ended_on = local_day(plan_of(proposal.shift).last_ends_at)
    return added > 0 and is_back_dated(ended_on, local_day(proposal.made_at))


def _with_office(proposals: Sequence[Proposal], decisions: Sequence[Decision], checker_id: int) -> list[Decision]:
    late = [waits_for_office(one) for one in proposals]
    if not any(late):
        return list(decisions)
    who = principal_of_account(checker_id)
    return [
        _office_decision(one, who) if is_late and decision.allowed else decision
        for one, is_late, decision in zip(proposals, late, decisions, strict=True)
    ]


def _office_decision(proposal: Proposal, who: Principal) -> Decision:
    is_of_office = who.may_at(Permission.READ_INTEGRITY, scope_of(proposal.organization))
    return office_decision(is_of_office=is_of_office, is_member=is_member(who, proposal.organization_id))


def _second_person_decision(
    proposal: Proposal, checker: Person, people: Mapping[int, Person], hands: Collection[int]
) -> Decision:
    volunteer, operating = proposal.volunteer, may_operate(proposal.organization.status)
    if not checker.may_act:
        return absent()
    if proposal.kind is EntryKind.CREDIT and not operating.allowed:
        return operating
    gone = why_erasing_keeps(
        checker_erased=checker.was_erased,
        maker_erased=proposal.made_by is not None and people[proposal.made_by].was_erased,
        hand_erased=any_erased(people, hands),
        volunteer_erased=proposal.kind is EntryKind.CREDIT and volunteer.erased_at is not None,
    )
    if gone is not None:
        return gone
    return may_confirm(
        maker=_maker(proposal, people),
        checker=checker.document_digest,
        volunteer=volunteer.document_digest,
        hands={people[one].document_digest for one in hands},
        made_by_system=proposal.made_by is None,
        acts_for_volunteer=volunteer.account_id == checker.account_id,
    )


def _maker(proposal: Proposal, people: Mapping[int, Person]) -> str | None:
    """Return the document of who made a proposal, None when it is unknown.

    Who tells the end for a child or an elder that their account acts for, without being registered, speaks for that
    volunteer; who writes down or types in more than that has to have a name of their own.
    """
    if proposal.made_by is None:
        return None
    is_own_end = proposal.cause is Cause.FORGOTTEN_CHECK_OUT and proposal.made_by == proposal.volunteer.account_id
    return people[proposal.made_by].document_digest or (proposal.volunteer.document_digest if is_own_end else None)


def hands_of(proposals: Sequence[Proposal]) -> dict[int, set[int]]:
    """Return by proposal the accounts that recorded one of its ends, extended its shift or brought its sheet.

    What takes minutes back profits nobody, so there nobody but the maker is kept from confirming.
    """
    credits = [one for one in proposals if one.kind is EntryKind.CREDIT]
    recorders = _recorders({one.presence_event_id for one in credits if one.presence_event_id is not None})
    extenders = _extenders({one.shift_id for one in credits})
    found: dict[int, set[int]] = {one.id: set() for one in proposals}
    for one in credits:
        found[one.id] = recorders.get(one.presence_event_id or 0, set()) | extenders.get(one.shift_id, set())
        if one.sheet is not None:
            found[one.id] |= {one.sheet.uploaded_by}
    return found


def _recorders(check_out_ids: Collection[int]) -> dict[int, set[int]]:
    """Return by check-out the accounts that recorded it or the arrival before it: who scans has a hand in it too."""
    if not check_out_ids:
        return {}
    end = aliased(PresenceEvent)
    query = (
        select(PresenceEvent.id, end.recorded_by)
        .join(
            end,
            and_(
                end.volunteer_id == PresenceEvent.volunteer_id,
                end.ordinal.in_([PresenceEvent.ordinal, PresenceEvent.ordinal - 1]),
            ),
        )
        .where(PresenceEvent.id.in_(check_out_ids), end.recorded_by.is_not(None))
    )
    return _grouped((check_out, account_id) for check_out, account_id in db.session.execute(query))


def _extenders(shift_ids: Collection[int]) -> dict[int, set[int]]:
    """Return by shift the accounts that extended it."""
    query = (
        select(ActivityChange.shift_id, ActivityChange.changed_by, ActivityChange.changes)
        .join(Shift, Shift.id == ActivityChange.shift_id)
        .where(Shift.id.in_(shift_ids), Shift.extended_until.is_not(None))
    )
    return _grouped(
        (shift_id, account_id)
        for shift_id, account_id, changes in db.session.execute(query)
        if any(change["field"] == "extended_until" for change in changes)
    )


def _grouped(pairs: Iterable[tuple[int, int | None]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for key, account_id in pairs:
        if account_id is not None:
            found.setdefault(key, set()).add(account_id)
    return found


@dataclass(frozen=True, slots=True)
class AwaitingRow:
    """A proposal as its organization reads it: who made it ("" for the system), and whether the reader may confirm."""

    proposal: Proposal
    maker: str
    decision: Decision
    how: Words
    due_on: date


def awaiting_rows(proposals: Sequence[Proposal], checker_id: int) -> list[AwaitingRow]:
    """Return what a reader is shown of these proposals."""
    people = persons(proposal.made_by for proposal in proposals)
    decisions = second_person_decisions(proposals, checker_id)
    return [
        AwaitingRow(
            proposal=proposal,
            maker=people[proposal.made_by].name if proposal.made_by is not None else "",
            decision=decision,
            how=derivation_words(Derivation.from_json(proposal.derivation)),
            due_on=confirm_by(local_day(plan_of(proposal.shift).last_ends_at)),
        )
        for proposal, decision in zip(proposals, decisions, strict=True)
    ]


def organizations_at_rest(organization_ids: Iterable[int]) -> list[str]:
    """Return the names of those of these organizations that are suspended: nothing takes effect there."""
    query = select(Organization).where(Organization.id.in_(list(organization_ids))).order_by(Organization.id)
    return [one.name for one in db.session.scalars(query) if not may_operate(one.status).allowed]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """A coming without a going: the system closed it, and nobody has said yet when the volunteer left.

    `returned_because`: why an end that somebody told was not believed.
    """

    event_id: int
    volunteer: Volunteer
    shift: Shift
    arrived_at: datetime
    arrived_by: Method
    closed_at: datetime
    returned_because: str | None = None

    @property
    def is_cancelled(self) -> bool:
        """Whether the shift was called off after the volunteer had come."""
        cancelled = self.shift.activity.status is ActivityStatus.CANCELLED
        return cancelled or self.shift.status is ShiftStatus.CANCELLED

    @property
    def interval(self) -> Interval:
        """Return the presence as the rules know it."""
        return Interval(
            Moment(1, Direction.IN, self.arrived_by, self.arrived_at, self.shift.id),
            Moment(2, Direction.OUT, Method.AUTO_CLOSE, self.closed_at, self.shift.id),
        )


def _forgotten(*conditions: ColumnElement[bool]) -> list[Forgotten]:
    arrival = aliased(PresenceEvent)
    returned_because = (
        select(Proposal.answer)
        .where(Proposal.presence_event_id == PresenceEvent.id)
        .order_by(Proposal.id.desc())
        .limit(1)
        .correlate(PresenceEvent)
        .scalar_subquery()
    )
    ends = (arrival.happened_at, arrival.method, PresenceEvent.happened_at)
    query = (
        select(PresenceEvent.id, Volunteer, Shift, *ends, returned_because)
        .join(
            arrival,
            and_(arrival.volunteer_id == PresenceEvent.volunteer_id, arrival.ordinal == PresenceEvent.ordinal - 1),
        )
        .join(Volunteer, Volunteer.id == PresenceEvent.volunteer_id)
        .join(Shift, Shift.id == PresenceEvent.shift_id)
        .join(Shift.activity)
        .options(joinedload(Shift.activity).joinedload(Activity.organization).joinedload(Organization.area))
        .where(is_forgotten(), *conditions)
        .order_by(Shift.ends_at, PresenceEvent.id)
    )
    return [Forgotten(*row) for row in db.session.execute(query)]


def forgotten_of_volunteers(volunteer_ids: Iterable[int]) -> list[Forgotten]:
    """Return the forgotten check-outs of these volunteers that nobody has told, the earliest shift first."""
    return _forgotten(PresenceEvent.volunteer_id.in_(list(volunteer_ids)))


def forgotten_of_organizations(organization_ids: Iterable[int], now: datetime) -> list[Forgotten]:
    """Return the forgotten check-outs of the last 90 days at these organizations, the earliest shift first."""
    return _forgotten(Activity.organization_id.in_(list(organization_ids)), Shift.ends_at >= now - LOOK_BACK)


def forgotten_at(volunteer_public_id: str, shift_public_id: str) -> Forgotten:
    """Return one forgotten check-out; raise `NotFound` when there is none or somebody has told it."""
    found = _forgotten(Volunteer.public_id == volunteer_public_id, Shift.public_id == shift_public_id)
    if not found:
        raise NotFound(N_("这次没有要补的签退，或者已经有人说过了"))
    return found[-1]


@dataclass(frozen=True, slots=True)
class ShiftDue:
    """A shift that is over and not settled: how much waits, how many left without a check-out, and the last day."""

    shift: Shift
    awaiting: int
    forgotten: int
    due_on: date


def awaiting_by_shift(organization_ids: Iterable[int]) -> Counter[int]:
    """Return by shift how much waits for a second person there within the ten working days.

    What was recorded in time and is only put right has no deadline of its own, nor has what the public objected to;
    what was typed in much later waits for the office.
    """
    query = (
        select(Proposal)
        .options(*PROPOSAL_WITH_SHIFT)
        .where(
            Proposal.organization_id.in_(list(organization_ids)),
            Proposal.state == ProposalState.AWAITING,
            Proposal.kind == EntryKind.CREDIT,
            Proposal.replaces_id.is_(None),
            ~is_under_objection(),
        )
    )
    return Counter(one.shift_id for one in db.session.scalars(query) if not waits_for_office(one))


def shifts_due(organization_ids: Iterable[int], forgotten: Sequence[Forgotten]) -> list[ShiftDue]:
    """Return the shifts of these organizations with something unsettled, the nearest deadline first."""
    counts = {shift_id: (count, 0) for shift_id, count in awaiting_by_shift(organization_ids).items()}
    for one in forgotten:
        awaiting, left = counts.get(one.shift.id, (0, 0))
        counts[one.shift.id] = (awaiting, left + 1)
    shifts = db.session.scalars(select(Shift).options(joinedload(Shift.activity)).where(Shift.id.in_(list(counts))))
    due = [ShiftDue(shift, *counts[shift.id], confirm_by(local_day(plan_of(shift).last_ends_at))) for shift in shifts]
    return sorted(due, key=lambda one: (one.due_on, one.shift.ends_at, one.shift.id))
