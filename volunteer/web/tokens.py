"""Every request that may change something brings the token of a page of ours (CSRF)."""

from flask import Flask, current_app, request
from flask_wtf.csrf import CSRFProtect

from volunteer.web.transactions import READING_METHODS

# These pages ask with a form that checks the token itself, so that what was typed is kept when it is missing or old.
KEEPS_TYPED = frozenset(
    {
        "accounts.change_password",
        "accounts.sign_in",
        "accounts.sign_up",
        "activities.create",
        "activities.edit",
        "admin.choose_edition",
        "admin.create_clause",
        "admin.create_edition",
        "admin.edit_clause",
        "admin.edit_edition",
        "admin.move_area",
        "admin.show_star_scale",
        "api.list_tokens",
        "certificates.create",
        "certificates.create_batch",
        "certificates.create_for",
        "evidence.add_item",
        "evidence.assign",
        "evidence.edit_item",
        "evidence.withdraw_item",
        "hours.add_sheet",
        "hours.allow_typed",
        "hours.answer",
        "hours.answer_objection",
        "hours.answer_objection_for_office",
        "hours.answer_for_office",
        "hours.ask",
        "hours.enter_sheet",
        "hours.object_to",
        "hours.propose_typed",
        "hours.return_back_dated",
        "maps.upload",
        "organizations.create",
        "organizations.edit",
        "records.dispute",
        "records.evaluate",
        "records.record_commendation",
        "records.record_training",
        "records.withdraw",
        "signals.judge",
        "stations.dismiss",
        "supervision.answer",
        "supervision.create",
        "supervision.discard",
        "supervision.draft",
        "supervision.judge",
        "supervision.release",
        "supervision.save_texts",
        "supervision.show_weights",
        "supervision.withdraw",
        "surveys.answer",
        "surveys.create_campaign",
        "surveys.edit_quotas",
        "surveys.enter_code",
        "surveys.interview",
        "surveys.make_pass",
        "surveys.print_tickets",
        "surveys.record_result",
        "volunteers.create",
        "volunteers.edit",
    }
)


def install(app: Flask) -> None:
    """Refuse a changing request without its token; the pages of `KEEPS_TYPED` refuse it on their form."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    guard = CSRFProtect(app)

    @app.before_request
    def ask_for_token() -> None:
        if request.method in READING_METHODS or not current_app.config["WTF_CSRF_ENABLED"]:
            return
        if request.endpoint not in KEEPS_TYPED:
            guard.protect()
