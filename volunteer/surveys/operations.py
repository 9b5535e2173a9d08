"""Writing the results of surveys."""

from datetime import date

from models.areas import Area
from models.base import db
from models.surveys import SurveyResult
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Invalid
from volunteer.kernel.text import N_
from volunteer.surveys.rules import check_result

FIRST_SURVEY = date(2000, 1, 1)


def record_result(
    area: Area,
    *,
    held_on: date,
    supporting: int,
    valid_answers: int,
    is_official: bool,
    source: str,
    account_id: int | None,
) -> SurveyResult:
    """Store the result of one survey in an area; raise Invalid on the field that makes it impossible."""
    if held_on > clock.today():
        raise Invalid(N_("调查日期不能在今天以后"), field="held_on")
    if held_on < FIRST_SURVEY:
        raise Invalid(N_("调查日期太早，请再核对一遍"), field="held_on")
    check_result(supporting, valid_answers)
    result = SurveyResult(
        area_id=area.id,
        held_on=held_on,
        supporting=supporting,
        valid_answers=valid_answers,
        is_official=is_official,
        source=source,
        recorded_at=clock.now(),
        recorded_by=account_id,
    )
    db.session.add(result)
    db.session.flush()
    details = {"held_on": held_on.isoformat(), "supporting": supporting, "valid_answers": valid_answers}
    record("surveys.record", "survey", result.public_id, account_id=account_id, lineage=area.lineage, **details)
    return result
