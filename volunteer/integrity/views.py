"""The pages of this room: an organization beside its peers, all of them ranked for the office, and what is overdue."""

from enum import StrEnum
from typing import Any, TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from models.areas import Area
from models.organizations import Organization
from volunteer.areas.overview import areas_starting_at
from volunteer.areas.queries import area_by_code, full_name, full_names
from volunteer.integrity import behind as lists
from volunteer.integrity import exports, operations, pictures, queries
from volunteer.integrity.documents import OverdueRow, Ranked, overdue_table, ranked, ranking_table
from volunteer.integrity.queries import Days, OverdueOrganization
from volunteer.integrity.rules import (
    MEASURES,
    PEERS_AT_LEAST,
    RANKED_FROM,
    RANKED_HOURS,
    UNIT_LABELS,
    Behind,
    Span,
    late_words,
)
from volunteer.integrity.shares import texts_of
from volunteer.kernel import clock
from volunteer.kernel.clock import local_day
from volunteer.kernel.errors import NotFound
from volunteer.kernel.names import mask_name
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.ratio import MINUTES_PER_HOUR
from volunteer.kernel.text import N_
from volunteer.organizations.queries import organization_by_public_id, scope_of
from volunteer.web.access import access, own_id, principal, require_at
from volunteer.web.downloads import table_answer
from volunteer.web.paging import Page, page_number
from volunteer.web.words import say

bp = Blueprint("integrity", __name__, url_prefix="/integrity")

READ = Permission.READ_INTEGRITY
ORGANIZATION = "/organizations/<string(length=20):public_id>"
FILE = "<any(csv, xlsx):kind>"
ROWS_A_PAGE = 50

Choice = TypeVar("Choice", bound=StrEnum)


# One organization


@bp.get(ORGANIZATION)
@access(Permission.READ_ORGANIZATION)
def show(public_id: str) -> ResponseReturnValue:
    """Show how an organization records, beside those of its district and of the city."""
    organization, span, today = _organization(public_id), _span(), clock.today()
    months = queries.months(organization.id, today)
    return render_template(
        "integrity/show.html",
        organization=organization,
        scope=scope_of(organization),
        compared=queries.compare(organization, Days.of(span, today)),
        district=_district(organization),
        span=span,
        SPANS=Span,
        MEASURES=MEASURES,
        UNITS=UNIT_LABELS,
        PEERS_AT_LEAST=PEERS_AT_LEAST,
        texts_of=texts_of,
        months=months,
        chart=pictures.months_chart(organization.name, months),
        layout=_layout(organization),
    )


@bp.get(f"{ORGANIZATION}/<any({', '.join(Behind)}):behind>")
@access(Permission.READ_ORGANIZATION)
def list_behind(public_id: str, behind: str) -> ResponseReturnValue:
    """Show what one number of an organization counts."""
    organization, span, chosen = _organization(public_id), _span(), Behind(behind)
    scope = scope_of(organization)
    reads_signals = principal().may_at(Permission.READ_SIGNALS, scope)
    return render_template(
        "integrity/list_behind.html",
        organization=organization,
        page=lists.page_of(chosen, organization, Days.of(span, clock.today()), page_number()),
        behind=chosen,
        span=span,
        spoken_name=_spoken_name(scope),
        may_open=reads_signals if chosen is Behind.SIGNALS else True,
        layout=_layout(organization),
    )


@bp.post(f"{ORGANIZATION}/<any({', '.join(Behind)}):behind>.{FILE}")
@access(Permission.READ_ORGANIZATION)
def download_behind(public_id: str, behind: str, kind: str) -> ResponseReturnValue:
    """Hand out what one number of an organization counts, people named as on the page; much of it made later."""
    organization, span, chosen = _organization(public_id), _span(), Behind(behind)
    days, sees_names = Days.of(span, clock.today()), exports.sees_names(principal(), organization)
    if lists.count(chosen, organization, days) > exports.AT_ONCE:
        task = exports.ask(organization, chosen, span, sees_names=sees_names, account_id=own_id())
        return redirect(url_for("tasks.show", task_id=task.public_id))
    exports.note(organization, chosen, span, account_id=own_id())
    return table_answer(exports.table_of(organization, chosen, days, span, sees_names=sees_names, speak=say), kind)


def _organization(public_id: str) -> Organization:
    organization = organization_by_public_id(public_id)
    require_at(Permission.READ_ORGANIZATION, scope_of(organization))
    return organization


def _layout(organization: Organization) -> str:
    """The office reads at its desk, an organization at its own."""
    is_own = organization.id in principal().organization_ids(Permission.READ_ORGANIZATION)
    return "layouts/organizer.html" if is_own else "layouts/office.html"


def _spoken_name(scope: Scope) -> Any:
    """Return how people are named to this reader: whole to those who confirm their hours or read people there."""
    return str if exports.sees_names_at(principal(), scope) else mask_name


def _district(organization: Organization) -> str:
    codes = organization.area.lineage.split("/")[:2]
    area = area_by_code(codes[-1])
    return area.name if area is not None else ""


# Everybody, for the office


