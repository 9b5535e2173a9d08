"""The .ics file of a signup."""

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from volunteer.signups.documents import CalendarEvent, ics

START = datetime(2026, 11, 28, 1, 0, tzinfo=UTC)
EVENT = CalendarEvent(
    uid="5k2m@zhiyuan.example",
    title="清理河岸；带手套, 雨天照常",
    starts_at=START,
    ends_at=START + timedelta(hours=2),
    made_at=START - timedelta(days=3),
    place="檀溪社区东门",
    description="第一行\n第二行 C:\\x",
    url="https://zhiyuan.example/activities/5k2m",
    sequence=2,
)


def lines(file: bytes) -> list[str]:
    return file.decode().replace("\r\n ", "").split("\r\n")


def unescaped(text: str) -> str:
    out, characters = [], iter(text)
    for character in characters:
        out.append({"n": "\n"}.get(after := next(characters), after) if character == "\\" else character)
    return "".join(out)


def test_the_file_says_what_when_and_where_in_utc() -> None:
    said = lines(ics(EVENT))
    assert said[0] == "BEGIN:VCALENDAR"
    assert said[-2:] == ["END:VCALENDAR", ""]
    for line in (
        "VERSION:2.0",
        "UID:5k2m@zhiyuan.example",
        "DTSTART:20261128T010000Z",
        "DTEND:20261128T030000Z",
        "DTSTAMP:20261125T010000Z",
        "SEQUENCE:2",
        "STATUS:CONFIRMED",
        "LOCATION:檀溪社区东门",
        "URL:https://zhiyuan.example/activities/5k2m",
        "TRIGGER:-PT1H",
    ):
        assert line in said


def test_commas_semicolons_backslashes_and_line_ends_are_escaped() -> None:
    said = lines(ics(EVENT))
    assert "SUMMARY:清理河岸；带手套\\, 雨天照常" in said
    assert "DESCRIPTION:第一行\\n第二行 C:\\\\x" in said


def test_a_cancelled_shift_is_taken_out_of_the_calendar() -> None:
    cancelled = CalendarEvent("u", "t", START, START + timedelta(hours=1), START, is_cancelled=True)
    assert "STATUS:CANCELLED" in lines(ics(cancelled))


def test_what_is_empty_is_left_out() -> None:
    bare = ics(CalendarEvent("u", "t", START, START + timedelta(hours=1), START))
    assert b"LOCATION" not in bare
    assert b"URL" not in bare


@given(st.text(max_size=400), st.text(max_size=400))
@example("a" * 300, "河" * 300)
@example("a" * 67 + "\\" * 9, "𬱖a" * 99)
def test_any_text_survives_folding_and_never_adds_a_line(title: str, description: str) -> None:
    event = CalendarEvent("u", title, START, START + timedelta(hours=1), START, description=description)
    file = ics(event)
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert b"\n" not in file.replace(b"\r\n", b"")
    said = lines(file)
    assert sum(line.startswith("BEGIN:") for line in said) == 3
    [summary] = [line.removeprefix("SUMMARY:") for line in said if line.startswith("SUMMARY:")]
    expected = title.replace("\r\n", "\n").replace("\r", "\n")
    assert unescaped(summary) == "".join(c for c in expected if c == "\n" or c == "\t" or (c >= " " and c != "\x7f"))
