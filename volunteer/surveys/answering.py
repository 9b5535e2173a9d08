"""Answering: by a ticket that works once, or through an interviewer's link that may send the same sheet again."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from models.areas import Area
from models.base import db, upsert
from models.surveys import SurveyAnswer, SurveyCampaign, SurveyMiss, SurveyPass, SurveyTicket
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, DomainError, Gone, Invalid, NotFound
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.sealing import blind_index
from volunteer.kernel.speech import say_date
from volunteer.kernel.text import N_
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys import misses
from volunteer.surveys.codes import new_code, plain_code
from volunteer.surveys.misses import Missed
from volunteer.surveys.questions import QUESTION_SETS, QuestionSet
from volunteer.surveys.rules import Channel, Stage, stage_of, takes_from_interviewers
from volunteer.surveys.sampling import tickets_for
from volunteer.surveys.sealed import sealed

MOST_TICKETS_AT_ONCE = 1_000
PASS_BYTES = 24


@dataclass(frozen=True, slots=True)
class Desk:
    """Where somebody answers: the campaign with its questions, and the community that the ticket or link is for."""

    campaign: SurveyCampaign
    area: Area

    @property
    def questions(self) -> QuestionSet:
        """Return what is asked."""
        return QUESTION_SETS[self.campaign.question_set]


@dataclass(frozen=True, slots=True)
class Sent:
    """What an interviewer's page sends: its own random key, the day, and ticks, or who was missed instead."""

    key: str
    on: date
    miss: Missed | None
    choices: Mapping[str, object]


# --- tickets ---


def make_tickets(
    campaign: SurveyCampaign, area: Area, ring: KeyRing, *, account_id: int | None
) -> list[tuple[Area, list[str]]]:
    """Make the tickets of the communities at or below `area` that have none; their codes leave us this once.

    Raises Conflict where none is left to print, or too many for one file.
    """
    _require_published(campaign)
    wanted = queries.to_print(campaign, area.lineage)
    total = sum(count for _, count in wanted)
    if not total:
        raise Conflict(N_("这个范围的答题票都印过了；丢了或印坏了，请到那个社区重印"), field="area")
    if total > MOST_TICKETS_AT_ONCE:
        raise Conflict(
            N_("这个范围要印 %(count)s 张，一次最多 %(most)s 张，请选小一级的区划"),
            field="area",
            count=total,
            most=MOST_TICKETS_AT_ONCE,
        )
    made = [(community, _new_tickets(campaign, community, count, ring)) for community, count in wanted]
    _note("surveys.print_tickets", campaign, area, account_id, tickets=total)
    return made


def make_tickets_again(
    campaign: SurveyCampaign, community: Area, ring: KeyRing, *, account_id: int | None
) -> list[tuple[Area, list[str]]]:
    """Make the unused tickets of a community void and as many new ones; those that were used stay used."""
    _require_published(campaign)
    is_out = (SurveyTicket.campaign_id == campaign.id, SurveyTicket.area_id == community.id)
    unused = (*is_out, SurveyTicket.is_used.is_(False), SurveyTicket.is_void.is_(False))
    voided = db.session.execute(update(SurveyTicket).where(*unused).values(is_void=True).returning(SurveyTicket.digest))
    count = len(voided.all())
    if not count:
        raise Conflict(N_("这个社区没有还没用的答题票"), field="area")
    made = _new_tickets(campaign, community, count, ring)
    _note("surveys.reprint_tickets", campaign, community, account_id, tickets=count)
    return [(community, made)]


def _new_tickets(campaign: SurveyCampaign, community: Area, count: int, ring: KeyRing) -> list[str]:
    codes = [new_code() for _ in range(count)]
    place = {"campaign_id": campaign.id, "area_id": community.id, "is_used": False, "is_void": False}
    db.session.add_all(SurveyTicket(digest=_digest(ring, "ticket", code), **place) for code in codes)
    db.session.flush()
    return codes


