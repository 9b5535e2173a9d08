"""A place on a shift as an iCalendar file (RFC 5545), for the calendar of a phone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

_LINE_OCTETS = 75
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One shift in a calendar. `uid` stays for the signup; `sequence` grows with every change; moments are aware."""

    uid: str
    title: str
    starts_at: datetime
    ends_at: datetime
    made_at: datetime
    place: str = ""
    description: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False


def ics(event: CalendarEvent, product: str = "志愿台") -> bytes:
    """Return the file: UTF-8, CRLF, times in UTC so that no zone table is needed, a reminder one hour before."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_text(product)}//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *_event_lines(event),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _event_lines(event: CalendarEvent) -> Iterable[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(event.made_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART:{_moment(event.starts_at)}"
    yield f"DTEND:{_moment(event.ends_at)}"
    yield f"SUMMARY:{_text(event.title)}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    optional = {"LOCATION": _text(event.place), "DESCRIPTION": _text(event.description), "URL": _uri(event.url)}
    yield from (f"{name}:{value}" for name, value in optional.items() if value)
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(event.title)}", "TRIGGER:-PT1H", "END:VALARM")
    yield "END:VEVENT"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    value = _CONTROLS.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        value = value.replace(plain, escaped)
    return value


def _uri(value: str) -> str:
    return re.sub(r"[\x00-\x20\x7f]", "", value)


def _folded(line: str) -> bytes:
    """Return a content line of at most 75 octets a piece, no character torn, ended by CRLF."""
    pieces, piece = [], b""
    for character in line:
        octets = character.encode("utf-8", "replace")
        if len(piece) + len(octets) > _LINE_OCTETS:
            pieces.append(piece)
            piece = b" "
        piece += octets
    return b"\r\n".join([*pieces, piece]) + b"\r\n"
