"""The trail: who did what, within the area of its reader."""

from datetime import UTC, datetime

import pytest

from models.audit import AuditEvent
from tests.cast import Cast
from tests.client import Browser
from tests.integration.certificates.test_verify import stored

HERE, BESIDE = "420600/420602/420602001", "420600/420606"


def event(cast: Cast, action: str, lineage: str = HERE, **changes: object) -> AuditEvent:
    values = {
        "at": datetime(2026, 11, 1, 4, tzinfo=UTC),
        "account_id": None,
        "action": action,
        "subject_kind": "area",
        "subject_id": "420602001",
        "lineage": lineage,
        "details": {},
        **changes,
    }
    added: AuditEvent = cast.add(AuditEvent(**values))
    return added


@pytest.fixture
def district(cast: Cast, browser: Browser) -> Browser:
    """Return the browser of an administrator of 襄城区."""
    return browser.sign_in(cast.office(code="420602", name="区里的小何"))


def test_the_trail_says_who_did_what_where_and_how_it_was_before(district: Browser, cast: Cast):
    doer = cast.account("街道的小范")
    details = {"before": 3000, "after": 3100, "year": 2025, "unknown": "内部"}
    event(cast, "areas.set_population", account_id=doer.id, details=details)
    page = district.get("/admin/audit").text
    for words in ("街道的小范", "填写常住人口", "真武山街道", "原来 3,000", "现在 3,100", "年份 2025"):
        assert words in page
    assert "内部" not in page


def test_a_certificate_is_called_by_its_number_and_a_shift_by_its_activity(district: Browser, cast: Cast):
    organization = cast.organization()
    shift = cast.shift(cast.activity(organization, "清洁护城河"))
    certificate = stored(cast, "李晓梅", 3)
    event(cast, "certificates.issue", subject_kind="certificate", subject_id=certificate.public_id)
    event(cast, "hours.escalate", subject_kind="shift", subject_id=shift.public_id)
    page = district.get("/admin/audit").text
    assert certificate.number in page
    assert "清洁护城河" in page
    assert "李晓梅" not in page


def test_acts_elsewhere_and_nowhere_are_not_shown_to_a_district(district: Browser, cast: Cast):
    event(cast, "areas.rename", BESIDE, details={"after": "樊城的秘密"})
    event(cast, "accounts.sign_up", "", details={"name": "没有地方的秘密"})
    event(cast, "areas.rename", "420600", details={"after": "全市的秘密"})
    assert "秘密" not in district.get("/admin/audit").text
    city = Browser(district.app).sign_in(cast.office())
    page = city.get("/admin/audit").text
    for words in ("樊城的秘密", "没有地方的秘密", "全市的秘密"):
        assert words in page


def test_the_trail_is_narrowed_by_what_who_and_day(district: Browser, cast: Cast):
    doer = cast.account("街道的小范")
    event(cast, "areas.rename", account_id=doer.id, details={"after": "改名甲"})
    event(cast, "surveys.record", details={"name": "调查乙"})
    event(cast, "areas.rename", at=datetime(2026, 11, 1, 16, tzinfo=UTC), details={"after": "次日丙"})
    assert "调查乙" not in district.get("/admin/audit?room=areas").text
    for query in (f"account={doer.phone}", "account=小范"):
        page = district.get(f"/admin/audit?{query}").text
        assert "改名甲" in page
        assert "调查乙" not in page
    first, second = (district.get(f"/admin/audit?day=2026-11-0{day}").text for day in (1, 2))
    assert ("改名甲" in first, "次日丙" in first) == (True, False)
    assert ("改名甲" in second, "次日丙" in second) == (False, True)


@pytest.mark.parametrize(
    "query",
    ["room=areas.%25", "room=%07", "account=%07%25_", "day=0001-01-01", "day=9999-12-31", "day=x", "page=999999999"],
)
def test_strange_questions_get_an_answer(district: Browser, cast: Cast, query: str):
    event(cast, "areas.rename", details={"after": "在"})
    district.get(f"/admin/audit?{query}")


def test_a_long_trail_is_turned_page_by_page(district: Browser, cast: Cast):
    for number in range(51):
        event(cast, "areas.rename", details={"after": f"第{number}条"})
    assert "第 1 页，共 2 页（51 条）" in district.get("/admin/audit").text
    assert "第0条" in district.get("/admin/audit?page=2").text
