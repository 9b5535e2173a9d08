"""What a notice keeps until it is read."""

import json
from datetime import UTC, date, datetime

import pytest

from volunteer.kernel.text import Words
from volunteer.notices.rules import is_own_path, packed, unpacked

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.mark.parametrize("link", ["/", "/hours/abc", "/hours/?volunteer=abc#entry"])
def test_a_path_of_ours_is_a_link(link: str) -> None:
    assert is_own_path(link)


@pytest.mark.parametrize(
    "link",
    ["", "hours", "https://example.com/", "//example.com", "/\\example.com", "/\t/example.com", "javascript:alert(1)",
     "/a\n", "/" + "a" * 200],
)  # fmt: skip
def test_what_leads_elsewhere_is_no_link(link: str) -> None:
    assert not is_own_path(link)


def test_a_day_is_said_by_its_date_however_near_it_is() -> None:
    kept = json.loads(json.dumps(packed({"day": date(2026, 11, 23), "count": 3, "who": "文明办"})))
    assert str(unpacked("%(who)s %(day)s前 %(count)d 条", kept, NOW)) == "文明办 11 月 23 日前 3 条"
    later = datetime(2026, 12, 1, 4, tzinfo=UTC)
    assert str(unpacked("%(day)s前", {"day": kept["day"]}, later)) == "11 月 23 日前"


def test_a_moment_and_words_within_words_come_back() -> None:
    inner = Words("%(time)s 到 %(name)s", {"time": NOW, "name": "东门"})
    kept = json.loads(json.dumps(packed({"how": inner})))
    read = unpacked("怎么算的：%(how)s", kept, NOW)
    assert isinstance(read.params["how"], Words)
    assert str(read) == "怎么算的：今天 12:00 到 东门"


def test_what_somebody_typed_is_never_taken_for_something_kept() -> None:
    kept = packed({"typed": '{"$day": "2026-11-23"} %(typed)s'})
    assert str(unpacked("%(typed)s", kept, NOW)) == '{"$day": "2026-11-23"} %(typed)s'


def test_what_cannot_be_kept_is_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        packed({"thing": object()})
