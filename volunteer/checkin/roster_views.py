"""The roster on the day: who is expected, in, missing, gone; and recording somebody by card, number or hand."""

from collections.abc import Callable
from typing import Any

from flask import (
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.checkin import ByHandForm, ScanForm, TakeBackForm
from volunteer.checkin import codes, mending, queries, roster, rules, spot_checks
from volunteer.checkin.desk import bp, keys, own_shift
from volunteer.checkin.operations import Recorded
from volunteer.checkin.queries import ShiftCard
from volunteer.checkin.recording import Entrant, record_for
from volunteer.checkin.refusals import refusals_at
from volunteer.checkin.roster import RosterRow
from volunteer.checkin.rules import Attendance, Direction, Method
from volunteer.checkin.spot_check_rules import SpotCheckState
from volunteer.kernel import clock
from volunteer.kernel.errors import DomainError, Invalid, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.speech import say_clock
from volunteer.kernel.text import N_
from volunteer.kernel.volunteer_numbers import check_volunteer_number
from volunteer.web.access import access, own_id, require_at
from volunteer.web.addresses import public_origin
from volunteer.web.transactions import attempt
from volunteer.web.words import say

DRAWN_AT_ONCE = 3


@bp.get("/checkin/shifts/<shift_id>/roster")
@access(Permission.RUN_SHIFTS)
def show_roster(shift_id: str) -> ResponseReturnValue:
    """Show who is expected, who is in, and who is missing."""
    card = own_shift(shift_id)
    return _roster_page(card, ScanForm(phase=rules.phase_at(card.plan, clock.now())))


@bp.get("/checkin/shifts/<shift_id>/roster/rows")
@access(Permission.RUN_SHIFTS)
def list_roster(shift_id: str) -> ResponseReturnValue:
    """Show the living part of the roster alone; nothing at all (204) while it looks as the page has it."""
    found = roster.pulse(shift_id, clock.now())
    if found is None:
        raise NotFound(N_("没有找到这个班次"))
    require_at(Permission.RUN_SHIFTS, found.scope)
    if request.args.get("version") == found.version:
        return "", 204
    return render_template("checkin/parts/roster.html", **_roster(own_shift(shift_id), found.version))


@bp.post("/checkin/shifts/<shift_id>/scan")
@access(Permission.RUN_SHIFTS)
def record_for_volunteer(shift_id: str) -> ResponseReturnValue:
    """Record somebody by their own code or number."""
    card = own_shift(shift_id)
    form = ScanForm()
    recorded = attempt(form, lambda: _record_scanned(card, form))
    if recorded is None:
        return _roster_page(card, form), 422
    if isinstance(recorded, Recorded):
        return _back_to_roster(card, recorded)
    flash(_("%(name)s 在场，抽查已回应", name=recorded), "success")
    return redirect(url_for("checkin.show_roster", shift_id=card.public_id))


def _record_scanned(card: ShiftCard, form: ScanForm) -> Recorded | str:
    """Record whose code it is; of somebody drawn for a spot check it shows that they are here, and the name returns."""
    volunteer, method, reason = _whose(form.code.data)
    if method is Method.ORGANIZER_SCAN and form.phase.data == Direction.IN and _is_drawn(card, volunteer):
        return spot_checks.answer(
            volunteer=volunteer,
            shift=card.public_id,
            scanned_at=clock.now(),
            method=method,
            account_id=own_id(),
            is_own=False,
        )
    return record_for(card, Entrant(volunteer, Direction(form.phase.data), method, reason), own_id())


def _is_drawn(card: ShiftCard, volunteer: str) -> bool:
    """Return whether a second look is asked of somebody, whom this reader may vouch for."""
    checks = spot_checks.spot_checks_at(card.id, clock.now())
    return not queries.belongs_to(volunteer, own_id()) and any(
        one.volunteer == volunteer and one.state is SpotCheckState.OPEN for one in checks
    )


def _whose(typed: str) -> tuple[str, Method, str]:
    """Return whose code, card or number this is; a card can be lent, so it counts as written by hand like a number."""
    if card := codes.read_card(typed, public_origin()):
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
    person = next((row for row in roster.roster(card, clock.now()).rows if row.public_id == volunteer_id), None)
    if person is None:
        raise NotFound(N_("名单上没有这个人"))
    form = ByHandForm(phase=Direction.OUT if person.attendance is Attendance.IN else Direction.IN)

    def act() -> Recorded:
        entrant = Entrant(volunteer_id, Direction(form.phase.data), Method.BY_HAND, form.words())
        return record_for(card, entrant, own_id())

    recorded = attempt(form, act)
    if recorded is not None:
        return _back_to_roster(card, recorded)
    return render_template(
        "checkin/record_by_hand.html", card=card, person=person, form=form
    ), 422 if form.is_submitted() else 200


@bp.route("/checkin/shifts/<shift_id>/records/<request_key>/take-back", methods=["GET", "POST"])
@access(Permission.RUN_SHIFTS)
def take_back(shift_id: str, request_key: str) -> ResponseReturnValue:
    """Take back what this reader recorded for the wrong person a few minutes ago, with a reason."""
    card = own_shift(shift_id)
    wrong = next((one for one in _mendable(card) if one.request_key == request_key), None)
    form = TakeBackForm()
    if wrong is None and not form.is_submitted():
        raise NotFound(N_("这条记录不能撤回了：过了 10 分钟，或者后面又有新的记录"))

    def act() -> Recorded:
        return mending.take_back(request_key, shift_id=card.id, account_id=own_id(), reason=form.reason.data)

    undone = attempt(form, act)
    if undone is not None:
        flash(_("已撤回 %(name)s 的%(what)s", name=undone.name, what=say(undone.direction.label)), "success")
        return redirect(url_for("checkin.show_roster", shift_id=card.public_id))
    page = render_template("checkin/take_back.html", card=card, wrong=wrong, form=form)
    return page, 422 if form.is_submitted() else 200


def _mendable(card: ShiftCard) -> list[mending.Mendable]:
    return list(mending.mendable_at(card.id, own_id(), clock.now()))


@bp.post("/checkin/shifts/<shift_id>/spot-checks")
@access(Permission.RUN_SHIFTS)
def draw_spot_checks(shift_id: str) -> ResponseReturnValue:
    """Ask a few of those who are in, drawn at random, to scan once more."""
    card = own_shift(shift_id)
    try:
        drawn = spot_checks.draw(card.public_id, count=DRAWN_AT_ONCE, account_id=own_id())
    except DomainError as refusal:
        flash(say(refusal.words), "warning")
    else:
        told = {"names": _("、").join(one.name for one in drawn), "time": say_clock(drawn[0].due_at)}
        told["count"] = drawn[0].out_of
        flash(_("能抽的 %(count)s 人里抽到 %(names)s，请他们在 %(time)s 前再扫一次现场的码", **told), "success")
    return redirect(url_for("checkin.show_roster", shift_id=card.public_id))


def _back_to_roster(card: ShiftCard, recorded: Recorded) -> Response:
    said = {"name": recorded.name, "what": say(recorded.direction.label), "time": say_clock(recorded.happened_at)}
    flash(_("%(name)s %(time)s %(what)s成功", **said), "success")
    return make_response(redirect(url_for("checkin.show_roster", shift_id=card.public_id)))


def _roster_page(card: ShiftCard, form: ScanForm) -> str:
    # The pulse first: what changes after it is seen by the next look.
    found = roster.pulse(card.public_id, clock.now())
    return render_template("checkin/show_roster.html", form=form, **_roster(card, found.version if found else ""))


Shown = Callable[[RosterRow], bool]
FILTERS: dict[str, tuple[str, Shown]] = {
    "missing": (N_("没到"), lambda row: row.attendance in (Attendance.MISSING, Attendance.EXPECTED)),
    "in": (N_("在场"), lambda row: row.attendance is Attendance.IN),
    "late": (N_("迟到"), lambda row: row.is_late),
    "left": (N_("已离开"), lambda row: row.attendance in (Attendance.LEFT, Attendance.FORGOTTEN)),
    "walk_in": (N_("现场加入"), lambda row: row.is_walk_in),
}
REFUSED = "refused"


def _roster(card: ShiftCard, version: str) -> dict[str, Any]:
    now = clock.now()
    found, refusals = roster.roster(card, now), refusals_at(card.id)
    chosen = request.args.get("show", "")
    filters = [(key, say(label), sum(test(row) for row in found.rows)) for key, (label, test) in FILTERS.items()]
    checks = spot_checks.spot_checks_at(card.id, now)
    return {
        "card": card,
        "version": version,
        "roster": found,
        "rows": [row for row in found.rows if chosen not in FILTERS or FILTERS[chosen][1](row)],
        "filters": [*filters, (REFUSED, _("没签成的"), len(refusals))],
        "chosen": chosen if chosen in (*FILTERS, REFUSED) else "",
        "refusals": refusals,
        "checks": {check.volunteer: check for check in reversed(checks)},
        "STATES": list(Attendance),
        "CHECK_KINDS": {SpotCheckState.OPEN: "quiet", SpotCheckState.SHOWN: "done", SpotCheckState.MISSED: "needs"},
        "mendable": {one.volunteer: one for one in _mendable(card)},
        "to_review": sum(count(card.id) for count in roster.count_to_review),
        "may_poster": rules.may_use(Method.POSTER, card.facts).allowed,
    }
