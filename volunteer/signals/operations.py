"""Writing signals down as they are seen, and what a person makes of them. A signal by itself changes no minutes."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import reduce

from sqlalchemy import select, update

from models.base import db, upsert
from models.signals import Signal
from volunteer.activities.queries import scope_of
from volunteer.audit.operations import record
from volunteer.hours.natural_persons import persons
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.text import N_, Words
from volunteer.signals import looking, queries
from volunteer.signals.looking import FirstRecord, Hand, Presence
from volunteer.signals.places import least_metres_between, metres_between
from volunteer.signals.rules import (
    ACCOUNTS_A_DEVICE,
    BY_HAND_A_WEEK,
    BY_HAND_WINDOW,
    FreshActivity,
    ManyByHand,
    MissedSpotCheck,
    Oddity,
    OneDevice,
    OutsideCircle,
    SameSeconds,
    SignalKind,
    TwoPlaces,
    Verdict,
    check_not_concerned,
    check_verdict,
    same_seconds,
)

# How far back missed spot checks are looked for, so that a scheduler that stood still misses none.
SPOT_CHECKS_SINCE = timedelta(days=2)

# At check-out


def doubt_presence(*, volunteer_id: int, shift_id: int, check_out_event_id: int) -> Words | None:
    """Return what is odd about a presence that has just ended, None for nothing, and keep it as signals.

    One statement when nothing is odd. The first two accounts of a shared telephone are told of and not held.
    """
    presence = looking.presence_ending(check_out_event_id)
    found: list[Oddity] = [one for one in (_two_places(presence), _outside_circle(presence)) if one and one.is_odd]
    for oddity in found:
        _keep(oddity, f"{shift_id}:{volunteer_id}", shift_id=shift_id, volunteer_id=volunteer_id)
    found += _shared(presence, shift_id)
    return reduce(_and, (one.words for one in found)) if found else None


def _and(first: Words, then: Words) -> Words:
    return Words(N_("%(first)s；%(then)s"), {"first": first, "then": then})


def _two_places(presence: Presence) -> TwoPlaces | None:
    before, arrived = presence.before, presence.arrived
    if before is None:
        return None
    return TwoPlaces(before.happened_at, arrived.happened_at, least_metres_between(before.where, arrived.where))


def _outside_circle(presence: Presence) -> OutsideCircle | None:
    """Return the end whose telephone was certainly farthest from the pin; None when no end tells."""
    known = [(end.where.pin, end.where.told_well) for end in presence.ends]
    told = [
        OutsideCircle(round(metres_between(pin, place)), round(place.accuracy_metres))
        for pin, place in known
        if pin and place
    ]
    return max(told, key=lambda one: one.metres - one.accuracy, default=None)


def _shared(presence: Presence, shift_id: int) -> list[Oddity]:
    held: list[Oddity] = []
    for device in sorted({end.device for end in presence.ends if end.is_shared}):
        accounts = _keep_device(shift_id, device)
        if presence.account_id in accounts[ACCOUNTS_A_DEVICE:]:
            held.append(OneDevice(len(accounts)))
    return held


def _keep_device(shift_id: int, device: str) -> list[int]:
    """Keep the signal of a shared telephone, which names all it recorded, and return the accounts in their order."""
    users = looking.users_of_device(shift_id, device)
    volunteers = [one for user in users for one in user.volunteers]
    _keep(OneDevice(len(users)), f"{shift_id}:{device}", shift_id=shift_id, volunteers=volunteers)
    return [user.account_id for user in users]


def _keep(
    oddity: Oddity,
    subject: str,
    *,
    shift_id: int,
    volunteer_id: int | None = None,
    account_id: int | None = None,
    volunteers: Sequence[str] = (),
) -> None:
    """Keep an oddity as one row a subject; seen again it tells the newer numbers, until somebody has judged it."""
    statement = upsert(Signal).values(
        public_id=new_public_id(),
        kind=oddity.kind,
        subject_key=f"{oddity.kind}:{subject}",
        shift_id=shift_id,
        volunteer_id=volunteer_id,
        account_id=account_id,
        seen_at=clock.now(),
        facts={**oddity.to_json(), "volunteers": list(volunteers)},
        note="",
    )
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["subject_key"],
            set_={"facts": statement.excluded.facts},
            where=Signal.verdict.is_(None),
        )
    )


# By the clock


def look_at_shifts(shift_ids: Sequence[int]) -> None:
    """Look at shifts that are over for telephones that were shared, and for times that agree to the second."""
    for shift_id, device in looking.shared_devices(shift_ids):
        _keep_device(shift_id, device)
    for shift_id, visits in looking.visits_by_shift(shift_ids).items():
        groups = same_seconds((one.arrived_at, one.left_at, one.account_id) for one in visits)
        for oddity, account_ids in groups:
            people = [one.volunteer for one in visits if one.account_id in account_ids]
            _keep_same_seconds(shift_id, oddity, people)


def _keep_same_seconds(shift_id: int, oddity: SameSeconds, people: Iterable[str]) -> None:
    subject = f"{shift_id}:{int(oddity.arrived_at.timestamp())}:{int(oddity.left_at.timestamp())}"
    _keep(oddity, subject, shift_id=shift_id, volunteers=list(dict.fromkeys(people)))


def look_at_activities(now: datetime) -> None:
    """Look for activities whose first time was recorded too soon; one signal an activity."""
    seen: set[int] = set()
    for one in looking.first_records(now):
        oddity = _fresh(one)
        if oddity.is_odd and one.activity_id not in seen:
            seen.add(one.activity_id)
            _keep(oddity, str(one.activity_id), shift_id=one.shift_id, account_id=one.created_by)


def _fresh(one: FirstRecord) -> FreshActivity:
    return FreshActivity(one.created_at, one.published_at, one.recorded_at, one.ended_at)


def look_at_hands(now: datetime) -> None:
    """Look for people who write down many visits; the same person again only when a week has gone by."""
    found = looking.hands(now, BY_HAND_A_WEEK)
    totals = looking.visits_recorded({one.organization_id for one in found}, now)
    for one in found:
        oddity = ManyByHand(one.by_hand, totals[one.organization_id])
        if oddity.is_odd and not _told_this_week(one, now):
            subject = f"{one.organization_id}:{one.account_id}:{clock.local_day(now)}"
            _keep(oddity, subject, shift_id=one.shift_id, account_id=one.account_id)


def _told_this_week(hand: Hand, now: datetime) -> bool:
    subject = f"{SignalKind.MANY_BY_HAND}:{hand.organization_id}:{hand.account_id}:"
    query = select(Signal.id).where(
        Signal.account_id == hand.account_id,
        Signal.kind == SignalKind.MANY_BY_HAND,
        Signal.subject_key.startswith(subject, autoescape=True),
        Signal.seen_at >= now - BY_HAND_WINDOW,
    )
    return db.session.scalar(query.limit(1)) is not None


def look_at_spot_checks(now: datetime) -> None:
    """Look for spot checks that nobody answered, of people who were there until they were due."""
    for found in looking.missed_spot_checks(now - SPOT_CHECKS_SINCE, now):
        for one in found:
            oddity = MissedSpotCheck(one.drawn_at, one.due_at, one.left_at)
            if oddity.is_odd:
                _keep(oddity, str(one.spot_check_id), shift_id=one.shift_id, volunteer_id=one.volunteer_id)


# People


def judge(signal: Signal, verdict: Verdict, note: str, *, account_id: int, stands: Verdict | None) -> None:
    """Keep what a person made of a signal; `stands` is the verdict that they were shown.

    Raises Invalid on note, Conflict when it is about themselves or somebody else has judged meanwhile.
    """
    check_verdict(verdict, note)
    _require_not_concerned(signal, account_id)
    before = Signal.verdict.is_(None) if stands is None else Signal.verdict == stands
    changed = db.session.execute(
        update(Signal)
        .where(Signal.id == signal.id, before)
        .values(verdict=verdict, note=note.strip(), judged_at=clock.now(), judged_by=account_id)
        .returning(Signal.id)
    ).first()
    if changed is None:
        raise Conflict(N_("刚才有人判断过了，请看一看再决定"))
    details = {"signal": signal.kind.value, "verdict": verdict.value, "reason": note.strip()}
    lineage = scope_of(signal.shift.activity).lineage
    record("signals.judge", "signal", signal.public_id, account_id=account_id, lineage=lineage, **details)
    db.session.refresh(signal)


def _require_not_concerned(signal: Signal, account_id: int) -> None:
    volunteers = queries.volunteers_of(signal)
    found = persons([account_id, signal.account_id])
    concerned = found.get(signal.account_id or 0)
    documents, accounts = [one.document_digest for one in volunteers], [one.account_id for one in volunteers]
    check_not_concerned(
        judge=found[account_id].document_digest,
        judge_id=account_id,
        documents=[*documents, concerned.document_digest if concerned else None],
        account_ids=[*accounts, signal.account_id],
    )