def desk_of_ticket(typed: str, ring: KeyRing) -> Desk:
    """Return where a ticket leads; raise the refusal with its reason where it leads nowhere, or not now."""
    ticket = db.session.get(SurveyTicket, _digest(ring, "ticket", plain_code(typed)))
    if ticket is None:
        raise NotFound(N_("没有这张答题票，请对照纸上的 12 位编码再输一遍"), field="code")
    if ticket.is_void:
        raise Gone(N_("这张答题票已经作废，请用后来发的那张"), field="code")
    if ticket.is_used:
        raise Gone(N_("这张答题票已经用过了，一张票只能答一次"), field="code")
    campaign = db.session.get_one(SurveyCampaign, ticket.campaign_id)
    stage = stage_of(campaign, clock.today())
    if stage is Stage.COMING:
        raise Conflict(N_("调查还没开始，%(day)s起可以答"), field="code", day=say_date(campaign.opens_on))
    if stage is not Stage.OPEN:
        raise Gone(N_("这次调查已经截止，谢谢您"), field="code")
    return Desk(campaign, db.session.get_one(Area, ticket.area_id))


def answer_by_ticket(typed: str, sent: Mapping[str, object], ring: KeyRing) -> Desk:
    """Use up a ticket and store the answers, both or neither; of two at the same moment one is refused."""
    desk = desk_of_ticket(typed, ring)
    choices = _checked(desk, sent)
    digest = _digest(ring, "ticket", plain_code(typed))
    _require_open_books(desk)  # the campaign first, the ticket then, as freezing does
    use = (
        update(SurveyTicket)
        .where(SurveyTicket.digest == digest, SurveyTicket.is_used.is_(False), SurveyTicket.is_void.is_(False))
        .values(is_used=True)
        .execution_options(synchronize_session=False)
    )
    # The row may have been written anew at night while we waited for it: then it is found at the second look.
    if not any(db.session.execute(use.returning(SurveyTicket.digest)).first() for _ in range(2)):
        raise Gone(N_("这张答题票已经用过了，一张票只能答一次"), field="code")
    _store(desk, secrets.token_hex(32), Channel.TICKET, choices)
    return desk


# --- interviewers ---


def make_pass(campaign: SurveyCampaign, area: Area, name: str, ring: KeyRing, *, account_id: int | None) -> str:
    """Make an interviewer's link for a community of a campaign; return its secret, which leaves us this once."""
    _require_published(campaign)
    if all(quota.area_id != area.id for quota in queries.quotas_of(campaign)):
        raise Invalid(N_("这次调查没有抽到这个社区"), field="area")
    secret = secrets.token_urlsafe(PASS_BYTES)
    db.session.add(
        SurveyPass(
            campaign_id=campaign.id,
            area_id=area.id,
            name=name,
            digest=_digest(ring, "pass", secret),
            made_at=clock.now(),
            made_by=account_id,
        )
    )
    db.session.flush()
    _note("surveys.make_pass", campaign, area, account_id, name=name)
    return secret


def revoke_pass(found: SurveyPass, campaign: SurveyCampaign, *, account_id: int | None) -> None:
    """Let an interviewer's link work no more; what it sent before stays."""
    if found.revoked_at is None:
        found.revoked_at = clock.now()
        _note("surveys.revoke_pass", campaign, found.area, account_id, name=found.name)


def desk_of_pass(secret: str, ring: KeyRing) -> Desk:
    """Return where an interviewer's link leads; raise the refusal where it leads nowhere any more."""
    query = select(SurveyPass).options(joinedload(SurveyPass.area))
    found = db.session.scalar(query.where(SurveyPass.digest == _digest(ring, "pass", secret)))
    if found is None:
        raise NotFound(N_("没有这个访问链接，请向主管单位要新的"))
    if found.revoked_at is not None:
        raise Gone(N_("这个访问链接已经停用，请向主管单位要新的"))
    return Desk(db.session.get_one(SurveyCampaign, found.campaign_id), found.area)


