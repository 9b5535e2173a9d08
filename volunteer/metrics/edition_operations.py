"""Writing editions and survey results."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import broken_constraint, db
from models.metrics import Edition as EditionRow
from models.metrics import EditionIndicator, SurveyResult
from volunteer.areas.overview import city_lineage
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.text import N_
from volunteer.metrics.edition_queries import stored_editions
from volunteer.metrics.editions import SHIPPED_EDITION, Edition, check_edition
from volunteer.metrics.rules import INDICATORS, check_survey

LONGEST_EDITION_NAME = 100
FIRST_SURVEY = date(2000, 1, 1)


def save_edition(edition: Edition, *, public_id: str | None = None, account_id: int | None) -> str:
    """Store a new edition, or `edition` in place of the one with `public_id`; return its public id.

    Raises Invalid or Conflict on the field that keeps it from standing beside the others.
    """
    db.session.execute(select(EditionRow.id).order_by(EditionRow.id).with_for_update()).all()
    kept = stored_editions()
    before = next((stored.edition for stored in kept if stored.public_id == public_id), None)
    others = [stored.edition for stored in kept if stored.public_id != public_id]
    if any(other.name == edition.name for other in others):
        raise Conflict(N_("已经有一个叫“%(name)s”的测评体系"), field="name", name=edition.name)
    check_edition(edition, others)
    row = _row(public_id)
    row.name, row.city_kind = edition.name, edition.city_kind.value
    row.effective_from, row.effective_to = edition.effective_from, edition.effective_to
    db.session.add(row)
    _flush_edition()
    _put_standards(row, edition)
    details = {"after": _in_words(edition)} | ({"before": _in_words(before)} if before else {})
    verb = "edit" if before else "create"
    record(f"editions.{verb}", "edition", row.public_id, account_id=account_id, lineage=city_lineage(), **details)
    return row.public_id


def ensure_shipped_edition() -> bool:
    """Store the 2017 edition unless an edition is there; return whether it was stored."""
    if db.session.scalar(select(EditionRow.id).limit(1)) is not None:
        return False
    save_edition(SHIPPED_EDITION, account_id=None)
    return True


def record_survey(
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
    check_survey(supporting, valid_answers)
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


def _row(public_id: str | None) -> EditionRow:
    if public_id is None:
        return EditionRow()
    row = db.session.scalar(select(EditionRow).where(EditionRow.public_id == public_id))
    if row is None:
        raise NotFound(N_("没有找到这个测评体系"))
    return row


def _flush_edition() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) == "edition.name":
            raise Conflict(N_("已经有同名的测评体系"), field="name") from None
        raise


def _put_standards(row: EditionRow, edition: Edition) -> None:
    kept = {indicator.code: indicator for indicator in row.indicators}
    for position, code in enumerate(INDICATORS):
        standard = edition.standards.get(code)
        held = kept.get(code.value)
        if standard is None:
            if held is not None:
                db.session.delete(held)
            continue
        if held is None:
            held = EditionIndicator(edition_id=row.id, code=code.value)
            db.session.add(held)
        held.position, held.label, held.clause = position, standard.label, standard.clause
        held.threshold_numerator, held.threshold_denominator = standard.threshold.as_integer_ratio()
    db.session.flush()
    db.session.expire(row, ["indicators"])


def _in_words(edition: Edition) -> dict[str, str]:
    """Return an edition as the trail keeps it, thresholds as exact fractions."""
    return {
        "name": edition.name,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": edition.effective_to.isoformat() if edition.effective_to else "",
        **{code.value: str(standard.threshold) for code, standard in edition.standards.items()},
    }
