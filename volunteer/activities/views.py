"""Pages of activities: the list and the page that residents read, and the desk at which organizers write them."""

from typing import Any, cast

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from forms.activities import ActivityForm
from models.activities import Activity, Shift
from models.base import db
from models.organizations import Organization
from volunteer.activities import change_views, operations, queries
from volunteer.activities.change_rules import Change
from volunteer.activities.desk import bp, managed, page_of, public_url, words
from volunteer.activities.finding_rules import WHEN_LABELS, When
from volunteer.activities.rules import ActivityStatus, may_close
from volunteer.activities.search import read_search
from volunteer.activities.shift_rules import may_change_time, weeks_ahead
from volunteer.kernel import clock
from volunteer.kernel.categories import ServiceCategory
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.permissions import Permission
from volunteer.kernel.text import N_
from volunteer.organizations.queries import area_meant, organization_by_public_id, organizations_by_id
from volunteer.web.access import access, own_id, principal
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt

__all__ = ["bp", "change_views"]

SHOWN_OF_ORGANIZATION = 6


# --- for residents and visitors ---


@bp.get("/")
@access(Permission.PUBLIC)
def list_activities() -> ResponseReturnValue:
    """Show what lies ahead, soonest first, narrowed by area, kind, day and words."""
    now, search = clock.now(), read_search(request.args)
    organization = _asked_organization()
    wanted = search.wanted(clock.today(), organization.id if organization else None)
    page = paginate(db.session, queries.open_activities(wanted, now), page_number(), scalars=False)
    return render_template(
        "activities/list_activities.html",
        page=page,
        cards=queries.cards(page.items, now),
        search=search,
        organization=organization,
        WHEN=[(when, label) for when, label in WHEN_LABELS.items() if when is not When.DAY],
        categories=ServiceCategory,
        **words(),
    )


@bp.get("/of/<string(length=20):public_id>")
@access(Permission.PUBLIC)
def list_of_organization(public_id: str) -> ResponseReturnValue:
    """Answer the next activities of an organization, as a part of its page."""
    now, organization = clock.now(), organization_by_public_id(public_id)
    query = queries.open_activities(queries.Wanted(organization_id=organization.id), now)
    rows = db.session.execute(query.limit(SHOWN_OF_ORGANIZATION)).all()
    cards = queries.cards(rows, now)
    return render_template("activities/parts/of_organization.html", cards=cards, organization=organization, **words())


@bp.get("/<string(length=20):public_id>")
@access(Permission.PUBLIC)
def show(public_id: str) -> ResponseReturnValue:
    """Show a published activity, also when it is over or cancelled."""
    activity = queries.activity_by_public_id(public_id)
    if activity.published_at is None:
        raise NotFound(N_("没有找到这个活动，可能已经撤下"))
    return render_template(
        "activities/show.html",
        share_url=public_url(activity),
        manages=principal().may_at(Permission.MANAGE_ACTIVITIES, queries.scope_of(activity)),
        **page_of(activity),
    )


# --- for organizers: lists ---


@bp.get("/managed")
@access(Permission.READ_ORGANIZATION)
def list_managed() -> ResponseReturnValue:
    """Show an organizer's activities: today's, what is coming, drafts, what is over."""
    now, ids = clock.now(), principal().organization_ids(Permission.READ_ORGANIZATION)
    shown = request.args.get("show", "coming")
    coming = queries.coming_activities(ids, now) if shown not in ("drafts", "past") else []
    past = paginate(db.session, queries.past_activities(ids, now), page_number()) if shown == "past" else None
    return render_template(
        "activities/list_managed.html",
        shown=shown if shown in ("drafts", "past") else "coming",
        today=[one for one in coming if one.shift and clock.local_day(one.shift.starts_at) <= clock.today()],
        later=[one for one in coming if one.shift and clock.local_day(one.shift.starts_at) > clock.today()],
        drafts=queries.drafts(ids) if shown == "drafts" else [],
        past=past,
        draft_count=queries.counts(ids).get(ActivityStatus.DRAFT, 0),
        has_many=len(ids) > 1,
        **words(),
    )


@bp.get("/<string(length=20):public_id>/manage")
@access(Permission.MANAGE_ACTIVITIES)
def manage(public_id: str) -> ResponseReturnValue:
    """Show an organizer one activity: its state, its shifts, and what can be done now."""
    activity, now = managed(public_id), clock.now()
    last = max((queries.ends_at(shift) for shift in operations.live_shifts(activity)), default=None)
    history = [(change, [Change.from_json(one) for one in change.changes]) for change in queries.changes_of(activity)]
    return render_template(
        "activities/manage.html",
        closing=may_close(activity.status, last, now),
        has_started=any(shift.starts_at <= now for shift in operations.live_shifts(activity)),
        history=history,
        tasks={shift.id: shift for shift in activity.shifts},
        scope_of=queries.scope_of,
        now=now,
        **page_of(activity),
    )


