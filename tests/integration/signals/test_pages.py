"""Who reads signals, who judges them, and what the pages say."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.accounts import Account, RoleGrant
from models.audit import AuditEvent
from models.base import db
from models.signals import Signal
from models.volunteers import Volunteer
from tests.client import Browser
from tests.integration.signals.conftest import FAR, NOW, PHONE, STARTS_AT, Field, at
from volunteer.kernel.permissions import Role
from volunteer.signals.rules import SignalKind, Verdict

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
SENTINEL = "不该看到的活动"


@pytest.fixture
def odd(scene: Field) -> Signal:
    """Return the signal of 李晓梅, whose telephone was elsewhere."""
    scene.serve(scene.person("李晓梅"), location=at(FAR))
    (signal,) = scene.signals()
    return signal


def browser_of(scene: Field, account: Account) -> Browser:
    return Browser(scene.cast.app).sign_in(account)


@pytest.fixture
def office(scene: Field) -> Browser:
    """Return the browser of the district's staff."""
    return browser_of(scene, scene.cast.office(Role.OFFICE_STAFF, "420602"))


def trail(scene: Field) -> list[AuditEvent]:
    with scene.writing():
        found = db.session.scalars(select(AuditEvent).where(AuditEvent.action.startswith("signals.")))
        return list(found.all())


class TestReading:
    def test_the_list_says_what_was_seen_where(self, scene: Field, odd: Signal, office: Browser) -> None:
        page = office.get("/signals/").text

        assert "手机报的位置离现场 54,597 米，误差 20 米" in page
        assert "周末清洁护城河" in page
        assert "李晓梅" not in page

    def test_the_list_is_handed_out_as_it_is_chosen_and_names_nobody(
        self, scene: Field, odd: Signal, office: Browser
    ) -> None:
        assert (
            f"/signals/list.csv?state=open&amp;kind={odd.kind.value}" in office.get(f"/signals/?kind={odd.kind}").text
        )
        text = office.get("/signals/list.csv").data.decode("utf-8-sig")
        assert "手机报的位置离现场 54,597 米" in text
        assert "待判断" in text
        assert "李晓梅" not in text
        assert "54,597" not in office.get("/signals/list.csv?state=fine").data.decode("utf-8-sig")
        stranger = browser_of(scene, scene.cast.office(Role.OFFICE_STAFF, "420606"))
        assert "54,597" not in stranger.get("/signals/list.csv").data.decode("utf-8-sig")

    def test_a_signal_explains_itself_with_innocent_reasons_people_and_their_minutes(
        self, scene: Field, odd: Signal, office: Browser
    ) -> None:
        page = office.get(f"/signals/{odd.public_id}").text

        for words in ("54,597 米", "在室内或高楼之间，手机定位会偏", "李晓梅", "14:00", "16:00", "待确认", "不处罚谁"):
            assert words in page

    def test_the_owner_reads_masked_names_and_judges_nothing(self, scene: Field, odd: Signal) -> None:
        owner = browser_of(scene, scene.owner)
        page = owner.get(f"/signals/{odd.public_id}").text

        assert "李**" in page
        assert "李晓梅" not in page
        assert "您的判断" not in page
        assert "54,597" in owner.get("/signals/").text
        owner.post(f"/signals/{odd.public_id}", {"verdict": "fine"}, expect=403)

    @pytest.mark.parametrize("role", [Role.ORGANIZER, Role.CHECKER])
    def test_others_of_the_organization_do_not_read(self, scene: Field, odd: Signal, role: Role) -> None:
        account = scene.cast.account("组织里的人")
        scene.cast.grant(account, role, organization=scene.organization)
        browser = browser_of(scene, account)
        browser.get("/signals/", expect=403)
        browser.get(f"/signals/{odd.public_id}", expect=403)

    def test_a_list_is_filtered_by_kind_verdict_and_person(self, scene: Field, odd: Signal, office: Browser) -> None:
        for name in ("甲一", "乙二", "丙三"):
            scene.serve(scene.person(name), device=PHONE)
        shared = scene.signals()[-1]
        office.post(f"/signals/{shared.public_id}", {"verdict": "fine"})

        def shown(query: str) -> tuple[bool, bool]:
            page = office.get(f"/signals/?{query}").text
            return f"/signals/{odd.public_id}" in page, f"/signals/{shared.public_id}" in page

        assert shown("") == (True, False)
        assert shown("state=fine") == (False, True)
        assert shown("state=follow_up") == (False, False)
        assert shown("state=all") == (True, True)
        assert shown("state=all&kind=one_device") == (False, True)
        assert shown(f"state=all&about={shared.facts['volunteers'][1]}") == (False, True)
        assert shown("state=nonsense&kind=nonsense&about=%25") == (True, False)

    def test_long_lists_have_pages_the_newest_first(self, scene: Field, office: Browser) -> None:
        for number in range(21):
            scene.serve(scene.person(f"甲{number}"), location=at(FAR))
        newest, oldest = scene.signals()[-1].public_id, scene.signals()[0].public_id
        first, second = office.get("/signals/").text, office.get("/signals/?page=2").text

        assert (newest in first, oldest in first) == (True, False)
        assert (newest in second, oldest in second) == (False, True)


