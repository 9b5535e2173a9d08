"""How values are said on a page."""

import re
from datetime import date, datetime
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from volunteer.kernel import clock, speech
from volunteer.kernel.text import Words
from volunteer.web.words import say


def spoken_time(moment: datetime) -> Markup:
    """Return a moment as people say it, the exact form on hover and for machines."""
    local = clock.to_local(moment)
    words = speech.say_time(moment, clock.now())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(), f"{local:%Y-%m-%d %H:%M}", _opening(say(words))
    )


def spoken_span(starts_at: datetime, ends_at: datetime) -> Markup:
    """Return a span of time as people say it."""
    local = clock.to_local(starts_at)
    words = speech.say_span(starts_at, ends_at, clock.now())
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        local.isoformat(), f"{local:%Y-%m-%d %H:%M}–{clock.to_local(ends_at):%H:%M}", _opening(say(words))
    )


def spoken_day(day: date) -> str:
    """Return a day as people say it."""
    return _opening(say(speech.say_day(day, clock.today())))


def _opening(said: str) -> str:
    # Within a sentence a day is "tomorrow"; on a page it stands by itself and opens a line.
    return said[:1].upper() + said[1:]


def spoken_date(day: date) -> str:
    """Return a day with its year, however near it is: what is written down for good."""
    return say(speech.say_date(day))


def calendar_day(day: date | str) -> str:
    """Return a day of the calendar within a sentence, with its year only where that is another: 11 月 20 日.

    A day that is kept in JSON is its ISO text.
    """
    found = date.fromisoformat(day) if isinstance(day, str) else day
    return say(speech.say_last_day(found, clock.today()))


def month_and_day(day: date) -> str:
    """Return a day without its year, however near it is."""
    return say(speech.say_month_and_day(day))


def spoken_month(number: int) -> str:
    """Return a month by its number from 1."""
    return say(speech.say_month(number))


def clock_time(moment: datetime) -> str:
    """Return the wall time, as 9:05 or 14:05."""
    return speech.say_clock(moment)


def paragraphs(text: str) -> Markup:
    """Return plain text with its line breaks, everything else escaped."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())


def phrases(text: str) -> Markup:
    """Return a sentence whose lines break between its phrases and not within one, as long as a phrase fits a line."""
    found = re.findall(r".+?(?:[，；。：、]|[,;:.] |$)", text)
    return Markup("").join(Markup('<span class="phrase">{}</span>').format(phrase) for phrase in found)


def thousands(number: int | None) -> str:
    """Return a whole number with separators, or a dash when there is none."""
    return "—" if number is None else f"{number:,}"


def install(app: Flask) -> None:
    """Give templates the filters."""
    filters: dict[str, Any] = {
        "spoken_time": spoken_time,
        "spoken_day": spoken_day,
        "spoken_date": spoken_date,
        "calendar_day": calendar_day,
        "month_and_day": month_and_day,
        "spoken_month": spoken_month,
        "clock_time": clock_time,
        "paragraphs": paragraphs,
        "phrases": phrases,
        "thousands": thousands,
        "hours": speech.hours_text,
        "say": say,
    }
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(spoken_span=spoken_span, Words=Words)