@bp.get("/")
@access(READ)
def list_organizations() -> ResponseReturnValue:
    """Show the organizations in the reader's areas, by one of their numbers."""
    area, span, least = _area(), _span(), _least_hours()
    rows, small = _ranking(area, span, least)
    number = page_number()
    shown = Page(rows[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE], number, ROWS_A_PAGE, len(rows))
    return render_template(
        "integrity/list_organizations.html",
        page=shown,
        small=small,
        area=area,
        areas=queries.area_choices(principal().lineages(READ)),
        span=span,
        least=least,
        sort=_sort(),
        address={"area": area.code if area else None, "span": span.value, "least": least},
        SPANS=Span,
        HOURS=RANKED_HOURS,
        MEASURES=MEASURES,
        texts_of=texts_of,
        UNITS=UNIT_LABELS,
    )


@bp.get(f"/organizations.{FILE}")
@access(READ)
def download_organizations(kind: str) -> ResponseReturnValue:
    """Hand out the ranking, in the order of the page."""
    area, span, least = _area(), _span(), _least_hours()
    rows, _small = _ranking(area, span, least)
    title = _("%(area)s各组织记录诚信", area=area.name if area else _place_name())
    return table_answer(ranking_table(title, rows, span, least, speak=say), kind)


def _ranking(area: Area | None, span: Span, least_hours: int) -> tuple[list[Ranked], int]:
    """Return those that recorded enough, sorted as asked, and how many recorded less."""
    lineages = (area.lineage,) if area else principal().lineages(READ)
    counted = queries.counted_below(lineages, Days.of(span, clock.today()))
    enough = [one for one in counted if one.counts.total >= least_hours * MINUTES_PER_HOUR]
    names = full_names(one.place.lineage for one in enough)
    rows = [Ranked(one.place.public_id, one.place.name, names[one.place.lineage], one.counts) for one in enough]
    return ranked(rows, _sort()), len(counted) - len(enough)


# What is overdue


@bp.get("/overdue")
@access(READ)
def list_overdue() -> ResponseReturnValue:
    """Show what is not settled after ten working days, by organization."""
    today = clock.today()
    found = queries.overdue_below(principal().lineages(READ), today)
    number = page_number()
    few = found[(number - 1) * ROWS_A_PAGE : number * ROWS_A_PAGE]
    return render_template(
        "integrity/list_overdue.html",
        page=Page(few, number, ROWS_A_PAGE, len(found)),
        shifts=sum(len(one.shifts) for one in found),
        urged={one.organization.id for one in few if operations.is_urged_today(one.organization)},
        names=full_names(one.organization.area.lineage for one in few),
        today=today,
        late_words=late_words,
    )


@bp.get(f"/overdue.{FILE}")
@access(READ)
def download_overdue(kind: str) -> ResponseReturnValue:
    """Hand out all overdue shifts."""
    found, today = queries.overdue_below(principal().lineages(READ), clock.today()), clock.today()
    names = full_names(one.organization.area.lineage for one in found)
    rows = (
        OverdueRow(
            one.organization.name,
            names[one.organization.area.lineage],
            late.shift.activity.title,
            local_day(late.shift.starts_at),
            late.due_on,
        )
        for one in found
        for late in one.shifts
    )
    return table_answer(overdue_table(_("超期未记完的班次"), rows, today, speak=say), kind)


@bp.post(f"{ORGANIZATION}/urge")
@access(READ)
def urge(public_id: str) -> ResponseReturnValue:
    """Tell an organization's people what is overdue."""
    organization = organization_by_public_id(public_id)
    require_at(READ, scope_of(organization))
    overdue = _overdue_of(organization)
    told = operations.urge(overdue, link=url_for("hours.list_awaiting"), account_id=own_id())
    if told:
        flash(_("已提醒 %(count)d 人", count=told), "success")
    else:
        flash(_("这个组织现在没有能确认时长的人，请打电话联系"), "warning")
    return redirect(url_for(".list_overdue"))


def _overdue_of(organization: Organization) -> OverdueOrganization:
    found = queries.overdue_below([organization.area.lineage], clock.today())
    overdue = next((one for one in found if one.organization.id == organization.id), None)
    if overdue is None:
        raise NotFound(N_("这个组织没有超期的班次了"))
    return overdue


# What is chosen in the address


def _chosen(choices: type[Choice], name: str) -> Choice | None:
    typed = request.args.get(name, "")
    return choices(typed) if typed in set(choices) else None


def _span() -> Span:
    return _chosen(Span, "span") or Span.QUARTER


def _sort() -> str:
    typed = request.args.get("sort", "")
    return typed if typed.removeprefix("-") in {"name", "hours", *MEASURES} else "scanned"


def _least_hours() -> int:
    typed = request.args.get("least", "")
    return next((hours for hours in RANKED_HOURS if str(hours) == typed), RANKED_FROM)


def _area() -> Area | None:
    """Return the area that is asked for; None for all that the reader sees."""
    typed = request.args.get("area", "")
    if not typed:
        return None
    area = area_by_code(typed) if typed.isascii() and typed.isdigit() else None
    if area is None:
        raise NotFound(N_("没有找到这个区划"))
    require_at(READ, Scope(area.lineage))
    return area


def _place_name() -> str:
    starts = areas_starting_at(principal().lineages(READ))
    return full_name(starts[0]) if starts else ""
