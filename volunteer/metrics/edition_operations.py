"""Writing editions, their clauses, and which series an area is measured by. Every saving is kept as a version."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from models.areas import Area
from models.base import broken_constraint, db
from models.metrics import Edition as EditionRow
from models.metrics import EditionChoice, EditionClause, EditionIndicator, EditionVersion
from volunteer.areas.overview import city_lineage
from volunteer.areas.rules import AreaLevel
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid, NotFound
from volunteer.kernel.text import N_
from volunteer.metrics.edition_queries import choosers_of, clauses_of, editions_in_store, stored_editions
from volunteer.metrics.edition_versions import content_of
from volunteer.metrics.editions import (
    SHIPPED_CLAUSES,
    SHIPPED_EDITION,
    SHIPPED_SERIES,
    Clause,
    Edition,
    Standard,
    check_clause,
    check_edition,
    edition_in_force,
)
from volunteer.metrics.rules import INDICATORS

_MOST_NAMED = 5


def save_edition(
    edition: Edition,
    *,
    public_id: str | None = None,
    account_id: int | None,
    reason: str = "",
    clauses: Sequence[Clause] = (),
) -> str:
    """Store a new edition with its `clauses`, or `edition` in place of the one with `public_id`; return its public id.

    Raises Invalid or Conflict on the field that keeps it from standing beside the others, and on "reason" where one
    that has begun would change, or one would begin before today, without.
    """
    _hold_editions()
    kept = stored_editions()
    before = next((stored.edition for stored in kept if stored.public_id == public_id), None)
    others = [stored.edition for stored in kept if stored.public_id != public_id]
    _refuse_name(edition, others)
    check_edition(edition, others)
    _require_reason(before, edition, reason)
    row = _row(public_id)
    if before:
        _refuse_leaving_series(before, edition)
        _keep_first_version(row)
    row.name, row.series, row.city_kind = edition.name, edition.series, edition.city_kind.value
    row.effective_from, row.effective_to = edition.effective_from, edition.effective_to
    db.session.add(row)
    _flush_edition()
    _put_standards(row, edition)
    if before is None:
        _add_clauses(row, clauses)
    _keep_version(row, reason, account_id)
    details = {"after": _in_words(edition)} | ({"before": _in_words(before)} if before else {})
    verb = "edit" if before else "create"
    record(f"editions.{verb}", "edition", row.public_id, account_id=account_id, lineage=city_lineage(), **details)
    return row.public_id


def ensure_shipped_edition() -> bool:
    """Store the 2017 edition unless an edition is there; return whether it was stored.

    One that was stored before clauses were known gets the shipped ones.
    """
    row = db.session.scalar(select(EditionRow).order_by(EditionRow.id).limit(1))
    if row is None:
        save_edition(SHIPPED_EDITION, clauses=SHIPPED_CLAUSES, account_id=None, reason="随系统提供")
        return True
    if row.name == SHIPPED_EDITION.name and not clauses_of(row.public_id) and not _has_versions(row):
        _keep_first_version(row)
        _add_clauses(row, SHIPPED_CLAUSES)
        _keep_version(row, "补上随系统提供的条款", None)
    return False


def save_clause(
    edition_public_id: str, clause: Clause, *, public_id: str | None = None, reason: str = "", account_id: int | None
) -> str:
    """Add a clause to an edition, or put it in place of the one with `public_id`; return its public id.

    Raises Invalid or Conflict on the field that is wrong.
    """
    row = _begin_clause_change(edition_public_id)
    kept = clauses_of(edition_public_id)
    check_clause(clause, [one.clause for one in kept if one.public_id != public_id])
    held = _clause_row(row, public_id) if public_id else EditionClause(edition_id=row.id, position=len(kept))
    _write_clause(held, clause)
    db.session.add(held)
    _flush_clause()
    _order_clauses(row)
    _end_clause_change(row, f"editions.clause_{'edit' if public_id else 'add'}", clause.code, reason, account_id)
    return held.public_id


def remove_clause(edition_public_id: str, public_id: str, *, reason: str = "", account_id: int | None) -> str:
    """Take a clause out of an edition and return its code; materials collected for it stay in their dossiers."""
    row = _begin_clause_change(edition_public_id)
    held = _clause_row(row, public_id)
    code = held.code
    db.session.delete(held)
    db.session.flush()
    _end_clause_change(row, "editions.clause_remove", code, reason, account_id)
    return code


def check_choice(area: Area, series: str, effective_from: date) -> None:
    """Raise Invalid on its field where an area cannot be measured by a series from a day on."""
    if area.level not in (AreaLevel.CITY, AreaLevel.DISTRICT):
        raise Invalid(N_("只有全市和区（县）可以选测评体系"), field="area")
    editions = editions_in_store()
    if series not in {edition.series for edition in editions}:
        raise Invalid(N_("没有这个系列，请先新建它的版本"), field="series")
    if edition_in_force(editions, effective_from, series) is None:
        raise Invalid(N_("这一天这个系列没有有效的版本，请换一天或先补上版本"), field="effective_from")


def choose_series(area: Area, series: str, *, effective_from: date, reason: str, account_id: int | None) -> str:
    """Let a city or district be measured by a series from a day on; return the choice's public id.

    Raises Invalid on "series" or "effective_from" where no edition of the series is in force on that day.
    """
    check_choice(area, series, effective_from)
    choice = EditionChoice(
        area_id=area.id,
        series=series,
        effective_from=effective_from,
        reason=reason,
        made_at=clock.now(),
        made_by=account_id,
    )
    db.session.add(choice)
    db.session.flush()
    details = {"series": series, "effective_from": effective_from.isoformat(), "reason": reason}
    record("editions.choose", "area", area.code, account_id=account_id, lineage=area.lineage, **details)
    return choice.public_id


def _hold_editions() -> None:
    """Let savings wait for each other, so that two cannot overlap unseen."""
    db.session.execute(select(EditionRow.id).order_by(EditionRow.id).with_for_update()).all()


def _refuse_name(edition: Edition, others: Sequence[Edition]) -> None:
    if any(other.name == edition.name for other in others):
        raise Conflict(N_("已经有一个叫“%(name)s”的测评体系"), field="name", name=edition.name)


def _refuse_leaving_series(before: Edition, after: Edition) -> None:
    """Nobody may be left without an edition, today or on a day that is over, by a changed word."""
    if after.series == before.series:
        return
    areas = choosers_of(before.series)
    if areas:
        raise Conflict(
            N_("%(areas)s选用了系列“%(series)s”，这个版本不能改到别的系列；要换标准，请新建版本"),
            field="series",
            areas="、".join([*areas[:_MOST_NAMED], *(["…"] if len(areas) > _MOST_NAMED else [])]),
            series=before.series,
        )
    if before.series == SHIPPED_SERIES:
        raise Conflict(
            N_("没有另选系列的区划都按系列“%(series)s”对照，这个版本不能改到别的系列；要换标准，请新建版本"),
            field="series",
            series=before.series,
        )
    if before.effective_from <= clock.today():
        raise Conflict(N_("这个版本已经生效，不能改到别的系列；要换标准，请新建版本"), field="series")


def _require_reason(before: Edition | None, after: Edition, reason: str) -> None:
    """What has begun, or is made to have begun, changes the conclusions of days that are over."""
    if reason.strip():
        return
    if before is not None and before.effective_from <= clock.today():
        raise Invalid(N_("这个版本已经生效，请写明为什么要改"), field="reason")
    if after.effective_from < clock.today():
        raise Invalid(N_("生效日期在今天以前，过去的达标结论会跟着变，请写明原因"), field="reason")


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
        held.grades = _grades(standard)
    db.session.flush()
    db.session.expire(row, ["indicators"])


def _grades(standard: Standard) -> list[dict[str, Any]]:
    return [
        {"grade": grade.name, "numerator": grade.floor.numerator, "denominator": grade.floor.denominator}
        for grade in standard.grades
    ]


def _add_clauses(row: EditionRow, clauses: Sequence[Clause]) -> None:
    for position, clause in enumerate(clauses):
        held = EditionClause(edition_id=row.id, position=position)
        _write_clause(held, clause)
        db.session.add(held)
    db.session.flush()


def _write_clause(held: EditionClause, clause: Clause) -> None:
    held.code, held.title, held.words = clause.code, clause.title, clause.words
    held.wants = [kind.value for kind in clause.wants]
    held.indicator = clause.indicator.value if clause.indicator else ""


def _clause_row(row: EditionRow, public_id: str) -> EditionClause:
    found = db.session.scalar(
        select(EditionClause).where(EditionClause.edition_id == row.id, EditionClause.public_id == public_id)
    )
    if found is None:
        raise NotFound(N_("没有找到这一条"))
    return found


def _flush_clause() -> None:
    try:
        db.session.flush()
    except IntegrityError as error:
        if broken_constraint(error) == "edition_clause.edition_id,edition_clause.code":
            raise Conflict(N_("这个编号已经用在另一条上"), field="code") from None
        raise


def _order_clauses(row: EditionRow) -> None:
    """Keep the clauses in the order of their codes, 1.10 after 1.9."""
    rows = db.session.scalars(select(EditionClause).where(EditionClause.edition_id == row.id)).all()
    for position, held in enumerate(sorted(rows, key=lambda one: code_order(one.code))):
        held.position = position
    db.session.flush()


def code_order(code: str) -> list[tuple[int, int, str]]:
    """Return by what codes are sorted: their parts, numbers by their size and before words."""
    return [(0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in code.split(".")]


def _begin_clause_change(edition_public_id: str) -> EditionRow:
    _hold_editions()
    row = _row(edition_public_id)
    _keep_first_version(row)
    return row


def _end_clause_change(row: EditionRow, act: str, code: str, reason: str, account_id: int | None) -> None:
    if row.effective_from <= clock.today() and not reason.strip():
        raise Invalid(N_("这个版本已经生效，请写明为什么要改"), field="reason")
    _keep_version(row, reason, account_id)
    record(act, "edition", row.public_id, account_id=account_id, lineage=city_lineage(), clause=code, reason=reason)


def _has_versions(row: EditionRow) -> bool:
    return db.session.scalar(select(EditionVersion.id).where(EditionVersion.edition_id == row.id).limit(1)) is not None


def _keep_first_version(row: EditionRow) -> None:
    """Keep what an edition said before its first change, where it is older than its history."""
    if not _has_versions(row):
        db.session.add(_version(row, "", None))
        db.session.flush()


def _keep_version(row: EditionRow, reason: str, account_id: int | None) -> None:
    db.session.add(_version(row, reason, account_id))
    db.session.flush()


def _version(row: EditionRow, reason: str, account_id: int | None) -> EditionVersion:
    stored = next(one for one in stored_editions() if one.public_id == row.public_id)
    content = content_of(stored.edition, [one.clause for one in clauses_of(row.public_id)])
    return EditionVersion(
        edition_id=row.id, content=content, reason=reason.strip(), made_at=clock.now(), made_by=account_id
    )


def _in_words(edition: Edition) -> dict[str, str]:
    """Return an edition as the trail keeps it, thresholds as exact fractions."""
    return {
        "name": edition.name,
        "effective_from": edition.effective_from.isoformat(),
        "effective_to": edition.effective_to.isoformat() if edition.effective_to else "",
        **{code.value: str(standard.threshold) for code, standard in edition.standards.items()},
    }