# --- for organizers: writing ---


@bp.route("/new", methods=["GET", "POST"])
@access(Permission.MANAGE_ACTIVITIES)
def create() -> ResponseReturnValue:
    """Write a new activity, blank or after an earlier one."""
    organizations = organizations_by_id(principal().organization_ids(Permission.MANAGE_ACTIVITIES))
    source = request.args.get("source")
    form = ActivityForm(data=_start(_copied(managed(source))) if source else {}, is_whole=_publishes())
    form.offer_organizations([(one.public_id, one.name) for one in organizations])
    if _reshaped(form):
        return _edit_page(form, None)
    activity = attempt(form, lambda: _kept_new(form, {one.public_id: one for one in organizations}))
    return _edit_page(form, None) if activity is None else _after_saving(activity)


@bp.route("/<string(length=20):public_id>/edit", methods=["GET", "POST"])
@access(Permission.MANAGE_ACTIVITIES)
def edit(public_id: str) -> ResponseReturnValue:
    """Go on with a draft, or change what is published."""
    activity = managed(public_id)
    if activity.status not in (ActivityStatus.DRAFT, ActivityStatus.PUBLISHED):
        raise Conflict(N_("活动已经取消或结项，不能再改"))
    form = ActivityForm(data=_start(_typed(activity)), is_whole=_publishes())
    del form.organization
    if _reshaped(form):
        return _edit_page(form, activity)
    saved = attempt(form, lambda: _kept(form, activity))
    return _edit_page(form, activity) if saved is None else _after_saving(saved)


@bp.post("/<string(length=20):public_id>/autosave")
@access(Permission.MANAGE_ACTIVITIES)
def autosave(public_id: str) -> ResponseReturnValue:
    """Keep a draft while it is being typed; never anything that is published."""
    activity = managed(public_id)
    form = ActivityForm()
    del form.organization
    account_id = own_id()

    def act() -> Activity:
        return operations.save_draft(activity, form.text(), form.shift_texts(), account_id=account_id)

    if attempt(form, act) is None:
        return jsonify(error=_("有地方还没填好，填好后自动保存")), 422
    return jsonify(saved=True)


@bp.post("/preview")
@access(Permission.MANAGE_ACTIVITIES)
def preview_typed() -> ResponseReturnValue:
    """Answer what a resident would see of what is typed so far; keeps nothing."""
    organizations = organizations_by_id(principal().organization_ids(Permission.MANAGE_ACTIVITIES))
    form = ActivityForm()
    del form.organization
    chosen = request.values.get("organization")
    organization = next((one for one in organizations if one.public_id == chosen), organizations[0])
    form.validate()
    return render_template("activities/parts/preview.html", **page_of(_imagined(form, organization)))


@bp.get("/<string(length=20):public_id>/preview")
@access(Permission.MANAGE_ACTIVITIES)
def preview(public_id: str) -> ResponseReturnValue:
    """Show a draft as a resident will see it."""
    return render_template("activities/preview.html", **page_of(managed(public_id)))


@bp.post("/<string(length=20):public_id>/discard")
@access(Permission.MANAGE_ACTIVITIES)
def discard(public_id: str) -> ResponseReturnValue:
    """Delete a draft."""
    operations.discard_draft(managed(public_id), account_id=own_id())
    flash(_("草稿已删除"), "success")
    return redirect(url_for("activities.list_managed", show="drafts"))


# --- below the views ---


def _asked_organization() -> Organization | None:
    asked = request.args.get("organization", "")
    try:
        return organization_by_public_id(asked) if asked.isalnum() else None
    except NotFound:
        return None


def _reshaped(form: ActivityForm) -> bool:
    """Add or take away a row, where that is all that was asked; nothing is checked or kept."""
    asked = request.form.get("act", "")
    if asked == "add":
        form.add_row()
    elif asked.startswith("remove-"):
        form.drop_row(asked.removeprefix("remove-"))
    else:
        return False
    return True


def _kept_new(form: ActivityForm, organizations: dict[str, Organization]) -> Activity:
    account_id = own_id()
    organization = organizations[form.organization.data]
    activity = operations.create_draft(organization, form.text(), form.shift_texts(), account_id=account_id)
    return operations.publish(activity, account_id=account_id) if _publishes() else activity


def _kept(form: ActivityForm, activity: Activity) -> Activity:
    account_id = own_id()
    if activity.status is ActivityStatus.PUBLISHED:
        return operations.change_published(activity, form.text(), form.shift_texts(), account_id=account_id)
    operations.save_draft(activity, form.text(), form.shift_texts(), account_id=account_id)
    return operations.publish(activity, account_id=account_id) if _publishes() else activity


