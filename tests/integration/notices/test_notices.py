"""Telling somebody, and the page on which they read it."""

from typing import Any

import pytest

from models.accounts import Account
from models.notices import Notice
from tests.cast import Cast
from tests.client import Browser
from volunteer.kernel import clock
from volunteer.kernel.text import N_, Words
from volunteer.notices import operations, queries
from volunteer.notices.rules import NoticeKind

TEXT = N_("%(count)s 条新通知")


def told(cast: Cast, account: Account, count: int = 7, link: str = "") -> Notice:
    with cast.writing():
        return operations.tell(account.id, NoticeKind.HOURS_DECIDED, Words(TEXT, {"count": count}), link=link)


def unread(cast: Cast, account: Account) -> int:
    with cast.writing():
        return queries.unread_count(account.id)


def test_a_notice_is_listed_counted_and_opened_where_it_leads(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    notice = told(cast, account, 21, "/hours/")
    browser.sign_in(account)
    assert "1 条新通知" in browser.get("/volunteers/").text
    assert "1 条新通知" in browser.get("/").text
    page = browser.get("/notices/").text
    assert "21 条新通知" in page
    assert "未读" in page
    assert browser.post(f"/notices/{notice.public_id}/open").headers["Location"] == "/hours/"
    assert unread(cast, account) == 0
    assert "未读" not in browser.get("/notices/").text


def test_looking_at_the_list_reads_nothing(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    notice = told(cast, account)
    browser.sign_in(account)
    browser.get("/notices/")
    browser.get(f"/notices/{notice.public_id}/open", expect=405)
    assert unread(cast, account) == 1


def test_everything_is_marked_as_read_of_one_account_alone(cast: Cast, browser: Browser) -> None:
    account, other = cast.account(), cast.account("张建国")
    for count in range(3):
        told(cast, account, count)
    told(cast, other)
    page = browser.sign_in(account).submit("/notices/read").text
    assert "都标为已读了" in page
    assert "没有新通知" in page
    assert (unread(cast, account), unread(cast, other)) == (0, 1)


def test_a_stranger_finds_no_notice_of_another(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    notice = told(cast, account)
    browser.sign_in(cast.account("张建国"))
    assert "21 条" not in browser.get("/notices/").text
    browser.post(f"/notices/{notice.public_id}/open", expect=404)
    assert unread(cast, account) == 1


def test_the_newest_stands_first_and_a_long_list_has_pages(cast: Cast, browser: Browser) -> None:
    account = cast.account()
    for count in range(100, 123):
        told(cast, account, count)
    page = browser.sign_in(account).get("/notices/").text
    assert page.index("122 条新通知") < page.index("121 条新通知")
    assert "100 条新通知" not in page
    assert "100 条新通知" in browser.get("/notices/?page=2").text


def test_a_notice_never_leads_away(cast: Cast) -> None:
    account = cast.account()
    with pytest.raises(ValueError, match="our own pages"):
        told(cast, account, link="//example.com/")
    assert unread(cast, account) == 0


def _tell_and_fail(cast: Cast, account: Account) -> None:
    with cast.writing():
        operations.tell(account.id, NoticeKind.STAR, Words(TEXT, {"count": 1}))
        raise RuntimeError


def test_what_is_refused_tells_nobody(cast: Cast) -> None:
    account = cast.account()
    with pytest.raises(RuntimeError):
        _tell_and_fail(cast, account)
    assert unread(cast, account) == 0


def test_another_channel_takes_each_notice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    account = cast.account()
    taken: list[Notice] = []
    monkeypatch.setattr(operations, "channels", [taken.append])
    with cast.writing():
        made = operations.tell_each([account.id, account.id], NoticeKind.STAR, Words(TEXT, {"count": 1}))
    assert [one.account_id for one in taken] == [account.id]
    assert taken == made


def test_the_organizers_day_says_that_there_is_something_new(cast: Cast, browser: Browser) -> None:
    owner: Any = cast.account("王主任")
    cast.organization(owner)
    told(cast, owner)
    assert "1 条新通知" in browser.sign_in(owner).get("/today").text


def test_the_first_reading_stays(cast: Cast) -> None:
    account = cast.account()
    with cast.writing():
        notice = operations.tell(account.id, NoticeKind.STAR, Words(TEXT, {"count": 1}))
        operations.mark_read(notice)
        first = notice.read_at
        operations.mark_read(notice)
        assert notice.read_at == first
        assert first is not None
        assert first <= clock.now()
