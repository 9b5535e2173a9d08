"""Writing the register: who comes in, moves, leaves and comes back."""

import secrets
from collections.abc import Callable
from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.accounts import Account
from models.areas import Area
from models.base import broken_constraint, db, upsert
from models.volunteers import FigureChange, RegistrationEvent, Volunteer, VolunteerSerial
from volunteer.accounts.operations import give_consent, withdraw_consent
from volunteer.accounts.queries import current_consent
from volunteer.accounts.rules import ConsentKind
from volunteer.areas.queries import communities_named
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.id_documents import CheckedDocument, Gender, check_document
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.names import ERASED_NAME, check_name
from volunteer.kernel.phones import check_phone
from volunteer.kernel.text import N_, Words
from volunteer.kernel.volunteer_numbers import make_volunteer_number, number_prefix
from volunteer.ledger.secrets import forget_secret
from volunteer.volunteers import queries
from volunteer.volunteers.erasures import seal_erasure
from volunteer.volunteers.rules import (
    CONSENT_FIELDS,
    OWN_CONSENTS,
    EndReason,
    RegistrationChange,
    RegistrationKind,
    RegistrationTyped,
    Relation,
    Skill,
    VolunteerStatus,
    check_birth_date,
    check_change,
    consents_to_resume,
    registration_need,
)
from volunteer.volunteers.vault import Vault

leaving: list[Callable[[int, int], object]] = []
"""Called with the ids of a volunteer who leaves and of who says so; filled by app.py, since rooms above keep places."""
keeping: list[Callable[[int], Words | None]] = []
"""Asked with a volunteer's id why that person cannot be erased yet; None where nothing stands against it."""
erasing: list[Callable[[int], object]] = []
"""Called with the id of a volunteer who is erased, so that rooms above erase what they hold."""


def register_volunteer(*, account_id: int, typed: RegistrationTyped, vault: Vault) -> Volunteer:
    """Return a new volunteer of an account, in the register and counted from today.

    Raises Invalid on the field that is wrong, and Conflict on "document_number" when the document is registered,
    whoever's it is: the words are the same.
    """
    today = clock.today()
    name = check_name(typed.name)
    document = check_document(typed.document_kind, typed.document_number, today)
    birth_on, gender = _born(document, typed, today), _gender(document, typed)
    consents = _consents(birth_on, today, typed)
    account = _account_in_line(account_id)
    if typed.relation is Relation.SELF and queries.has_self(account_id):
        raise Conflict(N_("您自己已经登记过了，这里可以登记孩子或老人"))
    community = find_community(typed.community)
    public_id = new_public_id()
    volunteer = Volunteer(
        public_id=public_id,
        number=_next_number(community, today),
        account_id=account_id,
        relation=typed.relation,
        name=name,
        document_kind=document.kind,
        document_cipher=vault.seal(document, public_id),
        document_digest=vault.digest_of(document),
        document_mask=document.mask,
        gender=gender,
        birth_on=birth_on,
        phone=_phone(typed, account),
        community_id=community.id,
        skills=_known(Skill, typed.skills, "skills"),
        categories=_known(ServiceCategory, typed.categories, "categories"),
        status=VolunteerStatus.ACTIVE,
        registered_at=clock.now(),
    )
    _add_once(volunteer)
    for kind in consents:
        give_consent(account_id, kind, volunteer.id)
    _record_change(volunteer, RegistrationKind.REGISTERED, community.id, account_id)
    record(
        "volunteers.register",
        "volunteer",
        public_id,
        account_id=account_id,
        lineage=community.lineage,
        relation=typed.relation,
    )
    return volunteer


def edit_volunteer(
    *,
    volunteer: Volunteer,
    account_id: int,
    phone: str,
    community: str,
    skills: tuple[str, ...],
    categories: tuple[str, ...],
) -> Volunteer:
    """Change what may change by itself; another community counts there from today."""
    _lock(volunteer)
    if volunteer.status is not VolunteerStatus.ACTIVE:
        raise Conflict(N_("已经不在册，请先恢复登记"))
    place = find_community(community)
    changed = _differences(
        volunteer,
        phone=check_phone(phone) if phone.strip() else None,
        skills=_known(Skill, skills, "skills"),
        categories=_known(ServiceCategory, categories, "categories"),
    )
    if place.id != volunteer.community_id:
        _record_change(volunteer, RegistrationKind.MOVED, place.id, account_id)
        volunteer.community = place
        changed.append("community")
    record(
        "volunteers.edit",
        "volunteer",
        volunteer.public_id,
        account_id=account_id,
        lineage=place.lineage,
        changed=changed,
    )
    return volunteer


