"""What stays of a notice once the person it names is erased."""

from volunteer.notices.rules import without_person


def test_of_a_person_who_is_erased_neither_name_nor_own_words_stay() -> None:
    params = {"name": "李晓梅", "text": "李晓梅没有参加", "what": "急救培训", "kind": {"$words": "培训", "$params": {}}}
    assert without_person(params, "已注销") == {**params, "name": "已注销", "text": "—"}
    assert without_person({"title": "守护汉江"}, "已注销") == {"title": "守护汉江"}
