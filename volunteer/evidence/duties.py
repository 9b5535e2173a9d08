"""Who owes the materials of a clause: saying so, telling whom it falls to, reminding, and telling that it is late."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from models.accounts import Account
from models.areas import Area
from models.base import db
from models.evidence import Dossier, DossierDuty
from volunteer.audit.operations import record
from volunteer.evidence import queries
from volunteer.evidence.operations import check_printable, flush, require_clause
from volunteer.evidence.rules import MOST_PICTURES
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_, Words
from volunteer.kernel.workdays import add_working_days
from volunteer.notices.operations import tell_each
from volunteer.notices.rules import NoticeKind
from volunteer.supervision.people import office_people

REMIND_DAYS_BEFORE = 3
"""So many working days before a duty is due whoever owes it is reminded, as of orders (our decision)."""
_ASSIGNED = N_("%(area)s %(year)s 年测评档案：%(clause)s 的材料归您，%(day)s交齐，还缺 %(count)s 份")
_ASSIGNED_ANY_TIME = N_("%(area)s %(year)s 年测评档案：%(clause)s 的材料归您，还缺 %(count)s 份")
_SOON = N_("%(area)s %(year)s 年测评档案：%(clause)s 的材料%(day)s到期，还缺 %(count)s 份")
_LATE = N_("%(area)s %(year)s 年测评档案：%(clause)s 的材料%(day)s就该交齐，还缺 %(count)s 份")


def assign(
    dossier: Dossier,
    clause_code: str,
    *,
    unit: str,
    due_on: date | None,
    pictures: int,
    account_id: int | None,
    holder_id: int | None = None,
) -> DossierDuty:
    """Say which unit owes the materials of a clause, until when, how many pictures, and whose work that is here.

    Whoever it falls to is told, but not who says so. Raises Invalid on the field.
    """
    require_clause(dossier, clause_code)
    if not 1 <= pictures <= MOST_PICTURES:
        raise Invalid(N_("图片数量要在 1 到 %(most)s 之间"), field="pictures", most=str(MOST_PICTURES))
    if due_on is not None and not dossier.year <= due_on.year <= dossier.year + 1:
        raise Invalid(N_("期限要在档案的年份或下一年里"), field="due_on")
    check_printable({"unit": unit})
    if holder_id is not None and holder_id not in keepers_of(dossier.area):
        raise Invalid(N_("这个人现在不管这本档案，请从列表里另选"), field="holder")
    duty = db.session.scalar(
        select(DossierDuty).where(DossierDuty.dossier_id == dossier.id, DossierDuty.clause_code == clause_code)
    )
    if duty is None:
        duty = DossierDuty(dossier_id=dossier.id, clause_code=clause_code)
        db.session.add(duty)
    is_news = (duty.due_on, duty.holder_id, duty.unit) != (due_on, holder_id, unit)
    if is_news:
        duty.soon_told_on = duty.late_told_on = None
    duty.holder_id = holder_id
    duty.unit, duty.due_on, duty.pictures = unit, due_on, pictures
    duty.set_at, duty.set_by = clock.now(), account_id
    flush(N_("别人正在改这一条，请再试一次"))
    details = {"clause": clause_code, "unit": unit, "due_on": due_on.isoformat() if due_on else ""}
    lineage = dossier.area.lineage
    record("evidence.assign", "dossier", dossier.public_id, account_id=account_id, lineage=lineage, **details)
    if is_news and (missing := missing_of(duty)):
        _tell(duty, _owners(duty) - {account_id}, _ASSIGNED if due_on else _ASSIGNED_ANY_TIME, missing)
    return duty


def keepers_of(area: Area) -> frozenset[int]:
    """Return the accounts that keep the dossier of an area: its own people, else those of the nearest above."""
    codes = area.lineage.split("/")
    for depth in range(len(codes), 0, -1):
        found = office_people(Permission.KEEP_DOSSIER, ["/".join(codes[:depth])])
        if found:
            return found
    return frozenset()


def names_of_keepers(area: Area) -> list[tuple[str, str]]:
    """Return who may be named for a duty, by public id and name."""
    query = select(Account.public_id, Account.display_name).where(Account.id.in_(keepers_of(area)))
    return [(public_id, name) for public_id, name in db.session.execute(query.order_by(Account.display_name))]


def keeper_by_public_id(public_id: str) -> int | None:
    """Return the id of somebody who may be named; None for nobody in particular."""
    return db.session.scalar(select(Account.id).where(Account.public_id == public_id)) if public_id else None


def open_duties(today: date, *, holder_id: int | None = None) -> Sequence[DossierDuty]:
    """Return the duties that are due in some working days or were before, and those of a holder whenever due."""
    soon = add_working_days(today, REMIND_DAYS_BEFORE)
    query = select(DossierDuty).options(
        joinedload(DossierDuty.dossier).joinedload(Dossier.area),
        joinedload(DossierDuty.dossier).joinedload(Dossier.edition),
    )
    mine = DossierDuty.holder_id == holder_id if holder_id is not None else DossierDuty.id.is_(None)
    return db.session.scalars(query.where(or_(DossierDuty.due_on <= soon, mine)).order_by(DossierDuty.id)).all()


def missing_of(duty: DossierDuty) -> int:
    """Return how many pieces a duty's clause still lacks; 0 where the edition knows it no more."""
    return queries.missing_by_clause(duty.dossier).get(duty.clause_code, 0)


def look_after(duty_id: int) -> None:
    """Tell that a duty is due soon, or that it is late, if today is the day; once each, however often this runs."""
    duty = db.session.get_one(DossierDuty, duty_id, populate_existing=True)
    today = clock.today()
    if duty.due_on is None or not (missing := missing_of(duty)):
        return
    if duty.due_on < today:
        if duty.late_told_on is None:
            duty.late_told_on = today
            _tell(duty, _owners(duty) | _who_set(duty), _LATE, missing)
    elif duty.soon_told_on is None and duty.due_on <= add_working_days(today, REMIND_DAYS_BEFORE):
        duty.soon_told_on = today
        _tell(duty, _owners(duty), _SOON, missing)


def _owners(duty: DossierDuty) -> frozenset[int]:
    """Return whom a duty falls to: its holder while that person keeps the dossier, else all who do."""
    keepers = keepers_of(duty.dossier.area)
    return frozenset({duty.holder_id}) if duty.holder_id in keepers and duty.holder_id is not None else keepers


def _who_set(duty: DossierDuty) -> frozenset[int]:
    """Return who said whose duty it is, as long as that person may read the dossier."""
    lineages = [duty.dossier.area.lineage]
    while "/" in lineages[-1]:
        lineages.append(lineages[-1].rpartition("/")[0])
    return office_people(Permission.READ_DOSSIER, lineages) & ({duty.set_by} if duty.set_by else set())


def _tell(duty: DossierDuty, account_ids: frozenset[int | None] | frozenset[int], words: str, missing: int) -> None:
    dossier = duty.dossier
    told = {
        "area": dossier.area.name,
        "year": str(dossier.year),
        "clause": duty.clause_code,
        "count": str(missing),
        **({"day": duty.due_on} if duty.due_on else {}),
    }
    link = f"/evidence/{dossier.public_id}#clause-{duty.clause_code}"
    ids = [one for one in account_ids if one is not None]
    tell_each(ids, NoticeKind.DOSSIER, Words(words, told), link=link)
