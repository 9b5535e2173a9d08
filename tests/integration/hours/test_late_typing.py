"""Typing in what happened long ago: who must say yes, and what the office allows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from models.accounts import Account
from models.audit import AuditEvent
from models.base import db
from models.hours import Proposal, TypedAllowance
from models.notices import Notice
from models.organizations import Organization
from tests.integration.hours.conftest import Scene, page
from tests.integration.hours.test_typed import asked, rows, typed_before
from volunteer.hours import allowances, limit_queries, operations, queries
from volunteer.hours.limits import ORGANIZATION_MINUTES
from volunteer.hours.rules import ProposalState
from volunteer.kernel import clock
from volunteer.kernel.decisions import Refusal
from volunteer.kernel.errors import Conflict, Forbidden, Invalid
from volunteer.kernel.permissions import Role
from volunteer.kernel.volunteer_numbers import make_volunteer_number
from volunteer.volunteers.rules import Relation


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
