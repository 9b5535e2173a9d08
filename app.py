"""The application, as a table of contents: settings, extensions, rooms, error pages, filters, commands."""

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

import models  # noqa: F401 — every table must be known before the first query
from config import ROOT, Settings, load_settings
from models import engine
from models.base import db
from volunteer import cli
from volunteer.accounts import sign_in
from volunteer.accounts import views as accounts
from volunteer.activities import operations as publishing
from volunteer.activities import views as activities
from volunteer.admin import exports
from volunteer.admin import views as admin
from volunteer.api import desk as api_desk
from volunteer.api import views as api
from volunteer.api.doors import PREFIX
from volunteer.areas import moves
from volunteer.areas import views as areas
from volunteer.certificates import views as certificates
from volunteer.certificates.erasing import erase_holder
from volunteer.certificates.leaves import certificate_leaves, revocation_leaves
from volunteer.certificates.queries import superseded_with
from volunteer.checkin import operations as presence
from volunteer.checkin import roster
from volunteer.checkin import views as checkin
from volunteer.checkin.erasing import forget_places
from volunteer.checkin.keeping import why_presence_keeps
from volunteer.evidence import agenda as dossier_agenda
from volunteer.evidence import packing as dossiers
from volunteer.evidence import views as evidence
from volunteer.evidence.operations import PACK
from volunteer.forecasts import views as forecasts
from volunteer.home import views as home
from volunteer.hours import views as hours
from volunteer.hours.doubts import doubts
from volunteer.hours.keeping import why_hours_keep
from volunteer.hours.leaves import entry_leaves
from volunteer.hours.notifying import resting
from volunteer.hours.operations import settle_presence
from volunteer.hours.proposal_seals import seal_older
from volunteer.hours.star_leaves import star_leaves
from volunteer.hours.stars import star_names
from volunteer.hours.telling import tell_again
from volunteer.integrity import exports as behind_numbers
from volunteer.integrity import views as integrity
from volunteer.kernel.permissions import VISITOR, Permission
from volunteer.ledger import health as tree_health
from volunteer.ledger import operations as tree
from volunteer.ledger import views as ledger
from volunteer.ledger.rules import LeafKind
from volunteer.maps import views as maps
from volunteer.metrics import agenda
from volunteer.metrics import operations as figures
from volunteer.metrics import views as metrics
from volunteer.notices import views as notices
from volunteer.notices.erasing import forget_notices
from volunteer.organizations import views as organizations
from volunteer.records import views as records
from volunteer.screen import views as screen
from volunteer.signals import views as signals
from volunteer.signals.operations import doubt_presence
from volunteer.signups import views as signups
from volunteer.signups.operations import cancel_all_of, move_up
from volunteer.stations import queries as devices
from volunteer.stations import views as stations
from volunteer.supervision import agenda as orders_agenda
from volunteer.supervision import bulletin_papers, bulletins
from volunteer.supervision import views as supervision
from volunteer.supervision.bulletin_queries import DRAFT_TASK
from volunteer.surveys import views as surveys
from volunteer.tasks import operations as long_work
from volunteer.tasks import views as tasks
from volunteer.volunteers import operations as register
from volunteer.volunteers import queries as people
from volunteer.volunteers import views as volunteers
from volunteer.web import access, context, error_pages, filters, health, security, serving, tokens, transactions
from volunteer.web.serving import StaticFiles

ROOMS = (
    home,
    accounts,
    areas,
    notices,
    tasks,
    volunteers,
    organizations,
    activities,
    signups,
    checkin,
    stations,
    hours,
    signals,
    certificates,
    records,
    surveys,
    metrics,
    forecasts,
    maps,
    screen,
    supervision,
    evidence,
    integrity,
    ledger,
    api,
    admin,
)

migrate = Migrate()


def create_app(settings: Settings | None = None, overrides: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from `settings` (the environment's by default); `overrides` go into `app.config`."""
    settings = settings or load_settings()
    app = Flask(__name__)
    app.config.update(settings.flask())
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine.engine_options(settings.database_url)
    app.config.update(overrides or {})

    db.init_app(app)
    engine.install(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"), compare_type=True)
    _install_login(app)
    Babel(app, locale_selector=context.chosen_locale)

    transactions.install(app)
    tokens.install(app)
    app.before_request(access.ask_at_the_door)
    serving.install(app)
    security.install(app)
    error_pages.install(app)
    error_pages.ANSWERS[f"{PREFIX}/"] = api_desk.answer_refusal
    filters.install(app)
    context.install(app)
    health.CHECKS.update(tree_health.CHECKS)
    health.install(app)
    for room in ROOMS:
        app.register_blueprint(room.bp)
    cli.install(app)
    presence.after_check_out[:] = [settle_presence]
    doubts[:] = [doubt_presence]
    presence.tell_again[:] = [tell_again]
    resting[:] = [superseded_with]
    roster.count_to_review[:] = [devices.count_to_review]
    publishing.room_grew[:] = [move_up]
    publishing.theme_changed[:] = [figures.follow_theme]
    register.leaving[:] = [cancel_all_of]
    register.keeping[:] = [why_presence_keeps, why_hours_keep]
    register.erasing[:] = [erase_holder, forget_places, forget_notices]
    people.star_names[:] = [star_names]
    moves.followers[:] = [figures.follow_move]
    agenda.sources[:] = [orders_agenda.duties, dossier_agenda.duties]
    tree.opening[:] = [seal_older]
    long_work.workers[PACK] = dossiers.pack
    long_work.workers.update({exports.AUDIT: exports.make_trail, exports.PEOPLE: exports.make_people})
    long_work.workers.update({DRAFT_TASK: bulletins.draft, bulletin_papers.DRAW_TASK: bulletin_papers.draw})
    long_work.rights.update({exports.AUDIT: Permission.READ_AUDIT, exports.PEOPLE: Permission.READ_PEOPLE})
    long_work.workers[behind_numbers.BEHIND] = behind_numbers.make
    long_work.rights.update({PACK: Permission.KEEP_DOSSIER, DRAFT_TASK: Permission.RELEASE_BULLETINS})
    long_work.rights[bulletin_papers.DRAW_TASK] = Permission.RELEASE_BULLETINS
    long_work.rights[behind_numbers.BEHIND] = Permission.READ_ORGANIZATION
    long_work.further[behind_numbers.BEHIND] = behind_numbers.may_have
    tree.sources.update(
        {
            LeafKind.ENTRY: entry_leaves,
            LeafKind.STAR: star_leaves,
            LeafKind.CERTIFICATE: certificate_leaves,
            LeafKind.REVOCATION: revocation_leaves,
        }
    )

    access.refuse_undeclared_routes(app)
    _serve_static(app, settings)
    return app


def _install_login(app: Flask) -> None:
    login = LoginManager()
    login.session_protection = None
    login.anonymous_user = lambda: VISITOR
    login.request_loader(sign_in.load_principal)
    login.init_app(app)


def _serve_static(app: Flask, settings: Settings) -> None:
    if settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies)  # type: ignore[method-assign]
    app.wsgi_app = StaticFiles(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(ROOT / "static"),
        prefix="static/",
        autorefresh=not settings.production,
        allow_all_origins=False,
        max_age=86400,
        immutable_file_test=r"^/?static/vendor/.+\.[0-9a-f]{12}\.",
    )