class TestScope:
    """Nothing of another district is anywhere to be read."""

    @pytest.fixture
    def elsewhere(self, scene: Field) -> Signal:
        """Return a signal of another district."""
        cast = scene.cast
        organization = cast.organization(area_id=cast.area("420606001001").id, name="樊城的志愿服务队")
        activity = cast.activity(organization, SENTINEL, latitude=0.0, longitude=0.0)
        shift = cast.shift(activity, STARTS_AT)
        volunteer = scene.person("樊城的人")
        scene.come(volunteer, shift=shift, location=at(FAR))
        scene.leave(volunteer, shift=shift)
        running = cast.shift(activity, NOW - HOUR)
        scene.event(scene.person("正在服务"), NOW - HOUR, shift=running)
        return scene.signals()[-1]

    def test_staff_of_one_district_and_owners_never_see_the_others(
        self, scene: Field, odd: Signal, elsewhere: Signal, office: Browser
    ) -> None:
        for browser in (office, browser_of(scene, scene.owner)):
            for address in ("/signals/", "/signals/?state=all", f"/signals/?state=all&about={_person(scene)}"):
                page = browser.get(address).text
                assert SENTINEL not in page
                assert "樊城" not in page
            browser.get(f"/signals/{elsewhere.public_id}", expect=404)
        office.post(f"/signals/{elsewhere.public_id}", {"verdict": "fine"}, expect=404)
        assert SENTINEL not in office.get("/signals/running").text
        assert trail(scene) == []

    def test_the_city_and_the_other_district_see_it(self, scene: Field, odd: Signal, elsewhere: Signal) -> None:
        for code in ("420600", "420606"):
            browser = browser_of(scene, scene.cast.office(Role.OFFICE_STAFF, code))
            assert SENTINEL in browser.get("/signals/").text
            assert SENTINEL in browser.get(f"/signals/{elsewhere.public_id}").text
            assert SENTINEL in browser.get("/signals/running").text

    def test_a_grant_that_was_taken_back_shows_nothing_any_more(self, scene: Field, odd: Signal) -> None:
        account = scene.cast.office(Role.OFFICE_STAFF, "420602")
        browser = browser_of(scene, account)
        browser.get("/signals/")
        with scene.writing():
            grant = db.session.scalars(select(RoleGrant).where(RoleGrant.account_id == account.id)).one()
            grant.revoked_at = NOW
        browser.get("/signals/", expect=403)
        browser.get(f"/signals/{odd.public_id}", expect=403)


def _person(scene: Field) -> str:
    with scene.writing():
        return db.session.scalars(select(Volunteer.public_id).where(Volunteer.name == "樊城的人")).one()