def end_registration(*, volunteer: Volunteer, account_id: int, reason: EndReason) -> Volunteer:
    """Take a volunteer out of the register from today; the hours stay. Raises Conflict when already out.

    What was agreed to for this volunteer alone is taken back with it.
    """
    _lock(volunteer)
    _record_change(volunteer, RegistrationKind.ENDED, None, account_id, reason)
    for call in leaving:
        call(volunteer.id, account_id)
    volunteer.status = reason.status
    for kind in OWN_CONSENTS:
        if current_consent(volunteer.account_id, kind, volunteer.id) is not None:
            withdraw_consent(volunteer.account_id, kind, volunteer.id)
    _record(volunteer, "volunteers.end_registration", account_id, reason=reason)
    return volunteer


def resume_registration(
    *, volunteer: Volunteer, account_id: int, consents: frozenset[ConsentKind] = frozenset()
) -> Volunteer:
    """Bring back who left by themselves, from today, in the community they had; minors with consents given anew."""
    _lock(volunteer)
    if volunteer.status is not VolunteerStatus.WITHDRAWN:
        raise Conflict(N_("只有自己退出的才能自己恢复，其他情况请联系社区"))
    needed = consents_to_resume(volunteer.birth_on, clock.today(), volunteer.relation)
    if not consents.issuperset(needed):
        raise Invalid(N_("要先勾选同意才能登记"))
    _record_change(volunteer, RegistrationKind.RESUMED, volunteer.community_id, account_id)
    for kind in needed:
        give_consent(volunteer.account_id, kind, volunteer.id)
    volunteer.status = VolunteerStatus.ACTIVE
    _record(volunteer, "volunteers.resume_registration", account_id)
    return volunteer


def erase_volunteer(*, volunteer: Volunteer, account_id: int, confirmation: str) -> Volunteer:
    """Take a person out of the data for good (个人信息保护法 art. 47): nobody can tell any more who it was.

    The number and the minutes stay, since sums of the city and the tree rest on them. `confirmation` is the name, typed
    again. Raises Invalid on it, and Conflict while somebody else has to decide first.
    """
    _lock(volunteer)
    if volunteer.erased_at is not None or volunteer.status not in (VolunteerStatus.ACTIVE, VolunteerStatus.WITHDRAWN):
        raise Conflict(N_("现在的登记状态不能注销，请联系社区"))
    if "".join(confirmation.split()) != "".join(volunteer.name.split()):
        raise Invalid(N_("要和登记的姓名一模一样"), field="confirmation")
    for ask in keeping:
        if (why := ask(volunteer.id)) is not None:
            raise Conflict(why.msgid, **why.params)
    if volunteer.status is VolunteerStatus.ACTIVE:
        end_registration(volunteer=volunteer, account_id=account_id, reason=EndReason.WITHDRAWN)
    volunteer.name, volunteer.phone = ERASED_NAME, None
    volunteer.document_cipher, volunteer.document_mask = b"", ""
    volunteer.document_digest = secrets.token_hex(32)
    volunteer.birth_on = volunteer.birth_on.replace(month=1, day=1)
    volunteer.skills, volunteer.categories = [], []
    volunteer.erased_at = clock.now()
    volunteer.erased_seal = seal_erasure(volunteer.public_id, volunteer.number, volunteer.erased_at)
    if volunteer.relation is Relation.SELF:
        volunteer.account.display_name = ERASED_NAME
    forget_secret(volunteer.id)
    db.session.flush()
    for call in erasing:
        call(volunteer.id)
    _record(volunteer, "volunteers.erase", account_id)
    return volunteer


