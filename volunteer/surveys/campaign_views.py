"""The office's pages of a campaign: its plan, how far it is, slips and interviewers, and what was found."""

from datetime import timedelta

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from forms.surveys import CampaignForm, LeaveOutForm, PassForm, QuotasForm, TicketsForm
from models.areas import Area
from models.base import db
from models.surveys import SurveyCampaign, SurveyPass
from volunteer.areas.overview import area_choices
from volunteer.areas.queries import full_name, full_names
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, NotFound
from volunteer.kernel.permissions import Permission, Scope
from volunteer.kernel.qr import qr_svg
from volunteer.kernel.ratio import percent, ratio
from volunteer.kernel.text import N_
from volunteer.surveys import answering, campaigns, outcomes
from volunteer.surveys import campaign_queries as queries
from volunteer.surveys.campaigns import Unreadable
from volunteer.surveys.desk import PUBLIC_ID, account_id, area_in_sight, bp, keys, require_kind
from volunteer.surveys.documents import Slips, draw_slips
from volunteer.surveys.questions import NEWEST, QUESTION_SETS, SUPPORT
from volunteer.surveys.rules import GRACE, LeftOut, Stage, last_day, stage_of
from volunteer.web.access import access, principal, require_at
from volunteer.web.addresses import public_address
from volunteer.web.assets import document_fonts
from volunteer.web.downloads import file_answer, table_answer
from volunteer.web.paging import page_number, paginate
from volunteer.web.transactions import attempt
from volunteer.web.words import say

RUN = Permission.RUN_SURVEYS


@bp.get("/")
@access(RUN)
def list_campaigns() -> ResponseReturnValue:
    """Show the campaigns, the newest first."""
    page = paginate(db.session, queries.campaigns_below(principal().lineages(RUN)), page_number())
    stages = {one.id: stage_of(one, clock.today()) for one in page.items}
    names = full_names(one.area.lineage for one in page.items)
    counts = queries.counts_of(page.items)
    return render_template("surveys/list_campaigns.html", page=page, stages=stages, names=names, counts=counts)


@bp.route("/create", methods=["GET", "POST"])
@access(RUN)
def create_campaign() -> ResponseReturnValue:
    """Plan a campaign."""
    form = CampaignForm(area_choices(principal().lineages(RUN)), data={"population_year": str(clock.today().year)})
    made = attempt(form, lambda: _create(form))
    if made is not None:
        flash(_("已按人口分好配额，请核对以后发布"), "success")
        return redirect(url_for(".show_campaign", public_id=made.public_id))
    page = render_template("surveys/create_campaign.html", form=form, questions=QUESTION_SETS[NEWEST], SUPPORT=SUPPORT)
    return page, 422 if form.is_submitted() else 200


@bp.get(f"/{PUBLIC_ID}")
@access(RUN)
def show_campaign(public_id: str) -> ResponseReturnValue:
    """Show a campaign: what is to be done now, how far each community is, and what was found in the end."""
    return _campaign_page(_campaign(public_id))


@bp.route(f"/{PUBLIC_ID}/quotas", methods=["GET", "POST"])
@access(RUN)
def edit_quotas(public_id: str) -> ResponseReturnValue:
    """Change the quotas of a draft."""
    campaign, form = _campaign(public_id), QuotasForm()
    quotas = queries.quotas_of(campaign)
    typed = {one.area.code: request.form.get(f"quota_{one.area.code}", str(one.wanted)) for one in quotas}
    total = attempt(form, lambda: campaigns.set_quotas(campaign, form.wanted(typed), account_id=account_id()))
    if total is not None:
        flash(_("已保存，共 %(total)s 份", total=f"{total:,}"), "success")
        return redirect(url_for(".show_campaign", public_id=public_id))
    names = full_names(one.area.lineage for one in quotas)
    page = render_template(
        "surveys/edit_quotas.html", form=form, campaign=campaign, quotas=quotas, typed=typed, names=names
    )
    return page, 422 if form.is_submitted() else 200


@bp.post(f"/{PUBLIC_ID}/publish")
@access(RUN)
def publish(public_id: str) -> ResponseReturnValue:
    """Let the plan stand; from now on slips and links can be made."""
    campaigns.publish(_campaign(public_id), account_id=account_id())
    flash(_("已发布，可以印答题票、发访问链接了"), "success")
    return redirect(url_for(".show_campaign", public_id=public_id))


