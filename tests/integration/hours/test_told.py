"""Who is told what when hours are written, confirmed, returned or taken back."""

from typing import Any

import time_machine
from sqlalchemy import select

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from models.notices import Notice
from tests.integration.hours.conftest import Scene, at, page, photo
from volunteer.hours import jobs, operations, papers, queries
from volunteer.hours.paper_rules import PaperRow
from volunteer.kernel import clock
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.notices.rules import NoticeKind, unpacked
from volunteer.volunteers.rules import Relation


def told(scene: Scene, account: Account | None = None) -> list[str]:
    """Return what an account (the volunteer's by default) was told, in order."""
    with scene.cast.app.app_context():
        who = (account or scene.account).id
        found = db.session.scalars(select(Notice).where(Notice.account_id == who).order_by(Notice.id))
        return [str(unpacked(one.text, one.params, clock.now())) for one in found]


def end_notices(scene: Scene) -> None:
    with time_machine.travel(at("01:00", -8)), scene.cast.app.app_context():
        jobs.end_public_notices()


def test_a_volunteer_follows_what_others_typed_in_to_its_effect(scene: Scene, as_: Any) -> None:
    proposal = scene.typed(scene.shift())
    scene.confirm(proposal)
    end_notices(scene)
    proposed, shown, effective = told(scene)
    assert "周公庙社区志愿服务队提出给李晓梅记“周末清洁护城河”2.00 小时（补录）" in proposed
    assert "这不是我做的" in proposed
    assert "公示到" in shown
    assert "生效了" in effective
    mine = as_(scene.account)
    assert "王主任" not in page(mine.get("/notices/"))
    with scene.cast.app.app_context():
        notice = db.session.scalars(select(Notice).order_by(Notice.id)).first()
    assert notice is not None
    assert (notice.kind, notice.link) == (NoticeKind.HOURS_PROPOSED, f"/hours/{proposal.public_id}")
    record = page(mine.submit(f"/notices/{notice.public_id}/open"))
    assert "这不是我做的" in record
    path = record.split('href="')
    asking = next(one.split('"')[0] for one in path if "not_mine" in one.split('"')[0])
    assert "这次服务我没有参加" in page(mine.get(asking))


def test_returned_minutes_and_taken_back_ones_are_told_with_the_reason(scene: Scene) -> None:
    proposal = scene.typed(scene.shift())
    with scene.writing():
        kept = queries.proposal_by_public_id(proposal.public_id)
        operations.return_proposal(kept, reason="签到表上没有", account_id=scene.second.id)
    assert "被退回，没有记入：签到表上没有" in told(scene)[-1]
    scene.serve(scene.shift("09:00"), at("09:00"), at("10:00"))
    before = len(told(scene))
    reversal = scene.reversal(scene.entries()[0])
    assert len(told(scene)) == before
    scene.confirm(reversal)
    assert "冲销了李晓梅的“周末清洁护城河”1.00 小时：签到的不是本人" in told(scene)[-1]


def test_a_scan_tells_nobody_what_the_screen_has_said(scene: Scene) -> None:
    scene.serve(scene.shift(), at("14:00"), at("16:00"))
    assert told(scene) == []


def test_of_a_child_the_account_that_acts_for_it_is_told(scene: Scene) -> None:
    number = make_volunteer_number("420602", clock.today(), 9)
    scene.cast.volunteer(scene.account, "李小满", number=number, relation=Relation.CHILD)
    scene.typed(scene.shift(), volunteer_number=number)
    assert "给李小满记" in told(scene)[0]


def test_who_tells_their_own_end_is_not_told_so(scene: Scene, as_: Any) -> None:
    shift = scene.shift()
    scene.forget(shift)
    path = f"/hours/forgotten/{scene.volunteer.public_id}/{shift.public_id}"
    as_(scene.account).submit(path, {"ended_at": f"{at('15:00'):%Y-%m-%dT%H:%M}", "reason": "没电了"})
    assert told(scene) == []


def test_everybody_on_a_sheet_is_told(scene: Scene) -> None:
    shift = scene.shift()
    with scene.writing():
        kept = queries.shift_by_public_id(shift.public_id)
        sheet = papers.add_sheet(kept, photo=photo(), account_id=scene.owner.id)
        row = PaperRow(0, scene.volunteer.number, at("14:00").time(), at("16:00").time())
        papers.propose_paper(sheet, [row], reason="停电", account_id=scene.owner.id)
    assert "（纸质签到）" in told(scene)[0]


def test_the_trail_says_which_minutes_and_names_nobody(scene: Scene) -> None:
    shift = scene.shift()
    scene.confirm(scene.typed(shift))
    with scene.cast.app.app_context():
        rows = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    (confirmed,) = [one for one in rows if one.action == "hours.confirm"]
    assert confirmed.details == {
        "activity": scene.activity.public_id,
        "shift": shift.public_id,
        "day": "2026-11-18",
        "kind": "credit",
        "minutes": 120,
        "source": "manual",
        "cause": "manual",
        "state": "on_notice",
    }
    assert not any("李晓梅" in str(one.details) for one in rows)