def find_community(typed: str) -> Area:
    """Return the one community that a code or a name means, or raise Invalid on "community"."""
    found = communities_named(typed)
    if not found:
        raise Invalid(N_("没有找到这个社区（村），请从列表里选到最后一级"), field="community")
    if len(found) > 1:
        raise Invalid(N_("有 %(count)s 个社区叫这个名字，请把区县和街道也写上"), field="community", count=len(found))
    return found[0]


def _account_in_line(account_id: int) -> Account:
    """Lock the account, so that two registrations at once do not both find the place of oneself free."""
    return db.session.scalars(select(Account).where(Account.id == account_id).with_for_update()).one()


def _born(document: CheckedDocument, typed: RegistrationTyped, today: date) -> date:
    return document.birth_on or check_birth_date(typed.birth_on, today)


def _gender(document: CheckedDocument, typed: RegistrationTyped) -> Gender:
    gender = document.gender or typed.gender
    if gender is None:
        raise Invalid(N_("请选择性别"), field="gender")
    return gender


def _consents(birth_on: date, today: date, typed: RegistrationTyped) -> tuple[ConsentKind, ...]:
    need = registration_need(birth_on, today, typed.relation)
    if need.refusal is not None:
        raise Invalid(need.refusal.msgid, field="document_number", **need.refusal.params)
    for kind in need.consents:
        if kind not in typed.consents:
            raise Invalid(N_("要先勾选同意才能登记"), field=CONSENT_FIELDS[kind])
    return need.consents


def _phone(typed: RegistrationTyped, account: Account) -> str | None:
    if typed.phone.strip():
        return check_phone(typed.phone)
    return account.phone if typed.relation is Relation.SELF else None


def _next_number(community: Area, today: date) -> str:
    district = community.lineage.split("/")[1]  # where it stands: one that moved keeps its own code
    prefix = number_prefix(district, today)
    statement = upsert(VolunteerSerial).values(prefix=prefix, last=1)
    serial = db.session.execute(
        statement.on_conflict_do_update(index_elements=["prefix"], set_={"last": VolunteerSerial.last + 1}).returning(
            VolunteerSerial.last
        )
    ).scalar_one()
    return make_volunteer_number(district, today, serial)


def _add_once(volunteer: Volunteer) -> None:
    db.session.add(volunteer)
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) != "volunteer.document_digest":
            raise
        raise Conflict(
            N_("这个证件已经登记过。如果不是您办的，请带证件到社区窗口核实"), field="document_number"
        ) from error


def _known(kind: type[Skill] | type[ServiceCategory], typed: tuple[str, ...], field: str) -> list[str]:
    known = {member.value for member in kind}
    if any(value not in known for value in typed):
        raise Invalid(N_("请从列出的里面选"), field=field)
    return [member.value for member in kind if member.value in typed]


def _differences(volunteer: Volunteer, **values: object) -> list[str]:
    """Set what differs and return the names of what was set."""
    changed = [name for name, value in values.items() if getattr(volunteer, name) != value]
    for name in changed:
        setattr(volunteer, name, values[name])
    return changed


def _lock(volunteer: Volunteer) -> None:
    """Let one change of a registration follow another; reads its row afresh."""
    db.session.refresh(volunteer, with_for_update={"of": Volunteer, "key_share": True})


def _record_change(
    volunteer: Volunteer, kind: RegistrationKind, area_id: int | None, account_id: int, reason: str = ""
) -> None:
    """Add a change of the registration from today and tell the figures, in the same transaction."""
    change = RegistrationChange(kind, clock.today(), area_id)
    check_change(queries.last_change(volunteer.id), change)
    event = RegistrationEvent(
        volunteer_id=volunteer.id,
        kind=kind,
        area_id=area_id,
        effective_on=change.effective_on,
        reason=reason,
        recorded_at=clock.now(),
        recorded_by=account_id,
    )
    db.session.add(event)
    db.session.flush()
    db.session.add(FigureChange(volunteer_id=volunteer.id, registration_event_id=event.id))


def _record(volunteer: Volunteer, action: str, account_id: int, **details: str) -> None:
    lineage = volunteer.community.lineage
    record(action, "volunteer", volunteer.public_id, account_id=account_id, lineage=lineage, **details)