@bp.post(f"/{PUBLIC_ID}/end")
@access(RUN)
def end(public_id: str) -> ResponseReturnValue:
    """Stop taking answers before the planned day."""
    campaigns.end(_campaign(public_id), account_id=account_id())
    flash(_("已截止，访问员手机里的答卷三天内还能送来"), "done")
    return redirect(url_for(".show_campaign", public_id=public_id))


@bp.post(f"/{PUBLIC_ID}/freeze")
@access(RUN)
def freeze(public_id: str) -> ResponseReturnValue:
    """Record what was found; where answers do not open, ask first whether to go on without them, and why."""
    campaign, form = _campaign(public_id), LeaveOutForm()
    decides = "count" in request.form
    without = LeftOut(form.number, form.why.data or "") if decides and form.validate() else None
    try:
        found = campaigns.freeze(campaign, account_id=account_id(), without=without)
    except Unreadable as refusal:
        db.session.rollback()
        form.count.data = str(refusal.count)
        return _campaign_page(_campaign(public_id), leaving_out=form, refusal=refusal), 422 if decides else 409
    nothing = _("没有能计入的答卷，没有结果可记") if without else _("没有收到答卷，没有结果可记")
    flash(_("已出结果，以后不再收答卷") if found else nothing, "success" if found else "wrong")
    return redirect(url_for(".show_campaign", public_id=public_id))


