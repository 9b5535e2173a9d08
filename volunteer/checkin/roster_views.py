"""The roster on the day: who is expected, in, missing, gone; and recording somebody by card, number or hand."""

from collections.abc import Callable
from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.checkin import ByHandForm, ScanForm
from volunteer.checkin import codes, operations, queries, rules
from volunteer.checkin.desk import account_id, bp, keys, own_shift
from volunteer.checkin.operations import Asked, Recorded
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.roster import RosterRow, roster
from volunteer.checkin.rules import Attendance, Direction, Method
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid, NotFound
from volunteer.kernel.ids import new_public_id
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_clock
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.web.access import access
from volunteer.web.transactions import attempt
from volunteer.web.words import say


@bp.get("/checkin/shifts/<shift_id>/roster")
@access(Permission.RUN_SHIFTS)
def show_roster(shift_id: str) -> ResponseReturnValue:
    """Show who is expected, who is in, and who is missing."""
    card = own_shift(shift_id)
    return _roster_page(card, ScanForm(phase=rules.phase_at(card.plan, clock.now())))


@bp.get("/checkin/shifts/<shift_id>/roster/rows")
@access(Permission.RUN_SHIFTS)
def list_roster(shift_id: str) -> ResponseReturnValue:
    """Show the living part of the roster alone."""
    return render_template("checkin/parts/roster.html", **_roster(own_shift(shift_id)))


@bp.post("/checkin/shifts/<shift_id>/scan")
@access(Permission.RUN_SHIFTS)
def record_for_volunteer(shift_id: str) -> ResponseReturnValue:
    """Record somebody by their own code or number."""
    card = own_shift(shift_id)
    form = ScanForm()
    recorded = attempt(form, lambda: _record_scanned(card, form))
    if recorded is None:
        return _roster_page(card, form), 422
    return _back_to_roster(card, recorded)


def _record_scanned(card: ShiftCard, form: ScanForm) -> Recorded:
    volunteer, method, reason = _whose(form.code.data)
    return _record_for(card, volunteer, Direction(form.phase.data), method, reason)


def _whose(typed: str) -> tuple[str, Method, str]:
    """Return whose code, card or number this is; a card can be lent, so it counts as written by hand like a number."""
    if card := codes.read_card(typed, current_app.config["SETTINGS"].public_url):
        return card, Method.BY_HAND, N_("现场扫志愿者卡")
    if "/" in typed:
        raise Invalid(N_("这不是本平台的志愿者卡，请扫志愿者的个人码或输入编号"), field="code")
    if "." in typed:
        return codes.read_personal_code(keys("code"), typed, clock.now()), Method.ORGANIZER_SCAN, ""
    found = queries.volunteer_by_number(check_volunteer_number(typed, field="code"))
    if found is None:
        raise Invalid(N_("没有这个编号的志愿者，请核对志愿者卡"), field="code")
    return found, Method.BY_HAND, N_("现场输入志愿者编号")


@bp.route("/checkin/shifts/<shift_id>/volunteers/<volunteer_id>/by-hand", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def record_by_hand(shift_id: str, volunteer_id: str) -> ResponseReturnValue:
    """Write down that somebody on the roster came or went, and why by hand."""
    card = own_shift(shift_id)
    person = next((row for row in roster(card, clock.now()).rows if row.public_id == volunteer_id), None)
    if person is None:
        raise NotFound(N_("名单上没有这个人"))
    form = ByHandForm(phase=Direction.OUT if person.attendance is Attendance.IN else Direction.IN)
    recorded = attempt(
        form, lambda: _record_for(card, volunteer_id, Direction(form.phase.data), Method.BY_HAND, form.words())
    )
    if recorded is not None:
        return _back_to_roster(card, recorded)
    return render_template(
        "checkin/record_by_hand.html", card=card, person=person, form=form
    ), 422 if form.is_submitted() else 200


def _record_for(card: ShiftCard, volunteer: str, phase: Direction, method: Method, reason: str) -> Recorded:
    """Record somebody else; nobody vouches for themselves or for whom their account acts."""
    if queries.belongs_to(volunteer, account_id()):
        raise Invalid(N_("自己和家人请扫现场的签到码，或请另一位组织者登记"))
    return operations.record_presence(
        Asked(
            volunteer=volunteer,
            shift=card.public_id,
            direction=phase,
            happened_at=clock.now(),
            method=method,
            account_id=account_id(),
            request_key=new_public_id(),
            is_own=False,
            reason=reason,
        )
    )


def _back_to_roster(card: ShiftCard, recorded: Recorded) -> Response:
    said = {"name": recorded.name, "what": say(recorded.direction.label), "time": say_clock(recorded.happened_at)}
    flash(_("%(name)s %(time)s %(what)s成功", **said), "success")
    return make_response(redirect(url_for("checkin.show_roster", shift_id=card.public_id)))


def _roster_page(card: ShiftCard, form: ScanForm) -> str:
    return render_template("checkin/show_roster.html", form=form, **_roster(card))


Shown = Callable[[RosterRow], bool]
FILTERS: dict[str, tuple[str, Shown]] = {
    "missing": (N_("没到"), lambda row: row.attendance in (Attendance.MISSING, Attendance.EXPECTED)),
    "in": (N_("在场"), lambda row: row.attendance is Attendance.IN),
    "late": (N_("迟到"), lambda row: row.is_late),
    "left": (N_("已离开"), lambda row: row.attendance in (Attendance.LEFT, Attendance.FORGOTTEN)),
    "walk_in": (N_("现场加入"), lambda row: row.is_walk_in),
}


def _roster(card: ShiftCard) -> dict[str, Any]:
    found = roster(card, clock.now())
    chosen = request.args.get("show", "")
    return {
        "card": card,
        "roster": found,
        "rows": [row for row in found.rows if chosen not in FILTERS or FILTERS[chosen][1](row)],
        "filters": [(key, say(label), sum(test(row) for row in found.rows)) for key, (label, test) in FILTERS.items()],
        "chosen": chosen if chosen in FILTERS else "",
    }
