"""Reading the numbers out of pages and files, and holding each against the second count."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from itertools import product
from xml.etree.ElementTree import Element

from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from tests.printed import (
    CODES,
    DASH,
    NONE,
    NUMBER,
    TOTALS,
    Page,
    Printed,
    code_in,
    compared,
    minutes_in,
    own_words,
    places,
    plain_hours,
    printed,
    shown_as,
    whole,
)
from tests.proofreading import text_of
from tests.recount import Recounted, days_of, recount
from tests.recount_parts import Split, left_out, split

PAGE = 50


@dataclass
class Reader:
    """Somebody of the office who reads every page of a city on one basis; counts what was held against the recount."""

    client: FlaskClient
    engine: Engine
    as_of: date
    window: str = "calendar_year"
    total: str = "inclusive"
    # Of the days of a trend every so-manieth is read: each is a count of the whole city.
    step: int = 1
    held: int = 0
    _counted: dict[tuple[date, str, bool], dict[str, Recounted]] = field(default_factory=dict)
    _then: dict[tuple[datetime, str, bool], dict[str, Recounted]] = field(default_factory=dict)

    @property
    def strict(self) -> bool:
        return self.total == "strict"

    def expected(self, code: str, *, strict: bool | None = None) -> dict[str, Printed]:
        """Return what must be printed of an area."""
        return self.on(code, self.as_of, self.window, strict=self.strict if strict is None else strict)

    def on(self, code: str, day: date, window: str, *, strict: bool) -> dict[str, Printed]:
        """Return what must be printed of an area on some day."""
        key = (day, window, strict)
        if key not in self._counted:
            with self.engine.connect() as connection:
                self._counted[key] = recount(connection, day, window, strict=strict)
        return printed(self._counted[key][code])

    def holds(self, found: object, wanted: object, *where: object) -> None:
        """Require that what stands there is what was counted."""
        assert found == wanted, (f"stands {found!r}, counted {wanted!r}", where, self.as_of, self.window, self.total)
        self.held += 1

    def fetch(self, path: str, **more: str) -> str:
        """Return a page or a file on this basis."""
        return self.response(path, **more).get_data().decode("utf-8-sig")

    def response(self, path: str, **more: str) -> TestResponse:
        """Return the answer to being asked for a page or a file on this basis."""
        asked = {"as_of": self.as_of.isoformat(), "window": self.window, "total": self.total, **more}
        response = self.client.get(path, query_string=asked)
        assert response.status_code == 200, (path, response.status_code)
        return response

    def lines(self, path: str, **more: str) -> tuple[list[list[str]], list[str]]:
        """Return the rows of a file and, the last of them, its totals; above the notes, without the heading."""
        rows = list(csv.reader(self.fetch(path, **more).splitlines()))
        above, notes = rows[: rows.index([])], rows[rows.index([]) + 1 :]
        book = self.response(path.removesuffix("csv") + "xlsx", **more).data
        sheet = CalamineWorkbook.from_filelike(BytesIO(book)).get_sheet_by_index(0).to_python(skip_empty_area=False)
        for row, cells in zip(above, sheet[len(notes) + 1 :], strict=True):
            self.holds([shown_as(one, like) for one, like in zip(cells, row, strict=True)], row, path)
        return above[1:], above[-1] if above[1:] else []

    # pages

    def reads_area(self, code: str, trend: str = "active_share") -> None:
        """Read the dashboard of an area: tiles, the areas below or the people, the trend's table."""
        page = Page(self.fetch(f"/metrics/areas/{code}", trend=trend))
        for tile, one in zip(page.all("article", "tile"), self.expected(code).values(), strict=True):
            number = text_of(page.all("span", "tile-number", tile)[0]).removesuffix("小时").strip()
            self.holds(number, one.value or NONE, code)
            if one.is_known:
                told, before, *_ = map(text_of, page.all("p", "tile-counts", tile))
                self.sentence(told, one)
                self.holds(before, compared(one, self.year_before(code, one.code)), code)
        self.trend(page, code, trend)
        if len(code) == 12:
            self.people(page, code)
            return
        # A street whose communities have all come under another has none below it.
        for below, part in product(
            (one for one in page.all("section") if one.get("id") == "areas"), ("tbody", "tfoot")
        ):
            for head, *cells in page.rows(below, part):
                which = code_in(head) if part == "tbody" else code
                for cell, one in zip(cells, self.expected(which).values(), strict=True):
                    self.cell(page, cell, one)

    def cell(self, page: Page, cell: Element, one: Printed) -> None:
        """Read a cell with a value above what was counted."""
        if not one.is_known:
            assert NONE in text_of(cell), one
            return
        self.holds(text_of(next(page.all("div", "figure-line", cell)[0].iter("a"))).split(" ")[0], one.value, one)
        numerator, denominator = text_of(page.all("div", "figure-counts", cell)[-1]).split(" / ")
        counted = minutes_in(numerator) if one.code == "hours_per_head" else whole(numerator)
        self.holds((counted, whole(denominator)), one.counts, one)

    def sentence(self, words: str, one: Printed) -> None:
        """Read numerator ÷ denominator = value, in words."""
        numerator, others = words.split("÷")
        counted = minutes_in(numerator) if one.code == "hours_per_head" else whole(numerator)
        numbers = NUMBER.findall(others)[:2]
        self.holds((counted, *numbers), (one.numerator, f"{one.denominator:,}", one.value.rstrip("%")), words)

    def trend(self, page: Page, code: str, trend: str) -> None:
        """Read the thirteen days of the trend, by both totals where they differ."""
        table = page.table("近 13 个月")
        heads = [text_of(one) for one in table.iter("th") if one.get("scope") == "col"][1:]
        for first, *cells in [*page.rows(table)][:: self.step]:
            for head, cell in zip(heads, cells, strict=True):
                strict = TOTALS.get(head, self.strict)
                one = self.at(code, trend, text_of(first), strict=strict)
                self.holds(text_of(cell), one.value or DASH, code, trend)

    def at(self, code: str, indicator: str, day: str, *, strict: bool) -> Printed:
        """Return an indicator on a day of a trend: the days are read ones already, so no window ends earlier."""
        window = "rolling_year" if self.window == "material" else self.window
        return self.on(code, date.fromisoformat(day), window, strict=strict)[indicator]

    def year_before(self, code: str, indicator: str) -> Printed:
        """Return an indicator on the same day of the year before, nothing where nobody was registered then."""
        is_leap_day = (self.as_of.month, self.as_of.day) == (2, 29)
        day = self.as_of.replace(year=self.as_of.year - 1, day=28 if is_leap_day else self.as_of.day)
        told = self.on(code, day, self.window, strict=self.strict)
        is_told = indicator == "support_share" or bool(told["active_share"].denominator)
        return told[indicator] if is_told else Printed(indicator, None, None)

    def people(self, page: Page, code: str) -> None:
        """Read a community's list, and its file."""
        persons = {one.number: one.minutes for one in self.split(code).people}
        table = next((one for one in page.all("table") if text_of(next(one.iter("caption"))) == "名单"), None)
        if not persons:
            assert table is None, code
            return
        assert table is not None, code
        shown = {text_of(cells[0]): minutes_in(text_of(cells[3])) for cells in page.rows(table)}
        self.holds(shown, {number: persons[number] for number in shown}, code)
        (foot,) = page.rows(table, "tfoot")
        self.holds((whole(text_of(foot[1])), minutes_in(text_of(foot[3]))), (len(persons), sum(persons.values())), code)
        lines, _ = self.lines(f"/metrics/areas/{code}/people.csv")
        told = {line[0]: line[3] for line in lines}
        self.holds(told, {one: plain_hours(minutes) for one, minutes in persons.items()}, code)

    def split(self, code: str) -> Split:
        """Return the second count of an area's people."""
        with self.engine.connect() as connection:
            return split(connection, code, self.as_of, self.window, strict=self.strict)

    def reads_why(self, code: str, indicator: str) -> None:
        """Read what explains one number: itself, its sentence, the areas below, both totals."""
        page, one = Page(self.fetch(f"/metrics/areas/{code}/{indicator}")), self.expected(code)[indicator]
        big = text_of(page.all("p", "figure-big")[0]).split(" ")[0].removesuffix("小时")
        self.holds(big, one.value or NONE, code, indicator)
        if one.is_known:
            self.sentence(text_of(page.all("p", "figure-sentence")[0]), one)
        for table in page.all("table"):
            caption = text_of(next(table.iter("caption")))
            if caption.startswith(("由下面", "各")):
                self.explained(page, table, code, indicator)
            elif caption == "两种口径对照":
                for head, value, _met in page.rows(table):
                    other = self.expected(code, strict=TOTALS[text_of(head)])[indicator]
                    self.holds(text_of(value), other.value or DASH, code, indicator)
            elif caption == "不算在内的有多少" and indicator in ("active_share", "hours_per_head"):
                self.left_out(page, table, code)

    def left_out(self, page: Page, table: Element, code: str) -> None:
        """Read the entries that do not count."""
        found = {}
        for head, cell in page.rows(table):
            span = next(cell.iter("span"), None)
            found[text_of(head)] = (whole(own_words(cell)), 0 if span is None else minutes_in(text_of(span)))
        with self.engine.connect() as connection:
            wanted = left_out(connection, code, self.as_of, self.window, strict=self.strict)
        self.holds({words: found[words] for words in wanted}, wanted, code)

    def explained(self, page: Page, table: Element, code: str, indicator: str) -> None:
        """Read the areas that a number is made of."""
        for part in ("tbody", "tfoot"):
            for head, *cells in page.rows(table, part):
                which = code_in(head) if part == "tbody" else code
                one = self.expected(which)[indicator]
                numerator, denominator, value = map(text_of, cells[:3])
                self.holds(value, one.value or DASH, which, indicator)
                is_hours = indicator == "hours_per_head"
                told = None if numerator == DASH else minutes_in(numerator) if is_hours else whole(numerator)
                self.holds((told, None if denominator == DASH else whole(denominator)), one.counts, which, indicator)

    def reads_files(self, code: str, names: Mapping[str, str]) -> None:
        """Read the table of an area and the trends as files."""
        lines, total = self.lines(f"/metrics/areas/{code}/table.csv")
        below = {names[one]: one for one in self.below(code)} | {names[code]: code}
        for line in lines:
            which = code if line is total else below[line[0]]
            for place, one in enumerate(self.expected(which).values()):
                figures, (_verdict, then, words) = (
                    line[1 + 6 * place : 4 + 6 * place],
                    line[4 + 6 * place : 7 + 6 * place],
                )
                self.holds(figures, one.cells, which, one)
                before = self.year_before(which, one.code)
                self.holds((then, words), (before.value.replace(",", "") or DASH, compared(one, before) or DASH), which)
        for indicator in CODES:
            for day, *cells in self.lines(f"/metrics/areas/{code}/{indicator}/trend.csv")[0]:
                self.holds(cells, self.at(code, indicator, day, strict=self.strict).cells, code, indicator, day)

    def below(self, code: str) -> list[str]:
        """Return the codes of the areas right below one on the basis's day, as the dashboard links to them."""
        if len(code) == 12:
            return []
        page = Page(self.fetch(f"/metrics/areas/{code}"))
        return [code_in(head) for one in page.all("section") if one.get("id") == "areas" for head, *_ in page.rows(one)]

    def reads_ranking(self, code: str, level: str, indicator: str, names: Mapping[str, str]) -> None:
        """Read the places now and at the end of the month before, on the page and in the file."""
        path, asked = f"/metrics/areas/{code}/ranking", {"by": indicator, "level": level, "only": "all"}
        page = Page(self.fetch(path, **asked))
        read_on = days_of(self.window, self.as_of)[1]
        then = read_on.replace(day=1) - timedelta(days=1)
        window = "rolling_year" if self.window == "material" else self.window
        codes, rows = [], list(page.rows(page.one("ranking")))
        for row in rows:
            codes.append(code_in(row[1]))
            one = self.expected(codes[-1])[indicator]
            self.holds(text_of(row[2]).split(" ")[0], one.value or NONE, codes[-1], indicator)
            if one.is_known:
                numerator, denominator = text_of(row[3]).split(" / ")
                counted = minutes_in(numerator) if indicator == "hours_per_head" else whole(numerator)
                self.holds((counted, whole(denominator)), one.counts, codes[-1], indicator)
        now = places({one: self.expected(one)[indicator] for one in codes})
        before = {one: self.on(one, then, window, strict=self.strict)[indicator] for one in codes}
        self.holds([text_of(row[0]) for row in rows], [str(now[one] or DASH) for one in codes], code, level, indicator)
        lines, _ = self.lines(f"{path}.csv", **asked)
        of_then = places(before)
        for line, which in zip(lines, codes, strict=True):
            first = [str(now[which] or DASH), names[which]]
            last = [str(of_then[which] or DASH), before[which].value.replace(",", "") or DASH]
            figures = self.expected(which)[indicator].cells
            self.holds([*line[:2], *line[3:6], *line[7:9]], [*first, *figures, *last], which, indicator)

    def reads_parts(self, code: str, dimension: str, themes: Mapping[str, str]) -> None:
        """Read an area in parts, on the page and in the file; only where the day is one that parts are kept for."""
        wanted = self.split(code).parts(dimension)
        wanted = {themes.get(key, key): part for key, part in wanted.items()}
        path = f"/metrics/areas/{code}/parts/{dimension}"
        page = Page(self.fetch(path))
        people = dimension in ("age", "cohort")
        if not wanted:
            assert not [one for one in page.all("section") if one.get("id") == "parts"], path
            return
        found = {}
        for number in range(1, 2 + (len(wanted) - 1) // PAGE):
            for head, *cells in page.rows(page.one("parts")) if number == 1 else self.more(path, "parts", number):
                words = [text_of(cell) for cell in cells]
                first = (whole(words[0]), whole(words[1]), minutes_in(words[3])) if people else ()
                found[text_of(head)] = first or (None, whole(words[0]), minutes_in(words[1]))
        self.holds(found, {key: (one.registered, one.active, one.minutes) for key, one in wanted.items()}, path)
        lines, total = self.lines(f"{path}.csv")
        for line in lines[:-1]:
            one = wanted[line[0]]
            counts = [*([str(one.registered)] if people else []), str(one.active), plain_hours(one.minutes)]
            self.holds(line[1:], counts, path)
        told = self.expected(code)
        last = [str(told["active_share"].numerator), plain_hours(told["hours_per_head"].numerator or 0)]
        self.holds(total[1:], [*([str(told["active_share"].denominator)] if people else []), *last], path)

    def more(self, path: str, identity: str, number: int) -> Iterator[list[Element]]:
        """Yield the rows of a later page of a table."""
        page = Page(self.fetch(path, page=str(number)))
        return page.rows(page.one(identity))

    def reads_day(self, code: str) -> None:
        """Read a day as it was known at its end and is counted now, and that what has changed since adds up to it."""
        page, then = Page(self.fetch(f"/metrics/areas/{code}/shown")), self.known_then(code)
        rows = zip(page.rows(page.table("的四项指标")), then.values(), self.expected(code).values(), strict=True)
        for (head, shown, now, same), before, one in rows:
            self.holds(
                [own_words(shown), own_words(now)], [before.value or NONE, one.value or NONE], code, text_of(head)
            )
            self.holds(text_of(same), "一样" if before.counts == one.counts else "不一样", code, before, one)
        changes = next((one for one in page.all("section") if one.get("id") == "changes"), None)
        if changes is None:
            return
        sums = [0, 0, 0]
        for number, (_cause, _rows, *cells) in enumerate(page.rows(changes)):
            signs = [-1 if text_of(cell).startswith("−") else 1 for cell in cells]
            counts = (whole(text_of(cells[0])), whole(text_of(cells[1])), minutes_in(text_of(cells[2])))
            sums = [so_far + sign * count for so_far, sign, count in zip(sums, signs, counts, strict=True)]
            if number == 0:
                self.holds(sums, _counted(then), code)
        self.holds(sums, _counted(self.expected(code)), code)

    def known_then(self, code: str) -> dict[str, Printed]:
        """Return what was known of an area at the end of the last day of the window."""
        after = days_of(self.window, self.as_of)[1] + timedelta(days=1)
        known_at = datetime(after.year, after.month, after.day, tzinfo=UTC) - timedelta(hours=8)
        key = (known_at, self.window, self.strict)
        if key not in self._then:
            with self.engine.connect() as connection:
                self._then[key] = recount(connection, self.as_of, self.window, strict=self.strict, known_at=known_at)
        return printed(self._then[key][code])

    def reads_map(self, code: str, indicator: str) -> None:
        """Read the table beside the map."""
        page = Page(self.fetch(f"/maps/{code}", indicator=indicator))
        for head, cell, _standing in page.rows(page.one("areas")):
            which = code if len(code) == 12 else code_in(head)
            self.cell(page, cell, self.expected(which)[indicator])

    def reads_screen(self, code: str, today: date, names: Mapping[str, str]) -> None:
        """Read the wall, which always shows this year until today by all service."""
        page = Page(self.client.get(f"/screen/{code}").get_data(as_text=True))
        told = self.on(code, today, "calendar_year", strict=False)
        for tile, one in zip(page.all("section", "wall-tile"), told.values(), strict=True):
            if "不显示" in text_of(page.all("p", "wall-gap", tile)[0]):  # So few are counted, here or beside it.
                continue
            number = text_of(page.all("p", "wall-number", tile)[0])
            self.holds(number.replace("小时", "").strip(), one.value or DASH, code)

        tiles = zip(CODES, page.all("section", "wall-tile"), strict=True)
        (subject,) = (one for one, tile in tiles if "is-subject" in tile.get("class", ""))
        for line in (line for kind in ("wall-ranking", "wall-behind") for one in page.all("ol", kind) for line in one):
            where = text_of(page.all("span", "wall-name", line)[0])
            value = text_of(next(line.iter("b"))).split(" ")[0]
            if value == DASH:  # Nobody is counted there, or so few that the wall does not say how many.
                continue
            # Two streets of a city may bear one name, and are then told apart by their districts.
            own = {one for one, name in names.items() if where in (name, names.get(one[:6], "") + name)}
            counted = {self.on(one, today, "calendar_year", strict=False)[subject].value or DASH for one in own}
            self.holds(value if value in counted else counted, value, where)

    def reads_forecast(self, code: str, indicator: str) -> None:
        """Read what has come so far in the table of the course, which is of the calendar year."""
        page = Page(self.fetch(f"/forecasts/{code}", indicator=indicator))
        section = page.one("course")
        for first, came, *_ in page.rows(section):
            day = date.fromisoformat(text_of(first))
            if day <= self.as_of:
                one = self.on(code, day, "calendar_year", strict=self.strict)[indicator]
                self.holds(text_of(came), one.value or DASH, code, indicator, day)


def _counted(told: Mapping[str, Printed]) -> list[int | None]:
    """Return what the rows of causes count: registered, active, minutes."""
    return [told["active_share"].denominator, told["active_share"].numerator, told["hours_per_head"].numerator]
