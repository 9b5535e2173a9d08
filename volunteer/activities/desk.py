"""What all pages of activities share: their address, the activity that is managed, and what its pages show."""

from typing import Any

from flask import Blueprint

from models.activities import Activity
from volunteer.activities import queries
from volunteer.activities.rules import ACTIVITY_STATUS_LABELS, RISK_LEVEL_LABELS, ActivityStatus
from volunteer.activities.shift_rules import SHIFT_PHASE_LABELS, ShiftPhase
from volunteer.areas.queries import full_name
from volunteer.kernel import clock
from volunteer.kernel.categories import CATEGORY_LABELS
from volunteer.kernel.permissions import Permission
from volunteer.web.access import require_at
from volunteer.web.addresses import public_address

bp = Blueprint("activities", __name__, url_prefix="/activities")

STATUS_KINDS = {
    ActivityStatus.DRAFT: "quiet",
    ActivityStatus.PUBLISHED: "done",
    ActivityStatus.CANCELLED: "wrong",
    ActivityStatus.CLOSED: "quiet",
}


def managed(public_id: str) -> Activity:
    """Return an activity that the reader manages; whoever does not gets 404."""
    activity = queries.activity_by_public_id(public_id)
    require_at(Permission.MANAGE_ACTIVITIES, queries.scope_of(activity))
    return activity


def page_of(activity: Activity) -> dict[str, Any]:
    """Return what the pages of one activity show."""
    return {
        "activity": activity,
        "organization": activity.organization,
        "area_name": full_name(activity.area),
        "shifts": queries.offered(activity, clock.now()),
        **words(),
    }


def words() -> dict[str, Any]:
    """Return the labels that the pages put into words."""
    return {
        "CATEGORIES": CATEGORY_LABELS,
        "STATUSES": ACTIVITY_STATUS_LABELS,
        "STATUS_KINDS": STATUS_KINDS,
        "PHASES": SHIFT_PHASE_LABELS,
        "Phase": ShiftPhase,
        "RISKS": RISK_LEVEL_LABELS,
    }


def public_url(activity: Activity) -> str:
    """Return the whole address at which everybody reads an activity."""
    return public_address("activities.show", public_id=activity.public_id)