def _publishes() -> bool:
    return request.form.get("act") == "publish"


def _after_saving(activity: Activity) -> ResponseReturnValue:
    """Say what was kept and go where it is seen."""
    if activity.status is ActivityStatus.PUBLISHED:
        flash(_("已发布，居民现在能看到、能报名") if _publishes() else _("已保存，报了名的人会看到改了什么"), "success")
        return redirect(url_for("activities.manage", public_id=activity.public_id))
    if request.form.get("act") == "preview":
        return redirect(url_for("activities.preview", public_id=activity.public_id))
    flash(_("草稿已存"), "success")
    return redirect(url_for("activities.edit", public_id=activity.public_id))


def _edit_page(form: ActivityForm, activity: Activity | None) -> ResponseReturnValue:
    if not form.shifts.entries:
        form.add_row()
    page = render_template(
        "activities/edit.html",
        form=form,
        activity=activity,
        lineage=_lineage(form.area_code.data),
        is_published=activity is not None and activity.status is ActivityStatus.PUBLISHED,
        shifts_by_id={shift.public_id: shift for shift in activity.shifts} if activity else {},
        may_change_time=may_change_time,
        now=clock.now(),
        **words(),
    )
    return page, 422 if form.has_errors else 200


def _lineage(area_code: str | None) -> list[str]:
    """Return the codes from the district down to what the picker holds."""
    try:
        return area_meant(area_code or "").lineage.split("/")[1:]
    except Invalid:
        return []


def _start(typed: dict[str, Any]) -> dict[str, Any]:
    """Return what a form begins with: rows that were sent stand for themselves and inherit nothing."""
    return typed if request.method == "GET" else typed | {"shifts": []}


def _typed(activity: Activity) -> dict[str, Any]:
    """Return an activity as its form holds it."""
    answers = {True: "yes", False: "no"}
    return {
        **{name: getattr(activity, name) for name in operations.TEXTS},
        "category": activity.category.value,
        "risk": activity.risk.value,
        "area_code": activity.area.code,
        **{f"gate_{question}": answers.get(cast(bool, said)) for question, said in activity.gate.items()},
        "shifts": [_typed_shift(shift) for shift in sorted(activity.shifts, key=lambda shift: shift.id)],
    }


def _typed_shift(shift: Shift) -> dict[str, Any]:
    names = (
        "public_id",
        "task",
        "starts_at",
        "ends_at",
        "capacity",
        "break_minutes",
        "allows_walk_in",
        "allows_poster",
    )
    return {name: getattr(shift, name) for name in names}


def _copied(activity: Activity) -> dict[str, Any]:
    """Return an earlier activity as the start of a new one: weeks later, the gate to be answered anew."""
    typed = _typed(activity)
    shifts = operations.live_shifts(activity)
    move = weeks_ahead(min((shift.starts_at for shift in shifts), default=clock.now()), clock.now())
    typed["shifts"] = [
        {**_typed_shift(shift), "public_id": "", "starts_at": shift.starts_at + move, "ends_at": shift.ends_at + move}
        for shift in shifts
    ]
    return {name: value for name, value in typed.items() if not name.startswith("gate_")} | {
        "organization": activity.organization.public_id
    }


def _imagined(form: ActivityForm, organization: Organization) -> Activity:
    """Return the activity that the form describes, kept nowhere; what makes no sense yet is left out."""
    with db.session.no_autoflush:
        activity = Activity(organization=organization, status=ActivityStatus.DRAFT, public_id="")
        for name in operations.TEXTS:
            setattr(activity, name, form[name].data if not form[name].errors else "")
        activity.category = _category(form)
        activity.minimum_age = form.minimum_age.data or 0
        activity.risk = form.risk.data
        try:
            activity.area = area_meant(form.area_code.data) if form.area_code.data else organization.area
        except Invalid:
            activity.area = organization.area
        activity.shifts = [_imagined_shift(row) for row in form.rows() if not row.errors and _runs_forward(row)]
    return activity


def _category(form: ActivityForm) -> ServiceCategory:
    return ServiceCategory.COMMUNITY if form.category.errors else ServiceCategory(form.category.data)


def _runs_forward(row: Any) -> bool:
    return bool(row.starts_at.data < row.ends_at.data)


def _imagined_shift(row: Any) -> Shift:
    typed = row.shift()
    return Shift(
        task=typed.task,
        starts_at=typed.starts_at,
        ends_at=typed.ends_at,
        break_minutes=typed.break_minutes,
        capacity=typed.capacity,
        taken=0,
        allows_walk_in=typed.allows_walk_in,
        allows_poster=typed.allows_poster,
        extension_reason="",
    )
