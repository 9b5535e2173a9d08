"""A file is looked at beside us: whatever it does to who reads it, here one exception is raised, and soon."""

from dataclasses import replace
from time import monotonic

import pytest

from tests import looks
from volunteer.kernel.bounded import Bounded, Busy, Failed, Limits

LIMITS = Limits(seconds=20, cpu_seconds=10, memory=512 * 1024**2, answer=1000)


def look(function, file: bytes = b"abc", *, at_once: int = 1, patience: float = 0, **limits) -> bytes:
    return Bounded(function, replace(LIMITS, **limits), at_once=at_once)(file, patience=patience)


def test_the_answer_is_what_the_function_returns():
    assert look(looks.backwards) == b"cba"
    assert look(looks.backwards, b"") == b""


def test_as_much_is_taken_in_and_handed_back_as_is_allowed():
    large = bytes(3_000_000)
    assert look(looks.backwards, large, answer=len(large)) == large
    with pytest.raises(Failed):
        look(looks.backwards, large, answer=len(large) - 1)


def test_who_never_reads_the_file_answers_all_the_same():
    assert look(looks.without_reading, bytes(3_000_000)) == b"seen"


def test_nothing_of_ours_is_told_to_the_process(monkeypatch):
    monkeypatch.setenv("ZHIYUANTAI_SECRET", "ours")
    assert b"ours" not in look(looks.secrets)


@pytest.mark.parametrize(
    ("function", "limits"),
    [
        (looks.bomb, {"answer": 4 * 1024**3}),
        (looks.flood, {"answer": 299}),
        (looks.hang, {"seconds": 0.5}),
        (looks.spin, {"cpu_seconds": 1}),
        (looks.crash, {}),
        (looks.leave, {}),
        (looks.refuse, {}),
        (looks.keep, {}),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_whatever_goes_wrong_is_one_failure_and_the_desk_is_free_again(function, limits):
    bounded = Bounded(function, replace(LIMITS, **limits), at_once=1)
    for _try in range(2):
        with pytest.raises(Failed):
            bounded(b"abc", patience=0)


@pytest.mark.parametrize("function", [looks.bear, looks.abandon, looks.hang])
def test_the_limit_on_the_wall_holds_whoever_holds_the_pipes(function):
    began = monotonic()
    with pytest.raises(Failed):
        look(function, bytes(3_000_000), seconds=1)
    assert monotonic() - began < 3


def test_without_its_limit_a_flood_is_an_answer():
    assert look(looks.flood, answer=300) == b"abc" * 100


def test_a_program_that_does_not_start_is_a_failure(monkeypatch):
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with pytest.raises(Failed):
        look(looks.backwards)


def test_who_finds_every_desk_taken_waits_only_as_long_as_he_will():
    bounded = Bounded(looks.backwards, LIMITS, at_once=2)
    for _other in range(bounded.at_once):
        bounded._desks.acquire()
    with pytest.raises(Busy):
        bounded(b"abc", patience=0.01)
    bounded._desks.release()
    assert bounded(b"abc", patience=0) == b"cba"
