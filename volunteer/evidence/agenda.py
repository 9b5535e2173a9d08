"""What waits for a reader with the dossiers, for the first page of the figures."""

from collections.abc import Sequence

from flask import url_for
from flask_babel import gettext as _

from models.areas import Area
from models.evidence import DossierDuty
from volunteer.evidence import duties as owed
from volunteer.evidence.queries import missing_by_dossier
from volunteer.kernel import clock
from volunteer.kernel.permissions import Permission, Principal, Scope
from volunteer.kernel.ratio import thousands
from volunteer.kernel.text import N_
from volunteer.metrics.agenda import Duty

_LATE = N_("%(count)s 条测评材料逾期没交齐")
_OWN = N_("%(count)s 条测评材料归您交齐")
_SOON = N_("%(count)s 条测评材料快到期，还没交齐")


def duties(who: Principal, area: Area) -> Sequence[Duty]:
    """Return the duties in an area and below that are late, due soon, or the reader's own, and not done."""
    if not who.may(Permission.KEEP_DOSSIER):
        return []
    today = clock.today()
    late, soon, own = [], [], []
    open_ = [duty for duty in owed.open_duties(today, holder_id=who.account_id) if _is_seen(who, area, duty)]
    missing = missing_by_dossier(duty.dossier for duty in open_)
    for duty in open_:
        if not missing[duty.dossier_id].get(duty.clause_code):
            continue
        if duty.due_on is not None and duty.due_on < today:
            late.append(duty)
        elif duty.holder_id == who.account_id:
            own.append(duty)
        elif duty.holder_id is None:
            soon.append(duty)
    told = ((late, _LATE), (own, _OWN), (soon, _SOON))
    return [
        Duty(_(words, count=thousands(len(found))), _where(found), words == _LATE) for found, words in told if found
    ]


def _is_seen(who: Principal, area: Area, duty: DossierDuty) -> bool:
    there = duty.dossier.area.lineage
    return f"{there}/".startswith(f"{area.lineage}/") and who.may_at(Permission.KEEP_DOSSIER, Scope(there))


def _where(found: Sequence[DossierDuty]) -> str:
    dossiers = {duty.dossier.public_id for duty in found}
    if len(dossiers) > 1:
        return url_for("evidence.list_dossiers", year=found[0].dossier.year)
    return url_for("evidence.list_duties", dossier_id=found[0].dossier.public_id)