@bp.route(f"/{PUBLIC_ID}/tickets", methods=["GET", "POST"])
@access(RUN)
def print_tickets(public_id: str) -> ResponseReturnValue:
    """Choose where tickets are for; answer with the slips, whose codes are kept nowhere else."""
    campaign = _campaign(public_id)
    form = TicketsForm(area_choices((campaign.area.lineage,)))
    made = attempt(
        form,
        lambda: answering.make_tickets(campaign, _area_of(campaign, form.area.data), keys(), account_id=account_id()),
    )
    if made is not None:
        return _slips(campaign, made, form.area.data)
    waiting = sum(count for _area, count in queries.to_print(campaign, campaign.area.lineage))
    page = render_template(
        "surveys/print_tickets.html",
        form=form,
        campaign=campaign,
        waiting=waiting,
        rows=(rows := queries.progress_of(campaign)),
        names=full_names(one.area.lineage for one in rows),
        most=answering.MOST_TICKETS_AT_ONCE,
        stage=stage_of(campaign, clock.today()),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post(f"/{PUBLIC_ID}/tickets/<string(length=12):code>/again")
@access(RUN)
def print_again(public_id: str, code: str) -> ResponseReturnValue:
    """Make a community's unused tickets void and print new ones."""
    campaign = _campaign(public_id)
    community = _area_of(campaign, code)
    made = answering.make_tickets_again(campaign, community, keys(), account_id=account_id())
    return _slips(campaign, made, code)


@bp.route(f"/{PUBLIC_ID}/passes", methods=["GET", "POST"])
@access(RUN)
def make_pass(public_id: str) -> ResponseReturnValue:
    """Make an interviewer's link for one community; it is shown this once."""
    campaign = _campaign(public_id)
    quotas = queries.quotas_of(campaign)
    names = full_names(one.area.lineage for one in quotas)
    form = PassForm({campaign.area.name: [(one.area.code, names[one.area.lineage]) for one in quotas]})
    secret = attempt(
        form,
        lambda: answering.make_pass(
            campaign, _area_of(campaign, form.area.data), form.name.data or "", keys(), account_id=account_id()
        ),
    )
    if secret is not None:
        address = public_address("surveys.interview", secret=secret)
        picture = Markup(qr_svg(address, title=_("访问链接")))  # noqa: S704 — drawn by us
        place = full_name(_area_of(campaign, form.area.data))
        return render_template(
            "surveys/show_pass.html",
            campaign=campaign,
            address=address,
            picture=picture,
            name=form.name.data,
            place=place,
        )
    page = render_template("surveys/make_pass.html", form=form, campaign=campaign)
    return page, 422 if form.is_submitted() else 200


@bp.post(f"/{PUBLIC_ID}/passes/<string(length=20):pass_id>/revoke")
@access(RUN)
def revoke_pass(public_id: str, pass_id: str) -> ResponseReturnValue:
    """Let an interviewer's link work no more."""
    campaign = _campaign(public_id)
    found: SurveyPass | None = next((one for one in queries.passes_of(campaign) if one.public_id == pass_id), None)
    if found is None:
        raise NotFound(N_("没有找到这个访问链接"))
    answering.revoke_pass(found, campaign, account_id=account_id())
    flash(_("%(name)s的访问链接已停用", name=found.name), "done")
    return redirect(url_for(".show_campaign", public_id=public_id))


@bp.get(f"/{PUBLIC_ID}/results.<any(csv, xlsx):kind>")
@access(RUN)
def download_results(public_id: str, kind: str) -> ResponseReturnValue:
    """Hand out what was found, group by group."""
    return table_answer(outcomes.table_of(_frozen(public_id), say), kind)


@bp.get(f"/{PUBLIC_ID}/answers.<any(csv, xlsx):kind>")
@access(RUN)
def download_answers(public_id: str, kind: str) -> ResponseReturnValue:
    """Hand out the anonymous answers, one a row."""
    return table_answer(outcomes.answers_of(_frozen(public_id), say), kind)


def _create(form: CampaignForm) -> SurveyCampaign:
    area, plan = area_in_sight(form.area.data, RUN), form.plan()
    require_kind(plan.is_official, area, RUN)
    return campaigns.create_campaign(area, plan, account_id=account_id())


def _campaign(public_id: str) -> SurveyCampaign:
    found = queries.campaign(public_id)
    if found is None:
        raise NotFound(N_("没有找到这次调查"))
    require_at(RUN, Scope(found.area.lineage))
    return found


def _frozen(public_id: str) -> SurveyCampaign:
    found = _campaign(public_id)
    if found.frozen_at is None:
        raise Conflict(N_("出结果以后才能下载"))
    return found


def _area_of(campaign: SurveyCampaign, code: str) -> Area:
    area = area_in_sight(code, RUN)
    if not f"{area.lineage}/".startswith(f"{campaign.area.lineage}/"):
        raise NotFound(N_("没有找到这个页面"))
    return area


def _campaign_page(
    campaign: SurveyCampaign, *, leaving_out: LeaveOutForm | None = None, refusal: Unreadable | None = None
) -> str:
    rows, stage = queries.progress_of(campaign), stage_of(campaign, clock.today())
    outcome = outcomes.outcome_of(campaign) if stage is Stage.FROZEN else None
    return render_template(
        "surveys/show_campaign.html",
        campaign=campaign,
        place=full_name(campaign.area),
        stage=stage,
        rows=rows,
        names=full_names(one.area.lineage for one in rows),
        responses=queries.responses(rows),
        passes=queries.passes_of(campaign),
        last_on=last_day(campaign),
        questions=QUESTION_SETS[campaign.question_set],
        SUPPORT=SUPPORT,
        outcome=outcome,
        remarks=outcomes.remarks_of(campaign, outcome) if outcome else (),
        grace=GRACE,
        is_overdue=stage is Stage.WAITING and clock.today() > last_day(campaign) + GRACE + timedelta(days=1),
        leaving_out=leaving_out,
        refusal=refusal,
        percent=percent,
        ratio=ratio,
    )


def _slips(campaign: SurveyCampaign, made: list[tuple[Area, list[str]]], code: str) -> Response:
    """Return the slips of an area by its code, and tell of them on the page that is read after they were saved."""
    settings = current_app.config["SETTINGS"]
    names = full_names(area.lineage for area, _codes in made)
    slips = Slips(
        title=campaign.title,
        is_official=campaign.is_official,
        opens_on=campaign.opens_on,
        closes_on=campaign.closes_on,
        office_name=settings.office_name,
        product_name=settings.product_name,
        address=public_address("surveys.enter_code"),
        made_on=clock.today(),
        batches=[(names[area.lineage], codes) for area, codes in made],
    )
    place, today = full_name(_area_of(campaign, code)), clock.today()
    name = f"{campaign.title}答题票（{place}）{today.isoformat()}.pdf"
    response = file_answer(draw_slips(slips, document_fonts()), "application/pdf", name)
    count = sum(len(codes) for _area, codes in made)
    flash(_("%(place)s的 %(count)s 张答题票已存成 PDF，请现在打印", place=place, count=f"{count:,}"), "success")
    response.headers["Cache-Control"] = "no-store"
    return response
