"""Roles nobody changes alone, and the trail in words."""

import ast
import re
from pathlib import Path

import pytest

from volunteer.admin import rules
from volunteer.kernel.errors import Conflict

ROOMS = Path(rules.__file__).parents[1]
VERBS_ONLY = {"activities", "organizations"}


def recorded_actions() -> set[str]:
    """Return every act that the rooms write into the trail, read from their source."""
    found: set[str] = set()
    for file in ROOMS.glob("*/*.py"):
        room = file.parent.name
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in ("record", "_record", "_trail"):
                continue
            words = [one.value for arg in node.args for one in ast.walk(arg) if isinstance(one, ast.Constant)]
            texts = [word for word in words if isinstance(word, str)]
            found |= {text for text in texts if re.fullmatch(r"[a-z]+\.[a-z_]+", text)}
            if room in VERBS_ONLY and getattr(node.func, "id", "") == "_record":
                found |= {f"{room}.{text}" for text in texts if re.fullmatch("[a-z_]+", text)}
    return found


def test_every_act_of_the_trail_has_words():
    actions = recorded_actions()
    assert len(actions) > 20
    assert {action for action in actions if action not in rules.ACTION_LABELS} == set()


def test_an_act_without_words_is_named_by_its_room_or_at_all():
    assert rules.action_label("hours.something_new") == "服务记录"
    assert rules.action_label("cooking.soup") == "其他操作"


def test_details_are_told_in_words_and_what_is_internal_is_left_out():
    details = {"role": "office_admin", "before": 3000, "year": 2025, "shift": "abc", "reason": "", "name": "队"}
    assert [(label, str(words)) for label, words in rules.describe(details)] == [
        ("角色", "主管单位管理员"),
        ("原来", "3,000"),
        ("年份", "2025"),
        ("名称", "队"),
    ]


def test_days_reasons_and_the_hours_of_stars_are_told_in_words():
    details = {"reason": "withdrawn", "hours": [100, 300], "from": "2027-01-01", "day": "soon"}
    assert [str(words) for _, words in rules.describe(details)][1:] == ["100 300", "2027 年 1 月 1 日", "soon"]
    assert str(rules.describe(details)[0][1]) != "withdrawn"


def test_who_did_it_is_told_of_the_public_and_of_what_runs_by_itself():
    assert [str(rules.doer(name, act)) for name, act in (("王", "x.y"), (None, "hours.object"), (None, "x.y"))] == [
        "王",
        "公众",
        "系统",
    ]


def test_an_edition_is_told_with_its_thresholds():
    details = {"after": {"name": "新版", "registered_share": "1/8", "hours_per_head": "30", "effective_to": ""}}
    ((label, words),) = rules.describe(details)
    assert (label, str(words)) == ("现在", "名称 新版；注册志愿者占常住人口比例 12.5%；注册志愿者人均服务时间 30")


@pytest.mark.parametrize("text", ["100%", "%(name)s", "<b>"])
def test_what_was_typed_is_told_as_it_is(text: str):
    assert [str(words) for _, words in rules.describe({"reason": text})] == [text]


def test_nobody_changes_their_own_role():
    rules.check_not_own(1, 2)
    with pytest.raises(Conflict):
        rules.check_not_own(1, 1)


def test_the_last_administrator_stays():
    rules.check_last_admin(2)
    for admins in (1, 0):
        with pytest.raises(Conflict):
            rules.check_last_admin(admins)


def test_the_trail_speaks_no_names_of_the_code():
    told = rules.describe({"kind": "privacy_notice"})
    assert [(label, str(words)) for label, words in told] == [("类别", "同意隐私说明")]
    assert rules.describe({"kind": "supervision.some_work"}) == []
    assert [str(words) for _, words in rules.describe({"reason": "因病"})] == ["因病"]
