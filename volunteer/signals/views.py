"""The pages of this room: what looks odd, put before people, and spot checks at the shifts that run now."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.signals import DrawForm, VerdictForm
from models.base import db
from models.signals import Signal
from volunteer.activities.queries import scope_of
from volunteer.areas.queries import full_name, full_names
from volunteer.checkin import spot_checks
from volunteer.checkin.queries import ShiftCard, shift_card
from volunteer.hours.rules import ENTRY_STATE_LABELS
from volunteer.kernel import clock
from volunteer.kernel.clock import local_day
from volunteer.kernel.errors import NotFound
from volunteer.kernel.ids import PUBLIC_ID_LENGTH
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.text import N_, Words
from volunteer.signals import operations, queries
from volunteer.signals.documents import SignalLine, signals_table
from volunteer.signals.queries import Shown, Sight
from volunteer.signals.rules import INNOCENT_WORDS, RULE_WORDS, SignalKind, Verdict, oddity_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.downloads import table_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

bp = Blueprint("signals", __name__, url_prefix="/signals")

JUDGE = Permission.JUDGE_SIGNALS
SIGNAL = "/<string(length=20):signal_id>"
SHIFT = "/running/<string(length=20):shift_id>"
MOST_IN_A_FILE = 5_000


@bp.get("/")
@access(Permission.READ_SIGNALS)
def list_signals() -> ResponseReturnValue:
    """Show the signals of the reader's area or organizations, the newest first."""
    sight = Sight.of(principal())
    shown, kind = _chosen(Shown, "state") or Shown.OPEN, _chosen(SignalKind, "kind")
    about = _volunteer(request.args.get("about", ""))
    page = paginate(db.session, queries.signals_in_sight(sight, shown, kind, about), page_number())
    return render_template(
        "signals/list_signals.html",
        page=page,
        rows=[(one, oddity_of(one.kind, one.facts).words) for one in page.items],
        names=full_names(one.shift.activity.area.lineage for one in page.items),
        counts=queries.open_by_kind(sight),
        kind=kind,
        shown=shown,
        about=about,
        KINDS=SignalKind,
        SHOWN=Shown,
        layout=_layout(),
    )


@bp.get("/list.<any(csv, xlsx):kind>")
@access(Permission.READ_SIGNALS)
def download_signals(kind: str) -> ResponseReturnValue:
    """Hand out the chosen signals, in the order of the page."""
    shown, about = _chosen(Shown, "state") or Shown.OPEN, _volunteer(request.args.get("about", ""))
    query = queries.signals_in_sight(Sight.of(principal()), shown, _chosen(SignalKind, "kind"), about)
    found = db.session.scalars(query.limit(MOST_IN_A_FILE)).all()
    names = full_names(one.shift.activity.area.lineage for one in found)
    table = signals_table(_("诚信提示"), (_line(one, names) for one in found), speak=say)
    return table_answer(table, kind)


def _line(one: Signal, names: Mapping[str, str]) -> SignalLine:
    activity = one.shift.activity
    return SignalLine(
        kind=Words(one.kind.label),
        words=oddity_of(one.kind, one.facts).words,
        activity=activity.title,
        served_on=local_day(one.shift.starts_at),
        organization=activity.organization.name,
        area_name=names[activity.area.lineage],
        verdict=Words(one.verdict.label) if one.verdict else Words(N_("待判断")),
    )


Choice = TypeVar("Choice", bound=StrEnum)


def _chosen(choices: type[Choice], name: str) -> Choice | None:
    typed = request.args.get(name, "")
    return choices(typed) if typed in set(choices) else None


def _volunteer(typed: str) -> str:
    return typed if len(typed) == PUBLIC_ID_LENGTH and typed.isascii() and typed.isalnum() else ""


def _layout() -> str:
    """The office reads at its desk, an organization at its own."""
    is_office = bool(principal().lineages(Permission.READ_SIGNALS))
    return "layouts/office.html" if is_office else "layouts/organizer.html"


