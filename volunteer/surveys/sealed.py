"""Answers lie sealed while a survey runs, so that no copy of the database tells what one of them says.

Freezing opens them all at once, under new random keys: what lay beside a ticket in two copies of the database is then
one of all the sealed rows of its community, and nothing says which of the opened ones it became. The key that opens
them is not in the database. One that does not open, altered by hand or sealed with a key we do not have any more, is
left out of what is found only where somebody says so.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from typing import Any

from flask import current_app
from sqlalchemy import delete, insert, select

from models.base import db
from models.surveys import SurveyAnswer, SurveyCampaign
from volunteer.kernel.keys import KeyRing
from volunteer.kernel.sealing import BrokenSeal, seal, unseal

_SEALED = "sealed"
_UNREADABLE = "unreadable"
# Longer than any answer sheet: of one length, so that the length says nothing either.
_WIDTH = 600


def sealed(choices: Mapping[str, str], key: str) -> dict[str, str]:
    """Return an answer's choices as they are kept while its survey runs; raises ValueError for more than fit."""
    told = json.dumps(choices, sort_keys=True)
    if len(told) > _WIDTH:
        raise ValueError(f"an answer sheet of {len(told)} characters")
    return {_SEALED: base64.b64encode(seal(_ring(), told.ljust(_WIDTH), bound_to=_row(key))).decode()}


def opened(choices: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return the choices of a kept answer; of one that was never sealed as they are. Raises BrokenSeal."""
    if _SEALED not in choices:
        return dict(choices)
    told: dict[str, str] = json.loads(unseal(_ring(), base64.b64decode(choices[_SEALED]), bound_to=_row(key)))
    return told


def is_unreadable(choices: Mapping[str, Any]) -> bool:
    """Return whether these stand for an answer that did not open when its survey was frozen."""
    return _UNREADABLE in choices


def open_all(campaign: SurveyCampaign) -> int:
    """Write the answers of a campaign anew, opened, under new keys and in their order; return how many did not open.

    Of those a row without ticks remains: somebody answered, and what they said cannot be told.
    """
    mine = SurveyAnswer.campaign_id == campaign.id
    kept = select(SurveyAnswer.key, SurveyAnswer.area_id, SurveyAnswer.channel, SurveyAnswer.choices).where(mine)
    rows = [
        {
            "key": secrets.token_hex(32),
            "campaign_id": campaign.id,
            "area_id": area_id,
            "channel": channel,
            "choices": _opened_or_not(choices, key),
        }
        for key, area_id, channel, choices in db.session.execute(kept)
    ]
    db.session.execute(delete(SurveyAnswer).where(mine).execution_options(synchronize_session=False))
    if rows:
        db.session.execute(insert(SurveyAnswer), sorted(rows, key=lambda row: str(row["key"])))
    return sum(is_unreadable(row["choices"]) for row in rows)


def _opened_or_not(choices: Any, key: str) -> dict[str, Any]:
    try:
        return opened(choices, key)
    except (BrokenSeal, ValueError, TypeError, AttributeError):  # what was altered may be of any shape
        return {_UNREADABLE: True}


def _ring() -> KeyRing:
    ring: KeyRing = current_app.config["SETTINGS"].keys["document"]
    return ring


def _row(key: str) -> str:
    return f"survey_answer {key}"