class TestJudging:
    def test_a_verdict_is_kept_said_and_trailed_and_changes_no_minutes(
        self, scene: Field, odd: Signal, office: Browser
    ) -> None:
        page = office.submit(f"/signals/{odd.public_id}", {"verdict": "follow_up", "note": "问领队是不是换了地方"}).text

        (signal,) = scene.signals()
        assert (signal.verdict, signal.note) == (Verdict.FOLLOW_UP, "问领队是不是换了地方")
        assert "问领队是不是换了地方" in page
        (event,) = trail(scene)
        assert (event.action, event.subject_id) == ("signals.judge", odd.public_id)
        assert event.details == {
            "signal": "outside_circle",
            "verdict": "follow_up",
            "reason": "问领队是不是换了地方",
        }
        assert event.lineage == "420600/420602/420602001/420602001001"
        assert len(scene.proposals()) == 1
        assert scene.entries() == []

    @pytest.mark.parametrize("sent", [{}, {"verdict": "guilty"}, {"verdict": "follow_up"}, {"verdict": "fine\x00"}])
    def test_what_is_no_verdict_is_refused_and_kept_on_the_page(
        self, scene: Field, odd: Signal, office: Browser, sent: dict[str, str]
    ) -> None:
        page = office.post(f"/signals/{odd.public_id}", {**sent, "note": ""}, expect=422).text

        assert "还有 1 处要改" in page
        assert scene.signals()[0].verdict is None
        assert trail(scene) == []

    def test_a_note_that_is_too_long_stays_on_the_page(self, scene: Field, odd: Signal, office: Browser) -> None:
        page = office.post(f"/signals/{odd.public_id}", {"verdict": "fine", "note": "长" * 301}, expect=422).text
        assert "长" * 301 in page

    def test_it_can_be_changed_by_who_saw_how_it_stands_and_by_nobody_else(
        self, scene: Field, odd: Signal, office: Browser
    ) -> None:
        office.post(f"/signals/{odd.public_id}", {"verdict": "follow_up", "note": "去问"})
        stale = office.post(f"/signals/{odd.public_id}", {"verdict": "fine", "stands": ""}, expect=422).text
        assert "刚才有人判断过了" in stale
        office.post(f"/signals/{odd.public_id}", {"verdict": "fine", "note": "核实了", "stands": "follow_up"})

        (signal,) = scene.signals()
        assert (signal.verdict, signal.note) == (Verdict.FINE, "核实了")
        assert [event.details["verdict"] for event in trail(scene)] == ["follow_up", "fine"]

    def test_nobody_judges_what_is_about_themselves_by_their_document(self, scene: Field) -> None:
        account = scene.cast.office(Role.OFFICE_STAFF, "420602")
        someone = scene.cast.account("另一个账号")
        scene.serve(scene.person("本人", account, document_digest="d" * 64), location=at(FAR))
        (own,) = scene.signals()
        page = browser_of(scene, account).post(f"/signals/{own.public_id}", {"verdict": "fine"}, expect=422).text

        assert "和您自己有关，请换一个人判断" in page
        assert scene.signals()[0].verdict is None
        scene.cast.grant(someone, Role.OFFICE_STAFF, area=scene.cast.area("420602"))
        browser_of(scene, someone).post(f"/signals/{own.public_id}", {"verdict": "fine"})

    def test_nor_one_of_a_telephone_that_they_used_or_of_what_they_wrote_down(self, scene: Field) -> None:
        account = scene.cast.office(Role.OFFICE_STAFF, "420602")
        for one in (scene.person("本人", account), scene.person("甲一"), scene.person("乙二")):
            scene.serve(one, device=PHONE)
        (shared,) = scene.signals()
        by_hand = scene.cast.add(
            Signal(
                kind=SignalKind.MANY_BY_HAND,
                subject_key="many_by_hand:1",
                shift_id=scene.shift.id,
                account_id=account.id,
                seen_at=NOW,
                facts={"by_hand": 24, "total": 30},
            )
        )
        browser = browser_of(scene, account)
        for signal in (shared, by_hand):
            browser.post(f"/signals/{signal.public_id}", {"verdict": "fine"}, expect=422)


class TestSpotChecks:
    def test_the_office_draws_among_those_who_are_in_and_sees_who_answered(self, scene: Field, office: Browser) -> None:
        running = scene.cast.shift(scene.activity, NOW - HOUR)
        names = ["甲一", "乙二", "丙三"]
        for name in names:
            scene.event(scene.person(name), NOW - HOUR, shift=running)
        assert "在场 3 人" in office.get("/signals/running").text
        page = office.submit(f"/signals/running/{running.public_id}", {"count": "3"}).text

        assert "抽到 3 人" in page
        assert all(name in page for name in names)
        assert "等回应" in page

    def test_a_shift_with_nobody_in_says_so_and_a_wrong_number_is_refused(self, scene: Field, office: Browser) -> None:
        running = scene.cast.shift(scene.activity, NOW - HOUR)
        address = f"/signals/running/{running.public_id}"
        assert "没人在场" in office.post(address, {"count": "3"}, expect=422).text
        for count in ("0", "21", "1e309", "三", ""):
            assert "请选择一项" in office.post(address, {"count": count}, expect=422).text

    def test_who_reads_only_or_is_of_elsewhere_draws_nothing(self, scene: Field) -> None:
        running = scene.cast.shift(scene.activity, NOW - HOUR)
        address = f"/signals/running/{running.public_id}"
        browser_of(scene, scene.owner).post(address, {"count": "1"}, expect=403)
        stranger = browser_of(scene, scene.cast.office(Role.OFFICE_STAFF, "420606"))
        stranger.post(address, {"count": "1"}, expect=404)
        stranger.get(address, expect=404)


def test_the_dashboard_leads_who_may_judge_to_what_waits_and_nobody_else(
    scene: Field, odd: Signal, office: Browser
) -> None:
    waiting = "1 条诚信提示等待判断"
    assessor = browser_of(scene, scene.cast.office(Role.ASSESSOR, "420602"))
    assert waiting in office.get("/metrics/").text
    assert waiting not in assessor.get("/metrics/").text
    office.post(f"/signals/{odd.public_id}", {"verdict": "fine"})
    assert waiting not in office.get("/metrics/").text


def test_the_owners_desk_leads_to_the_signals(scene: Field) -> None:
    assert 'href="/signals/"' in browser_of(scene, scene.owner).get("/today").text


def test_who_confirms_reads_the_signal_beside_the_minutes(scene: Field, odd: Signal) -> None:
    second = scene.cast.account("陈姐")
    scene.cast.volunteer(second, "陈桂兰")
    scene.cast.grant(second, Role.CHECKER, organization=scene.organization)
    page = browser_of(scene, second).get("/hours/awaiting").text

    assert "有异常提示，要人看一看" in page
    assert "手机报的位置离现场 54,597 米，误差 20 米" in page
