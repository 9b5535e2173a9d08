"""Reading what leaves the house: bulletins, dossiers, the interface, the wall's day, the front page, English."""

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from flask.testing import FlaskClient

from tests.every_figure import Reader
from tests.paper import pdf_text
from tests.printed import CODES, DASH, HIDDEN, NONE, NUMBER, TITLES, Page, code_in, own_words, two_places, whole
from tests.proofreading import text_of
from tests.recount_today import today_in

LEAST = 5
THRESHOLDS = dict(zip(CODES, (Fraction(1, 10), Fraction(7, 10), Fraction(25 * 60), Fraction(9, 10)), strict=True))


class PaperReader(Reader):
    """Reads on one basis what is printed, handed to machines, hung on a wall and told in English."""

    def reads_dossier_table(self, path: str, names: Mapping[str, str]) -> int:
        """Read a dossier's table of areas by every indicator; return how many cells were too small."""
        page, codes, small = Page(self.client.get(path).get_data(as_text=True)), {names[one]: one for one in names}, 0
        for indicator in CODES:
            for head, *cells in page.rows(page.table(TITLES[indicator])):
                one = self.expected(codes[text_of(head)])[indicator]
                for cell, wanted in zip(map(text_of, cells[:3]), one.cells, strict=True):
                    if cell == HIDDEN:
                        small += 1
                    else:
                        self.holds(cell.replace(",", ""), wanted, one)
        return small

    def reads_interface(self, code: str, token: str) -> int:
        """Read what the interface tells, but for cells that are too small; return how many those were."""
        asked = f"as_of={self.as_of}&window={self.window}&total={self.total}"
        answer = self.ask(f"/areas/{code}/indicators?{asked}&children=true", token)
        small = 0
        for row in (answer["whole"], *answer["children"]):
            for told in row["indicators"]:
                one = self.expected(row["area"]["code"])[told["code"]]
                if told["is_suppressed"]:
                    assert one.code != "support_share"
                    small += 1
                    continue
                value = told["value"]["shown"] if told["value"] else ""
                self.holds((told["numerator"], told["denominator"], value), (*one.counts, one.value), code, one)
        for indicator in CODES:
            for point in self.ask(f"/areas/{code}/indicators/{indicator}/trend?{asked}", token)["points"]:
                one = self.at(code, indicator, point["as_of"], strict=self.strict)
                self.holds((point["numerator"], point["denominator"]), one.counts, code, point)
        return small

    def ask(self, path: str, token: str) -> Any:
        """Return what the interface answers."""
        response = self.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
        assert response.status_code == 200, (path, response.get_data(as_text=True))
        return json.loads(response.get_data())

    def reads_bulletin(self, kept: Mapping[str, Any], path: str) -> int:
        """Read a bulletin as it is kept and as its file tells it; return how many cells were too small."""
        rows, small = [kept["whole"], *(row for group in kept["groups"].values() for row in group)], 0
        by_name = {(row["name"], row["above"]): self.expected(row["code"]) for row in rows}
        for row in rows:
            for code, part in row["parts"].items():
                one = self.expected(row["code"])[code]
                if part["is_small"]:
                    small += 1
                    continue
                self.holds((part["numerator"], part["denominator"]), one.counts, row["code"], code)
        for line in self.lines(f"{path}/table.csv")[0]:
            for place, one in enumerate(by_name[line[3], line[4].removeprefix(DASH)].values()):
                value, _reached, verdict = line[7 + 3 * place : 10 + 3 * place]
                if verdict != "*":
                    self.holds(value, one.value.replace(",", "") or DASH, line[3], one)
        return small

    def reads_bulletin_page(self, kept: Mapping[str, Any], path: str) -> None:
        """Read the tables of a bulletin's page: places, scores by the formula it states, values."""
        for level, rows in kept["groups"].items():
            scores = {row["code"]: self.score(row, kept["weights"]) for row in rows}
            known = [score for score in scores.values() if score is not None]
            page = Page(self.fetch(path, level=level, all="1"))
            for row, (place, head, score, *values) in zip(rows, page.rows(page.one("places")), strict=True):
                assert text_of(head).startswith(row["name"])
                own = scores[row["code"]]
                of = DASH if own is None else str(1 + sum(other > own for other in known))
                self.holds(
                    (text_of(place), text_of(score)), (of, DASH if own is None else two_places(int(own * 100))), row
                )
                for cell, one in zip(values[-5:-1], self.expected(row["code"]).values(), strict=True):
                    if (told := own_words(cell)) != "*":
                        self.holds(told, one.value or DASH, row["code"], one)

    def score(self, row: Mapping[str, Any], weights: Mapping[str, int]) -> Fraction | None:
        """Return the score of a row by the formula that a bulletin states; None where it must not have one."""
        if any(part["is_small"] for part in row["parts"].values()):
            return None
        amounts = []
        for code, one in self.expected(row["code"]).items():
            # What a self-test or too few answers found is not scored; the rest must be known.
            if not one.is_known or row["parts"][code]["remark"]:
                if code != "support_share":
                    return None
                continue
            value = Fraction(one.numerator or 0, one.denominator or 1)
            amounts.append((min(value / THRESHOLDS[code], Fraction(1)), weights[code]))
        if row["improvement"] is not None:
            amounts.append((Fraction(row["improvement"]), weights["improvement"]))
        return 100 * sum(part * points for part, points in amounts) / Fraction(sum(points for _, points in amounts))

    def reads_bulletin_paper(self, kept: Mapping[str, Any], path: str) -> None:
        """Read the paper: how the whole stands, and each area that is ranked on a line with its score and values."""
        words = pdf_text(self.response(f"{path}/paper.pdf").data)
        for one in self.expected(kept["whole"]["code"]).values():
            if one.is_known and not kept["whole"]["parts"][one.code]["is_small"]:
                found = re.search(rf"{TITLES[one.code]}：([^（，]*)", words)
                assert found, one
                self.sentence(found[1], one)
        for group in kept["groups"].values():
            # Where nobody has a survey its column is left out.
            has_survey = any(row["parts"]["support_share"]["value"] for row in group if row["place"])
            for row in group:
                score = self.score(row, kept["weights"])
                if score is not None:
                    parts = [
                        (one.value or DASH) + ("△" if row["parts"][code]["remark"] else "")
                        for code, one in self.expected(row["code"]).items()
                        if has_survey or code != "support_share"
                    ]
                    line = two_places(int(score * 100)) + "".join(parts)
                    self.holds(line in words, True, row["name"], line)

    def reads_wall_now(self, code: str, today: date, moment: datetime) -> None:
        """Read who is serving now on the wall, and the hours of today; of one to four people neither."""
        page = Page(self.client.get(f"/screen/{code}").get_data(as_text=True))
        with self.engine.connect() as connection:
            present, served, minutes = today_in(connection, code, today, moment)
        card = page.all("section", "wall-now")[0]
        shown = [text_of(cell) for cell in card.iter("dd")][:2]
        wanted = [
            "不足 5 人" if 0 < present < LEAST else f"{present:,} 人",
            "不足 5 人" if 0 < served < LEAST else f"{two_places(minutes * 100 // 60)} 小时" if minutes else "还没有",
        ]
        self.holds(shown, wanted, code)

    def reads_front(self, code: str, today: date, visitor: FlaskClient) -> None:
        """Read the page that everybody sees: the whole city this year, by all service."""
        page = Page(visitor.get("/").get_data(as_text=True))
        told = self.on(code, today, "calendar_year", strict=False)
        shown = [text_of(one).removesuffix("小时").strip() for one in page.all("span", "city-number")]
        self.holds(shown, [one.value or NONE for one in told.values()], code)
        for words, one in zip(page.all("dd", "city-figure-how"), told.values(), strict=True):
            if one.is_known:
                self.sentence(text_of(words), one)

    def reads_in_english(self, code: str) -> None:
        """Read the numbers of an area's page as somebody sees it who reads English."""
        page = Page(self.fetch(f"/metrics/areas/{code}"))
        assert page.root.get("lang", "").startswith("en"), page.root.get("lang")
        told = self.expected(code)
        for tile, one in zip(page.all("article", "tile"), told.values(), strict=True):
            found = NUMBER.findall(text_of(page.all("span", "tile-number", tile)[0]))
            self.holds(found, [one.value.rstrip("%")] if one.is_known else [], code)
            if one.is_known:
                before, after = text_of(page.all("p", "tile-counts", tile)[0]).split("÷")
                counted = english_minutes(before) if one.code == "hours_per_head" else whole(before)
                self.holds((counted, *NUMBER.findall(after)[:2]), (one.numerator, f"{one.denominator:,}", found[0]))
        for section in (one for one in page.all("section") if one.get("id") == "areas"):
            for head, *cells in page.rows(section):
                for cell, one in zip(cells, self.expected(code_in(head)).values(), strict=True):
                    value = page.all("div", "figure-line", cell)
                    shown = NUMBER.findall(text_of(next(value[0].iter("a")))) if one.is_known else []
                    self.holds(shown[:1], [one.value.rstrip("%")] if one.is_known else [], code)


def english_minutes(words: str) -> int:
    """Return the minutes of 12 h 5 min."""
    hours, minutes = re.search(r"([\d,]+) h", words), re.search(r"([\d,]+) min", words)
    return sum(int(one[1].replace(",", "")) * by for one, by in ((hours, 60), (minutes, 1)) if one)
