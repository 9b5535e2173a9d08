"""Typing in: the photo, the limits, what comes late, and what the office allows."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from io import BytesIO
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from models.hours import PaperSheet, Proposal, TypedAllowance
from models.notices import Notice
from models.organizations import Organization
from tests.client import Browser
from tests.integration.hours.conftest import Scene, at, photo
from volunteer.hours import allowances, limit_queries, limits, operations, proposals, queries
from volunteer.hours.limits import ORGANIZATION_MINUTES, VOLUNTEER_MINUTES
from volunteer.hours.minutes import RULES_VERSION, Source
from volunteer.hours.rules import Cause, ProposalState
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Conflict, DomainError, Forbidden, Invalid
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.volunteers.rules import Relation


@pytest.fixture
def as_(app: Flask) -> Callable[[Account], Browser]:
    return lambda account: Browser(app).sign_in(account)


def page(response: Any) -> str:
    return str(response.get_data(as_text=True))


def asked(scene: Scene, shift: Any, **changes: Any) -> dict[str, Any]:
    return {
        "volunteer_number": scene.volunteer.number,
        "shift": shift.public_id,
        "started_at": f"{clock.to_local(shift.starts_at):%Y-%m-%dT%H:%M}",
        "ended_at": f"{clock.to_local(shift.ends_at):%Y-%m-%dT%H:%M}",
        "reason": "现场断网",
        "evidence": "签到表在居委会",
        "photo": (BytesIO(photo()), "sheet.jpg"),
        **changes,
    }


def rows(scene: Scene, table: Any) -> list[Any]:
    with scene.cast.app.app_context():
        found = list(db.session.scalars(select(table).order_by(table.id)))
        db.session.expunge_all()
        return found


def typed_before(scene: Scene, minutes: int, maker: Account | None = None, days_ago: int = 1, **changes: Any) -> None:
    """Leave minutes that were typed in some days ago, for many volunteers at once."""
    shift = scene.shift(days_ago=40, minutes=120)
    made_at = clock.now() - timedelta(days=days_ago)
    while minutes:
        part = min(minutes, 600)
        minutes -= part
        volunteer_id = changes.get("volunteer_id") or scene.cast.volunteer(name="别的人").id
        values = {
            "volunteer_id": volunteer_id,
            "shift_id": shift.id,
            "organization_id": scene.organization.id,
            "served_on": clock.local_day(shift.starts_at),
            "started_at": shift.starts_at,
            "ended_at": shift.ends_at,
            "minutes": part,
            "source": Source.MANUAL,
            "rules_version": RULES_VERSION,
            "derivation": {},
            "cause": Cause.MANUAL,
            "state": ProposalState.ON_NOTICE,
            "made_by": (maker or scene.third()).id,
            "made_at": made_at,
            **changes,
        }
        scene.cast.add(Proposal(**values))


def bomb() -> bytes:
    out = BytesIO()
    Image.new("1", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


def gif() -> bytes:
    out = BytesIO()
    Image.new("L", (600, 600)).save(out, "GIF")
    return out.getvalue()


class TestPhoto:
    def test_is_drawn_anew_and_shown_to_who_confirms(self, scene: Scene, as_: Any) -> None:
        exif = Image.Exif()
        exif[0x8825] = {1: "N", 2: (32.0, 0.0, 0.0)}
        data = photo(exif=exif)
        as_(scene.owner).submit("/hours/new", asked(scene, scene.shift(), photo=(BytesIO(data), "IMG.jpg")))
        (sheet,), (proposal,) = rows(scene, PaperSheet), scene.proposals()
        assert proposal.sheet_id == sheet.id
        shown = as_(scene.second).get(f"/hours/sheets/{sheet.public_id}/picture").data
        assert not Image.open(BytesIO(shown)).getexif()
        assert f"/hours/sheets/{sheet.public_id}/picture" in page(as_(scene.second).get("/hours/awaiting"))

    @pytest.mark.parametrize(
        ("data", "name", "words"),
        [
            (b"", "sheet.jpg", "打不开这张照片"),
            (b"<!doctype html><script>alert(1)</script>", "sheet.jpg", "打不开这张照片"),
            (gif(), "sheet.jpg", "打不开这张照片"),
            (bomb(), "sheet.png", "像素太多"),
            (photo(60, 60), "sheet.jpg", "看不清字"),
        ],
    )
    def test_that_is_none_is_refused_with_what_was_typed_kept(
        self, scene: Scene, as_: Any, data: bytes, name: str, words: str
    ) -> None:
        refused = page(
            as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), photo=(BytesIO(data), name)), expect=422)
        )
        assert words in refused
        assert "现场断网" in refused
        assert (scene.proposals(), rows(scene, PaperSheet)) == ([], [])

    def test_has_to_be_there(self, scene: Scene, as_: Any) -> None:
        without = asked(scene, scene.shift())
        del without["photo"]
        assert "请选一张照片" in page(as_(scene.owner).post("/hours/new", without, expect=422))

    def test_of_fifty_megabytes_is_not_read(self, scene: Scene, as_: Any) -> None:
        head = b'--typed\r\nContent-Disposition: form-data; name="photo"; filename="sheet.jpg"\r\n\r\n'
        body = head + b"\0" * 50 * 1024 * 1024 + b"\r\n--typed--\r\n"
        as_(scene.owner).post("/hours/new", body, expect=413, content_type="multipart/form-data; boundary=typed")
        assert scene.proposals() == []


class TestTimes:
    @pytest.mark.parametrize(
        ("started", "ended", "words"),
        [
            ("14:00", "13:00", "离开时间要晚于到达时间"),
            ("14:00", "14:00", "离开时间要晚于到达时间"),
            ("14:00", "16:01", "以内"),
            ("13:59", "16:00", "以内"),
        ],
    )
    def test_cross_or_go_beyond_the_shift(self, scene: Scene, as_: Any, started: str, ended: str, words: str) -> None:
        moments = {"started_at": f"{at(started):%Y-%m-%dT%H:%M}", "ended_at": f"{at(ended):%Y-%m-%dT%H:%M}"}
        assert words in page(as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), **moments), expect=422))
        assert scene.proposals() == []

    @pytest.mark.parametrize("typed", ["-1", "0", "1.5", "1e9", "25:00", "2026-11-18T25:00"])
    def test_that_are_none_are_refused(self, scene: Scene, as_: Any, typed: str) -> None:
        refused = page(as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), ended_at=typed), expect=422))
        assert "日期" in refused

    def test_left_out_are_the_planned_of_the_chosen_shift(self, scene: Scene, as_: Any) -> None:
        scene.shift(days_ago=1)
        chosen = scene.shift(days_ago=3)
        as_(scene.owner).submit("/hours/new", asked(scene, chosen, started_at="", ended_at=""))
        (made,) = scene.proposals()
        assert (made.started_at, made.ended_at) == (chosen.starts_at, chosen.ends_at)

    def test_are_both_given_or_none(self, scene: Scene, as_: Any) -> None:
        assert "请选日期和时间" in page(
            as_(scene.owner).post("/hours/new", asked(scene, scene.shift(), ended_at=""), expect=422)
        )
        assert scene.proposals() == []

    def test_in_full_width_digits_are_times(self, scene: Scene, as_: Any) -> None:
        as_(scene.owner).submit("/hours/new", asked(scene, scene.shift(), ended_at="２０２６-１１-１８ １６:００"))
        assert [one.minutes for one in scene.proposals()] == [120]

    def test_of_a_day_of_twenty_five_hours_are_refused(self, scene: Scene) -> None:
        with pytest.raises(Invalid, match="一天最多记 12 小时"):
            scene.typed(scene.shift("00:00", 25 * 60, days_ago=3))
        assert scene.proposals() == []


class TestLimits:
    def test_are_told_before_and_refused_with_what_is_left(self, scene: Scene, as_: Any) -> None:
        typed_before(scene, limits.MAKER_MINUTES - 60, scene.owner)
        desk = as_(scene.owner)
        assert "您还能补录 1.00 小时，全组织还能补录 401.00 小时" in page(desk.get("/hours/new"))
        refused = page(desk.post("/hours/new", asked(scene, scene.shift()), expect=422))
        assert "您 30 天内还能补录 1.00 小时，这次是 2.00 小时" in refused
        assert "主管单位" in refused

    def test_of_an_organization_hold_whoever_types(self, scene: Scene) -> None:
        typed_before(scene, ORGANIZATION_MINUTES - 119)
        with pytest.raises(Invalid, match="周公庙社区志愿服务队") as refused:
            scene.typed(scene.shift())
        assert "还能补录 1.98 小时" in str(refused.value)

    def test_of_a_volunteer_hold_at_all_organizations(self, scene: Scene) -> None:
        elsewhere = scene.cast.organization(name="别的队")
        somebody: dict[str, Any] = {"organization_id": elsewhere.id, "volunteer_id": scene.volunteer.id}
        typed_before(scene, VOLUNTEER_MINUTES - 60, **somebody)
        with pytest.raises(Invalid, match="这位志愿者") as refused:
            scene.typed(scene.shift())
        assert refused.value.field == "volunteer_number"

    def test_forget_what_was_returned_and_what_is_thirty_days_old(self, scene: Scene) -> None:
        typed_before(scene, VOLUNTEER_MINUTES, volunteer_id=scene.volunteer.id, state=ProposalState.RETURNED)
        typed_before(scene, VOLUNTEER_MINUTES, volunteer_id=scene.volunteer.id, days_ago=30)
        assert scene.typed(scene.shift()).minutes == 120

    def test_are_not_touched_by_what_was_scanned(self, scene: Scene) -> None:
        typed_before(scene, ORGANIZATION_MINUTES, cause=Cause.LONG_DAY)
        assert scene.typed(scene.shift()).minutes == 120

    def test_hold_with_two_who_type_at_once(self, scene: Scene) -> None:
        told = two_at_once(scene)
        assert sum("还能补录 0.00 小时" in words for words in told) == 1
        assert sum(one.minutes for one in scene.proposals()) == ORGANIZATION_MINUTES

    def test_would_not_hold_without_the_rows_that_are_taken(
        self, scene: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with scene.cast.app.app_context():
            if db.engine.dialect.name == "sqlite":
                pytest.skip("has one writer at a time anyway")
        both_have_read = Barrier(2)

        def read(*asked: Any) -> limits.Typed:
            typed = limit_queries.typed_by(*asked)
            both_have_read.wait(timeout=20)
            return typed

        monkeypatch.setattr(proposals, "take_limits", lambda *asked: None)
        monkeypatch.setattr(proposals, "typed_by", read)
        two_at_once(scene)
        assert sum(one.minutes for one in scene.proposals()) == ORGANIZATION_MINUTES + 120


def two_at_once(scene: Scene) -> list[str]:
    """Let two people type in two hours each where two are left; return ids of what was proposed, or why it was not."""
    typed_before(scene, ORGANIZATION_MINUTES - 120)
    shift = scene.shift()
    numbers = [scene.volunteer.number, second_number(scene)]

    def type_in(which: tuple[Account, str]) -> str:
        try:
            return scene.typed(shift, by=which[0], volunteer_number=which[1]).public_id
        except DomainError as refused:
            return str(refused)

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(type_in, zip([scene.owner, scene.second], numbers, strict=True)))


def second_number(scene: Scene) -> str:
    """Return the number of one more volunteer."""
    number = make_volunteer_number("420602", date(2025, 3, 1), 8)
    scene.cast.volunteer(name="张建军", number=number)
    return number


class TestBackDated:
    @pytest.fixture
    def official(self, scene: Scene) -> Account:
        account = scene.cast.office(Role.OFFICE_STAFF, "420602", "区文明办小赵")
        scene.cast.volunteer(account, "赵明")
        return account

    def late(self, scene: Scene) -> Proposal:
        return scene.typed(scene.shift(days_ago=20))

    def test_waits_for_the_office_and_not_for_the_organization(self, scene: Scene, as_: Any, official: Account) -> None:
        proposal = self.late(scene)
        with pytest.raises(Refusal, match="要主管单位的人确认"):
            scene.confirm(proposal)
        assert "要主管单位的人确认" in page(as_(scene.second).get("/hours/awaiting"))
        shown = page(as_(official).get("/hours/back-dated"))
        for words in ("李晓梅 · 2.00 小时", "现场断网", "王主任", "签到表在居委会"):
            assert words in shown
        done = page(as_(official).submit(f"/hours/back-dated/{proposal.public_id}/confirmation"))
        assert "公示 7 天后生效" in done
        assert scene.proposals()[0].state is ProposalState.ON_NOTICE

    def test_tells_the_office_of_the_district(self, scene: Scene, official: Account) -> None:
        self.late(scene)
        (told,) = [one for one in rows(scene, Notice) if one.account_id == official.id]
        assert told.link == "/hours/back-dated"

    def test_is_returned_with_a_reason_by_the_office(self, scene: Scene, as_: Any, official: Account) -> None:
        proposal = self.late(scene)
        path = f"/hours/back-dated/{proposal.public_id}/return"
        assert "请填写" in page(as_(official).post(path, {"reason": ""}, expect=422))
        assert "已退回" in page(as_(official).submit(path, {"reason": "签到表上没有这个人"}))
        assert scene.proposals()[0].state is ProposalState.RETURNED

    def test_is_not_confirmed_by_who_made_it_even_from_the_office(self, scene: Scene, as_: Any) -> None:
        scene.cast.grant(scene.owner, Role.OFFICE_STAFF, area=scene.cast.area("420602"))
        proposal = self.late(scene)
        path = f"/hours/back-dated/{proposal.public_id}/confirmation"
        assert "您自己提出的" in page(as_(scene.owner).post(path, expect=409))
        scene.cast.grant(scene.second, Role.OFFICE_STAFF, area=scene.cast.area("420602"))
        assert "您也是这个组织的人" in page(as_(scene.second).post(path, expect=409))

    def test_is_not_confirmed_by_the_volunteer_their_family_or_the_nameless(self, scene: Scene, as_: Any) -> None:
        scene.cast.grant(scene.account, Role.OFFICE_STAFF, area=scene.cast.area("420602"))
        nameless = scene.cast.office(Role.OFFICE_STAFF, "420602", "没登记的")
        path = f"/hours/back-dated/{self.late(scene).public_id}/confirmation"
        assert "自己的时长要由别人确认" in page(as_(scene.account).post(path, expect=409))
        assert "先用自己的证件登记" in page(as_(nameless).post(path, expect=409))
        assert "您还不能确认时长" in page(as_(nameless).get("/hours/back-dated"))

    def test_is_not_confirmed_by_who_acts_for_the_volunteer(self, scene: Scene, as_: Any, official: Account) -> None:
        number = make_volunteer_number("420602", clock.today(), 9)
        scene.cast.volunteer(official, "赵小满", number=number, relation=Relation.CHILD)
        proposal = scene.typed(scene.shift(days_ago=20), volunteer_number=number)
        path = f"/hours/back-dated/{proposal.public_id}/confirmation"
        assert "您替家人管的志愿者" in page(as_(official).post(path, expect=409))

    def test_of_another_district_is_out_of_reach(self, scene: Scene, as_: Any) -> None:
        stranger = scene.cast.office(Role.OFFICE_STAFF, "420606", "外区的")
        scene.cast.volunteer(stranger, "钱多")
        proposal = self.late(scene)
        assert "李晓梅" not in page(as_(stranger).get("/hours/back-dated"))
        as_(stranger).post(f"/hours/back-dated/{proposal.public_id}/confirmation", expect=404)

    def test_in_time_is_no_matter_of_the_office(self, scene: Scene, as_: Any, official: Account) -> None:
        proposal = scene.typed(scene.shift(days_ago=3))
        as_(official).post(f"/hours/back-dated/{proposal.public_id}/confirmation", expect=404)
        assert scene.confirm(proposal).state is ProposalState.ON_NOTICE

    def test_is_said_to_who_types_before_and_after(self, scene: Scene, as_: Any) -> None:
        scene.shift(days_ago=3)
        old, desk = scene.shift(days_ago=40), as_(scene.owner)
        offered = page(desk.get("/hours/new"))
        assert offered.count(" · 由主管单位确认</option>") == 1
        assert "由主管单位的人确认，再公示 7 天" in page(desk.submit("/hours/new", asked(scene, old)))

    def test_ends_after_sixty_days(self, scene: Scene, as_: Any) -> None:
        assert scene.typed(scene.shift(days_ago=60)).minutes == 120
        old = scene.shift(days_ago=61)
        with pytest.raises(Invalid, match="超过 60 天"):
            scene.typed(old)
        assert old.public_id not in page(as_(scene.owner).get("/hours/new"))

    def test_has_one_outcome_when_two_decide_at_once(self, scene: Scene, official: Account) -> None:
        proposal = self.late(scene)

        def decide(act: str) -> str:
            try:
                with scene.writing():
                    kept = queries.proposal_by_public_id(proposal.public_id)
                    if act == "confirm":
                        return operations.confirm(kept, account_id=official.id).state.value
                    return operations.return_proposal(kept, reason="没有", account_id=scene.second.id).state.value
            except Conflict as refused:
                return str(refused)

        with ThreadPoolExecutor(3) as pool:
            told = list(pool.map(decide, ["confirm", "return", "confirm"]))
        final = scene.proposals()[0]
        # Public notice may still be returned; but nothing is confirmed twice, and what was returned stays so.
        assert told.count("on_notice") <= 1
        assert told.count("returned") <= 1
        assert final.state.value == ("returned" if "returned" in told else "on_notice")
        acts = [one.action for one in rows(scene, AuditEvent) if one.action in ("hours.confirm", "hours.return")]
        assert len(acts) == len([one for one in told if one in ("on_notice", "returned")])


class TestAllowance:
    @pytest.fixture
    def official(self, scene: Scene) -> Account:
        return scene.cast.office(Role.OFFICE_STAFF, "420602", "区文明办小赵")

    def path(self, scene: Scene) -> str:
        return f"/hours/organizations/{scene.organization.public_id}/allowances"

    def form(self, **changes: str) -> dict[str, str]:
        return {"hours": "１２０", "until_on": f"{clock.today() + timedelta(days=7)}", "reason": "全市停电", **changes}

    def test_raises_the_limit_tells_the_owners_and_can_be_taken_back(
        self, scene: Scene, as_: Any, official: Account
    ) -> None:
        typed_before(scene, ORGANIZATION_MINUTES)
        desk = as_(official)
        assert "还能补录" in page(desk.get(self.path(scene)))
        assert "加好了" in page(desk.submit(self.path(scene), self.form()))
        assert scene.typed(scene.shift()).minutes == 120
        assert "加了 120.00 小时补录额度" in page(as_(scene.owner).get("/notices/"))
        (allowance,) = rows(scene, TypedAllowance)
        assert "收回了" in page(desk.submit(f"/hours/allowances/{allowance.public_id}/revocation"))
        with pytest.raises(Invalid, match=r"还能补录 0\.00 小时"):
            scene.typed(scene.shift("17:00", 60))
        desk.post(f"/hours/allowances/{allowance.public_id}/revocation", expect=409)
        acts = [one for one in rows(scene, AuditEvent) if one.subject_kind == "typed_allowance"]
        assert [one.action for one in acts] == ["hours.allow_typed", "hours.revoke_allowance"]
        assert acts[0].details["minutes"] == 7200

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"hours": "-1"}, "加 1 到 2000 小时"),
            ({"hours": "0"}, "加 1 到 2000 小时"),
            ({"hours": "1.5"}, "请填整数"),
            ({"hours": "1e9"}, "请填整数"),
            ({"hours": "1000000000"}, "这个数太大了"),
            ({"hours": ""}, "加 1 到 2000 小时"),
            ({"until_on": "2026-11-01"}, "最后一天要在今天以后"),
            ({"until_on": "2099-01-01"}, "最后一天要在今天以后"),
            ({"until_on": "明天"}, "请填写日期"),
            ({"reason": " "}, "请填写"),
        ],
    )
    def test_refuses_bad_input_with_what_was_typed_kept(
        self, scene: Scene, as_: Any, official: Account, changes: dict[str, str], words: str
    ) -> None:
        refused = page(as_(official).post(self.path(scene), self.form(**changes), expect=422))
        assert words in refused
        assert "reason" in changes or "全市停电" in refused
        assert rows(scene, TypedAllowance) == []

    def test_ends_by_itself(self, scene: Scene, official: Account) -> None:
        with scene.writing():
            until_on = clock.today() + timedelta(days=3)
            organization = db.session.get_one(Organization, scene.organization.id)
            allowances.allow_typed(organization, hours=1, until_on=until_on, reason="停电", account_id=official.id)
            assert limit_queries.allowed_at(scene.organization.id, until_on) == 60
            assert limit_queries.allowed_at(scene.organization.id, until_on + timedelta(days=1)) == 0

    def test_is_no_matter_for_the_organization_nor_for_another_district(self, scene: Scene, as_: Any) -> None:
        as_(scene.owner).post(self.path(scene), self.form(), expect=403)
        as_(scene.cast.office(Role.OFFICE_STAFF, "420606")).post(self.path(scene), self.form(), expect=404)
        scene.cast.grant(scene.owner, Role.OFFICE_ADMIN, area=scene.cast.area("420600"))
        assert "您也是这个组织的人" in page(as_(scene.owner).post(self.path(scene), self.form(), expect=422))
        with pytest.raises(Forbidden), scene.writing():
            allowances.allow_typed(
                scene.organization, hours=1, until_on=clock.today(), reason="停电", account_id=scene.owner.id
            )