@bp.get(SIGNAL)
@access(Permission.READ_SIGNALS)
def show(signal_id: str) -> ResponseReturnValue:
    """Show what was seen with its numbers, what innocent reasons there are, and the people."""
    signal = _signal(signal_id)
    return _page(signal, VerdictForm(formdata=None, stands=signal.verdict or ""))


@bp.post(SIGNAL)
@access(JUDGE)
def judge(signal_id: str) -> ResponseReturnValue:
    """Keep what the reader makes of a signal."""
    signal, form = _signal(signal_id), VerdictForm()
    require_at(JUDGE, scope_of(signal.shift.activity))

    def act() -> bool:
        verdict, stands = Verdict(form.verdict.data), form.stood
        operations.judge(signal, verdict, form.note.data or "", account_id=own_id(), stands=stands)
        return True

    if attempt(form, act):
        flash(_("已记下您的判断"), "success")
        return redirect(url_for(".show", signal_id=signal_id))
    return _page(_signal(signal_id), form), 422


def _signal(public_id: str) -> Signal:
    signal = queries.signal_in_sight(Sight.of(principal()), public_id)
    if signal is None:
        raise NotFound(N_("没有找到这条提示"))
    return signal


def _page(signal: Signal, form: VerdictForm) -> str:
    activity = signal.shift.activity
    scope = scope_of(activity)
    return render_template(
        "signals/show.html",
        signal=signal,
        form=form,
        words=oddity_of(signal.kind, signal.facts).words,
        rule=RULE_WORDS[signal.kind],
        innocent=INNOCENT_WORDS[signal.kind],
        people=queries.people_of(signal),
        spoken_name=_spoken_name(scope),
        judged_by=queries.account_name(signal.judged_by),
        area_name=full_name(activity.area),
        STATES=ENTRY_STATE_LABELS,
        STATE_KINDS=STATE_KINDS,
        may_judge=principal().may_at(JUDGE, scope),
        layout=_layout(),
    )


STATE_KINDS = {"awaiting": "needs", "on_notice": "quiet", "effective": "done", "reversed": "wrong", "returned": "quiet"}


def _spoken_name(scope: Scope) -> Callable[[str], str]:
    """Return how people are named to this reader: whole to those who may read people there, else masked."""
    return str if principal().may_at(Permission.READ_PEOPLE, scope) else mask_name


# While a shift runs


@bp.get("/running")
@access(JUDGE)
def list_running() -> ResponseReturnValue:
    """Show the shifts that run now in the reader's area."""
    found = queries.running_shifts(principal().lineages(JUDGE), clock.now())
    page = paginate(db.session, found, page_number(), scalars=False)
    names = full_names(shift.activity.area.lineage for shift, _present in page.items)
    return render_template("signals/list_running.html", page=page, names=names)


@bp.route(SHIFT, methods=["GET", "POST"])
@access(JUDGE)
def draw(shift_id: str) -> ResponseReturnValue:
    """Draw a few of those who are in at a shift, and show who answered."""
    card, form = _shift(shift_id), DrawForm()

    def act() -> list[spot_checks.Drawn]:
        return spot_checks.draw(card.public_id, count=int(form.count.data), account_id=own_id())

    if drawn := attempt(form, act):
        flash(_("抽到 %(count)d 人，他们的手机上会看到", count=len(drawn)), "success")
        return redirect(url_for(".draw", shift_id=shift_id))
    page = render_template(
        "signals/draw.html",
        card=card,
        form=form,
        checks=spot_checks.spot_checks_at(card.id, clock.now()),
        spoken_name=_spoken_name(card.scope),
    )
    return page, 422 if form.is_submitted() else 200


def _shift(public_id: str) -> ShiftCard:
    card = shift_card(public_id)
    if card is None:
        raise NotFound(N_("没有找到这个班次"))
    require_at(JUDGE, card.scope)
    return card