def take(desk: Desk, sent: Sent, ring: KeyRing) -> bool:
    """Store what an interviewer sent; return False where the same was here before. Raises Gone, Conflict or Invalid."""
    if desk.campaign.frozen_at is not None:
        raise Gone(N_("这次调查已经出结果，不再收答卷"))
    if not takes_from_interviewers(desk.campaign, sent.on, clock.today()):
        raise Conflict(N_("这一天不在调查期内，或者截止后超过三天才送来，不能收"))
    key = _digest(ring, "answer", desk.campaign.public_id, sent.key)
    if sent.miss is None:
        choices = _checked(desk, sent.choices)
        _require_open_books(desk)
        return not _is_here(key) and _store_within_quota(desk, key, choices)
    _require_open_books(desk)
    return misses.note(desk.campaign, desk.area, key, sent.on, sent.miss)


def missed_just_now(desk: Desk, sent_key: str, ring: KeyRing) -> SurveyMiss | None:
    """Return what was noted under a page's key, while it may be taken back."""
    return misses.noted_just_now(desk.campaign, desk.area, _digest(ring, "answer", desk.campaign.public_id, sent_key))


def take_back(desk: Desk, sent_key: str, ring: KeyRing) -> None:
    """Take back what was noted under a page's key; again changes nothing. Raises Conflict where it is too late."""
    _require_open_books(desk)
    misses.take_back(desk.campaign, desk.area, _digest(ring, "answer", desk.campaign.public_id, sent_key))


def take_all(desk: Desk, sheets: Iterable[Sent], ring: KeyRing) -> list[tuple[str, DomainError | None]]:
    """Store what can be stored; return for each key why it was refused, or None."""
    answers: list[tuple[str, DomainError | None]] = []
    for sent in sheets:
        try:
            take(desk, sent, ring)
        except DomainError as error:
            answers.append((sent.key, error))
        else:
            answers.append((sent.key, None))
    return answers


def _checked(desk: Desk, sent: Mapping[str, object]) -> dict[str, str]:
    choices = desk.questions.checked(sent)
    if choices is None:
        raise Invalid(N_("有必答的题没有答，或者选项不对"))
    return choices


def _is_here(key: str) -> bool:
    return db.session.scalar(select(SurveyAnswer.campaign_id).where(SurveyAnswer.key == key)) is not None


def _store_within_quota(desk: Desk, key: str, choices: dict[str, str]) -> bool:
    """Store an interviewer's sheet; raise Conflict where the community has its quota and the reserve on top."""
    wanted = queries.held_quota(desk.campaign, desk.area)
    mine = (SurveyAnswer.campaign_id == desk.campaign.id, SurveyAnswer.area_id == desk.area.id)
    count = db.session.scalar(select(func.count()).select_from(SurveyAnswer).where(*mine)) or 0
    most = tickets_for(wanted, desk.campaign.reserve_percent)
    if count >= most:
        raise Conflict(N_("这个社区收满了：配额 %(wanted)s 份，连备用最多 %(most)s 份"), wanted=wanted, most=most)
    return _store(desk, key, Channel.INTERVIEW, choices)


def _require_open_books(desk: Desk) -> None:
    # Freezing takes the campaign's row first: an answer either is in before, or finds the books closed.
    open_still = select(SurveyCampaign.id).where(
        SurveyCampaign.id == desk.campaign.id, SurveyCampaign.frozen_at.is_(None)
    )
    if db.session.scalar(open_still.with_for_update(read=True)) is None:
        raise Gone(N_("这次调查已经出结果，不再收答卷"))


def _store(desk: Desk, key: str, channel: Channel, choices: dict[str, str]) -> bool:
    place = {"campaign_id": desk.campaign.id, "area_id": desk.area.id}
    stored = upsert(SurveyAnswer).values(key=key, channel=channel, choices=sealed(choices, key), **place)
    return db.session.execute(stored.on_conflict_do_nothing().returning(SurveyAnswer.key)).first() is not None


def _require_published(campaign: SurveyCampaign) -> None:
    if stage_of(campaign, clock.today()) not in (Stage.COMING, Stage.OPEN):
        raise Conflict(N_("发布以后、截止以前才能印答题票、发访问链接"))


def _digest(ring: KeyRing, *parts: str) -> str:
    return blind_index(ring, "survey", *parts)


def _note(verb: str, campaign: SurveyCampaign, area: Area, account_id: int | None, **details: object) -> None:
    record(verb, "survey_campaign", campaign.public_id, account_id=account_id, lineage=area.lineage, **details)
