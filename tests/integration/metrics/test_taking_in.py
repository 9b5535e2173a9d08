"""The figures stay equal to the ledgers whatever is written while they are kept or rebuilt."""

from collections.abc import Callable
from datetime import date
from threading import Thread
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, insert, select

from models.base import db
from models.hours import Entry
from models.metrics import FigureDelta, FigureState
from models.volunteers import FigureChange
from tests.factories.ledger import Ledger
from tests.recount import recount
from volunteer.hours.minutes import Source
from volunteer.kernel.periods import WindowKind
from volunteer.metrics import jobs, operations, queries
from volunteer.metrics import ledger as ledgers
from volunteer.metrics.facts import Total

DAY = date(2026, 6, 15)


def assert_figures_equal_the_ledgers(registered: int, minutes: int) -> None:
    expected = recount(db.session.connection(), DAY, "calendar_year", strict=False)["420600"]
    basis = queries.basis_for(DAY, WindowKind.CALENDAR_YEAR, Total.INCLUSIVE, today=DAY)
    city = queries.city()
    assert city is not None
    figures = queries.report(city, basis).whole.figures
    assert (figures.registered, figures.active, figures.minutes) == (
        expected.registered,
        expected.active,
        expected.minutes,
    )
    assert (figures.registered, figures.minutes) == (registered, minutes)


def waiting() -> int:
    return db.session.scalar(select(func.count()).select_from(FigureChange)) or 0


def needs_writers_side_by_side() -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time, so nothing can be written meanwhile")


def meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, write: Callable[[], Any]) -> None:
    """Let another connection commit what `write` writes right after the ledger was read by the function `name`."""
    real, done = getattr(ledgers, name), []

    def read(*args: Any) -> Any:
        result = real(*args)
        rows = result if isinstance(result, dict) else list(result)
        if not done:
            done.append(True)
            thread = Thread(target=write)
            thread.start()
            thread.join()
        return rows

    monkeypatch.setattr(ledgers, name, read)


def test_the_job_empties_the_outbox_and_counts_its_turns(ledger: Ledger, context: Flask) -> None:
    before = db.session.get_one(FigureState, 1).version
    db.session.rollback()
    volunteer = ledger.volunteer("420602001001")
    for day in range(1, 6):
        ledger.serve(volunteer, date(2026, 6, day), 10)
    jobs.take_in_changes()
    db.session.rollback()
    assert waiting() == 0
    assert db.session.get_one(FigureState, 1).version == before + 1
    assert_figures_equal_the_ledgers(11, 505)


def test_an_idle_job_changes_nothing(ledger: Ledger, context: Flask) -> None:
    before = db.session.get_one(FigureState, 1).version
    db.session.rollback()
    jobs.take_in_changes()
    assert db.session.get_one(FigureState, 1).version == before


def test_small_batches_come_to_the_same_as_one(ledger: Ledger, context: Flask) -> None:
    people = [ledger.volunteer("420602001001") for _ in range(4)]
    for volunteer in people:
        ledger.reverse(ledger.serve(volunteer, date(2026, 6, 1), 30), volunteer)
        ledger.serve(volunteer, date(2026, 6, 2), 20, Source.PAPER)
    turns = 0
    while operations.take_in_changes(limit=1):
        db.session.commit()
        turns += 1
    assert turns == len(people)
    assert_figures_equal_the_ledgers(14, 535)


def test_what_is_committed_while_a_batch_is_read_waits_for_the_next(
    ledger: Ledger, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_writers_side_by_side()
    volunteer = ledger.volunteer("420602001001")
    ledger.serve(volunteer, date(2026, 6, 1), 30)
    meanwhile(monkeypatch, "records_of", lambda: ledger.serve(volunteer, date(2026, 6, 2), 45))
    assert operations.take_in_changes() == 2
    db.session.commit()
    assert waiting() == 1
    assert operations.take_in_changes() == 1
    db.session.commit()
    assert_figures_equal_the_ledgers(11, 530)


def test_what_is_committed_during_a_rebuild_is_counted_once(
    ledger: Ledger, context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_writers_side_by_side()
    volunteer = ledger.volunteer("420606001001")
    meanwhile(monkeypatch, "applied_records_below", lambda: ledger.serve(volunteer, date(2026, 6, 2), 45))
    operations.rebuild_figures()
    db.session.commit()
    assert waiting() == 1
    operations.take_in_changes()
    db.session.commit()
    assert_figures_equal_the_ledgers(11, 500)


def test_takers_at_the_same_time_take_each_row_once(ledger: Ledger, app: Flask) -> None:
    for number in range(12):
        volunteer = ledger.volunteer("420602001001")
        ledger.serve(volunteer, date(2026, 6, 1 + number), 10)
    faults: list[BaseException] = []

    def take() -> None:
        with app.app_context():
            try:
                while operations.take_in_changes(limit=3):
                    db.session.commit()
            except BaseException as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with app.app_context():
        assert waiting() == 0
        assert_figures_equal_the_ledgers(22, 575)


def test_figures_that_went_wrong_are_mended_by_the_command(ledger: Ledger, app: Flask) -> None:
    with app.app_context():
        db.session.execute(insert(FigureDelta), [{"area_id": 1, "grain": "d", "starts_on": DAY, "registered": 999}])
        db.session.query(FigureDelta).filter_by(grain="m").delete()
        db.session.commit()
    result = app.test_cli_runner().invoke(args=["figures", "rebuild"])
    assert result.exit_code == 0, result.output
    assert "10 volunteers" in result.output
    with app.app_context():
        assert_figures_equal_the_ledgers(10, 455)
        assert db.session.scalar(select(func.count()).select_from(Entry)) == 8
