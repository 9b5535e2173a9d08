"""One object of every kind in one district, and everybody who might knock: of that district, and of another."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from models.accounts import Account
from models.activities import Shift
from models.base import db
from models.certificates import Certificate, CertificateBatch, CertificateFile
from models.checkin import PresenceEvent
from models.hours import Entry, EntryQuestion, Objection, PaperSheet, Proposal, TypedAllowance
from models.metrics import Edition
from models.notices import Notice
from models.organizations import Organization
from models.records import Training
from models.signals import Signal
from models.signups import Signup
from models.stations import Station, StationRecord
from models.volunteers import Volunteer
from tests.cast import Cast
from tests.factories.supervision import answered_order, drafted_bulletin
from tests.house.desk_of_the_office import HERE, THERE, clause_of, dossier, drawn, population_file, survey, token
from volunteer.activities.rules import ActivityStatus
from volunteer.certificates.rules import default_order, make_certificate_number
from volunteer.checkin.rules import Direction, Method
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import Cause, EntryKind, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.permissions import ORGANIZATION_ROLES, Role
from volunteer.metrics.editions import CityKind
from volunteer.notices.rules import NoticeKind
from volunteer.organizations.rules import OrganizationStatus
from volunteer.signals.rules import OutsideCircle
from volunteer.signups.rules import SignupStatus
from volunteer.stations.rules import Kind, Outcome
from volunteer.supervision.bulletin_rules import last_month


@dataclass(frozen=True, slots=True)
class World:
    """`principals` by name (None is a visitor); `objects` by the name of the thing, as it stands in an address."""

    principals: dict[str, int | None]
    objects: dict[str, str]


def build(app: Flask) -> World:
    """Return the world, stored in the empty database of `app`."""
    cast = Cast(app)
    here = _organization(cast, "本区志愿服务队", f"{HERE}001001")
    there = _organization(cast, "外区志愿服务队", f"{THERE}001001")
    volunteer = cast.volunteer(cast.account("本人"))
    other = cast.volunteer(cast.account("别人"), name="别人")
    principals: dict[str, int | None] = {
        "visitor": None,
        "resident": volunteer.account_id,
        "other resident": other.account_id,
    }
    for role in sorted(ORGANIZATION_ROLES):
        for where, organization in (("", here), ("other ", there)):
            account = cast.account(role.value)
            cast.grant(account, role, organization=organization)
            principals[f"{where}{role.value}"] = account.id
    for role in (Role.OFFICE_ADMIN, Role.OFFICE_STAFF, Role.ASSESSOR):
        for where, code in (("city ", "420600"), ("", HERE), ("other ", THERE)):
            principals[f"{where}{role.value}"] = cast.office(role, code, role.value).id
    objects = {**_objects(cast, here, volunteer), **drawn(cast, principals["office_admin"])}
    return World(
        principals, {**objects, **_station(cast, objects["running shift"], principals["organizer"], volunteer)}
    )


def _organization(cast: Cast, name: str, code: str) -> Organization:
    return cast.organization(cast.account(name), name, area_id=cast.area(code).id)


def _objects(cast: Cast, organization: Organization, volunteer: object) -> dict[str, str]:
    now = clock.now().replace(second=0, microsecond=0)
    running = cast.shift(cast.activity(organization, "正在进行"), starts_at=now - timedelta(minutes=10))
    coming = cast.shift(cast.activity(organization, "下周活动"), starts_at=now + timedelta(days=7))
    over = cast.shift(cast.activity(organization, "上周活动"), starts_at=now - timedelta(days=7))
    draft = cast.activity(organization, "草稿", status=ActivityStatus.DRAFT, published_at=None)
    signup = cast.add(
        Signup(
            shift_id=coming.id,
            volunteer_id=volunteer.id,
            account_id=volunteer.account_id,
            status=SignupStatus.PLACED,
            created_at=now,
            changes_seen_at=now,
        )
    )
    span = {
        "volunteer_id": volunteer.id,
        "shift_id": over.id,
        "organization_id": organization.id,
        "served_on": clock.local_day(over.starts_at),
        "minutes": 60,
        "source": Source.SCAN,
        "rules_version": RULES_VERSION,
        "derivation": _derivation(over),
        "started_at": over.starts_at,
        "ended_at": over.starts_at + timedelta(hours=1),
        "made_at": over.ends_at,
    }
    entry = cast.add(Entry(kind=EntryKind.CREDIT, **span))
    maker = cast.volunteer(cast.account("登记的人"), name="登记的人")
    proposed = {**span, "cause": Cause.MANUAL, "reason": "补记", "evidence": "签到表", "made_by": maker.account_id}
    awaiting = cast.add(Proposal(state=ProposalState.AWAITING, **proposed))
    older = cast.shift(cast.activity(organization, "上月活动"), starts_at=now - timedelta(days=30))
    hour = {"started_at": older.starts_at, "ended_at": older.starts_at + timedelta(hours=1)}
    late = {"shift_id": older.id, "served_on": clock.local_day(older.starts_at), **hour, "made_at": now}
    back_dated = cast.add(Proposal(state=ProposalState.AWAITING, **{**proposed, **late}))
    granted = {"granted_by": maker.account_id, "granted_at": now, "until_on": clock.today(), "reason": "停电"}
    allowance = cast.add(TypedAllowance(organization_id=organization.id, minutes=60, **granted))
    told = Notice(account_id=volunteer.account_id, kind=NoticeKind.STAR, text="有星了", params={}, made_at=now)
    own_notice = cast.add(told)
    notice = {"state": ProposalState.ON_NOTICE, "notice_until_on": clock.today() + timedelta(days=5)}
    on_notice = cast.add(Proposal(**notice, **proposed))
    disputed = cast.add(Proposal(state=ProposalState.AWAITING, **proposed))
    objection = cast.add(
        Objection(
            proposal_id=disputed.id,
            organization_id=organization.id,
            text="那天没有办活动",
            raised_at=now - timedelta(days=30),
            answer_by_on=clock.today() - timedelta(days=20),
        )
    )
    question = cast.add(
        EntryQuestion(
            entry_id=entry.id,
            volunteer_id=volunteer.id,
            organization_id=organization.id,
            asked_by=volunteer.account_id,
            text="少记了",
            asked_at=now,
        )
    )
    for ordinal, direction, method in ((1, Direction.IN, Method.VENUE_CODE), (2, Direction.OUT, Method.AUTO_CLOSE)):
        cast.add(
            PresenceEvent(
                volunteer_id=volunteer.id,
                ordinal=ordinal,
                shift_id=over.id,
                direction=direction,
                method=method,
                happened_at=over.starts_at + timedelta(minutes=ordinal),
                received_at=over.starts_at,
                request_key=f"key-{ordinal}",
            )
        )
    certificate = cast.add(
        Certificate(
            number=make_certificate_number(bytes(range(11))),
            volunteer_id=volunteer.id,
            organization_id=organization.id,
            period_from=clock.today(),
            period_to=clock.today(),
            minutes=60,
            pdf_digest="0" * 64,
            issued_at=now,
            issued_by=volunteer.account_id,
            facts={"holder_name": volunteer.name, "issued_on": "2026-01-01", "lines": []},
        )
    )
    cast.add(CertificateFile(certificate_id=certificate.id, pdf=b"%PDF-1.7"))
    order = default_order(clock.today())
    batch = cast.add(
        CertificateBatch(
            organization_id=organization.id,
            title="全校",
            period_from=order.period_from,
            period_to=order.period_to,
            options=order.look,
            created_by=volunteer.account_id,
            created_at=now,
            book=b"%PDF-1.7",
        )
    )
    sheet = cast.add(
        PaperSheet(
            shift_id=over.id,
            picture=b"\xff\xd8",
            picture_digest="0" * 64,
            width=1,
            height=1,
            uploaded_by=maker.account_id,
            uploaded_at=now,
        )
    )
    training = cast.add(
        Training(
            volunteer_id=volunteer.id,
            organization_id=organization.id,
            name="急救",
            content="心肺复苏",
            minutes=60,
            held_by="红十字会",
            held_on=clock.today(),
            recorded_by=maker.account_id,
            recorded_at=now,
        )
    )
    pending = cast.organization(cast.account("发起人"), "待审核的队", status=OrganizationStatus.PENDING)
    helper: Account = cast.account("帮手")
    edition = cast.add(
        Edition(name="试用版", city_kind=CityKind.COUNTY, effective_from=clock.today() + timedelta(days=900))
    )
    return {
        "activity": coming.activity.public_id if "activity" in coming.__dict__ else _activity_of(cast, coming),
        "draft": draft.public_id,
        "coming shift": coming.public_id,
        "running shift": running.public_id,
        "over shift": over.public_id,
        "signup": signup.public_id,
        "entry": entry.public_id,
        "awaiting": awaiting.public_id,
        "on notice": on_notice.public_id,
        "back-dated": back_dated.public_id,
        "allowance": allowance.public_id,
        "notice": own_notice.public_id,
        "question": question.public_id,
        "objection": objection.public_id,
        "sheet": sheet.public_id,
        "certificate": certificate.public_id,
        "certificate batch": batch.public_id,
        "number": certificate.number,
        "training": training.public_id,
        "organization": organization.public_id,
        "pending organization": pending.public_id,
        "organization grant": cast.grant(helper, Role.ORGANIZER, organization=organization).public_id,
        "office grant": cast.grant(helper, Role.ASSESSOR, area=cast.area(HERE)).public_id,
        "volunteer": volunteer.public_id,
        "edition": edition.public_id,
        "clause": clause_of(cast, edition),
        "interface token": token(cast, maker.account_id),
        "signal": _signal(cast, over, volunteer).public_id,
        "area": f"{HERE}001",
        "own scan": _scan(cast, running, volunteer).request_key,
        "population file": population_file(cast),
        **dossier(cast, edition),
        **survey(cast),
        **answered_order(cast, HERE, f"{HERE}001", maker.account_id),
        "bulletin": drafted_bulletin(cast, HERE, last_month(clock.today())),
    }


def _scan(cast: Cast, shift: Shift, volunteer: Volunteer) -> PresenceEvent:
    """Return the coming of somebody minutes ago, with a place that their account may still give to another."""
    return cast.presence(shift, volunteer, ordinal=3, request_key="scanned-minutes-ago")


def _signal(cast: Cast, shift: Shift, volunteer: Volunteer) -> Signal:
    oddity = OutsideCircle(1_240, 30)
    return cast.add(
        Signal(
            kind=oddity.kind,
            subject_key="outside_circle:1",
            shift_id=shift.id,
            volunteer_id=volunteer.id,
            seen_at=shift.ends_at,
            facts=oddity.to_json(),
        )
    )


def _station(cast: Cast, shift: str, opened_by: int | None, volunteer: Volunteer) -> dict[str, str]:
    """Return a station of the organizer, and a record of it that waits for a person."""
    now = clock.now()
    with cast.app.app_context():
        shift_id = db.session.scalars(select(Shift.id).where(Shift.public_id == shift)).one()
    station = cast.add(Station(shift_id=shift_id, name="东门", opened_by=opened_by, opened_at=now))
    record = cast.add(
        StationRecord(
            station_id=station.id,
            record_key="k" * 20,
            body_digest="0" * 64,
            kind=Kind.CODE,
            typed="",
            direction=Direction.IN,
            device_at=now,
            happened_at=now,
            received_at=now,
            volunteer_id=volunteer.id,
            outcome=Outcome.REVIEW,
            rule="not_signed_up",
        )
    )
    return {"station": station.public_id, "station record": record.public_id}


def _activity_of(cast: Cast, shift: object) -> str:
    from models.activities import Activity
    from models.base import db

    with cast.app.app_context():
        return db.session.get_one(Activity, shift.activity_id).public_id


def _derivation(shift: object) -> dict[str, object]:
    from volunteer.activities.shift_rules import PlannedShift
    from volunteer.hours.minutes import credit_span

    plan = PlannedShift(shift.starts_at, shift.ends_at)
    return credit_span(shift.starts_at, shift.starts_at + timedelta(hours=1), plan).days[0].derivation.to_json()
