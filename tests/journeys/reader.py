"""One person at one browser: what they open, press and read, and everything that went wrong meanwhile."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "pictures"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
PATIENCE_MILLISECONDS = 10_000
# What a form answers that has to be corrected; a browser notes it like a fault.
REFUSALS = (401, 403, 404, 409, 422)
_RUN_AXE = """async (rules) => {
    const {violations} = await axe.run({runOnly: {type: "tag", values: rules}, resultTypes: ["violations"]});
    const told = ({html, failureSummary}) => [html, failureSummary];
    return violations.map(({id, help, nodes}) => ({id, help, nodes: nodes.map(told)}));
}"""


class Reader:
    """A person with a browser of their own. `width` names the pictures: 390 a phone, 1440 a desktop."""

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.context, self.origin = context, origin
        self.faults: list[str] = []
        self._refused: set[str] = set()
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.on("request", self._note_request)
        context.on("response", self._note_response)
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.faults.append(f"page error: {error.error}"))
        self.page: Page = context.new_page()

    # doing

    def open(self, path: str) -> "Reader":
        """Open an address of ours."""
        self.page.goto(path if path.startswith("http") else self.origin + path)
        return self

    def follow(self, name: str, *, within: str = "main") -> "Reader":
        """Go where a link leads and wait until the page is there."""
        with self.page.expect_navigation():
            self._one(self.page.locator(within).get_by_role("link", name=name)).click()
        return self

    def press(self, name: str, *, within: str = "main", confirm: bool = False) -> "Reader":
        """Press a button that sends a form, say yes when asked once more, and wait for the answer."""
        with self.page.expect_navigation():
            self._one(self.page.locator(within).get_by_role("button", name=name)).click()
            if confirm:
                self.page.get_by_role("dialog").get_by_role("button", name=name).click()
        return self

    def fill(self, label: str, value: str) -> "Reader":
        """Type into a field."""
        self._one(self.page.get_by_label(label)).fill(value)
        return self

    def tick(self, *labels: str) -> "Reader":
        """Tick boxes or choose among answers."""
        for label in labels:
            self._one(self.page.get_by_label(label)).check()
        return self

    def pick_area(self, words: str, name: str) -> "Reader":
        """Choose an area by typing some of its name."""
        self.page.locator("input[role=combobox]").press_sequentially(words, delay=20)
        self.page.get_by_role("option", name=name).click()
        return self

    # reading

    def sees(self, *texts: str) -> "Reader":
        """Expect each text on the page."""
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)
        return self

    def sees_not(self, *texts: str) -> "Reader":
        """Expect none of these texts on the page."""
        for text in texts:
            expect(self.page.locator("main")).not_to_contain_text(text)
        return self

    def heading(self) -> str:
        """Return the words of the page's one h1."""
        return self.page.locator("h1").inner_text()

    def look(self, name: str) -> "Reader":
        """Keep a picture of the page, and require that it fits its width and that everybody can use it."""
        size = self.page.viewport_size or {"width": 0}
        self.keep_picture(f"{name}-{size['width']}")
        width = self.page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{name}: the page is {width} px wide on {size['width']} px"
        violations = axe(self.page)
        assert not violations, f"{name}: {json.dumps(violations, ensure_ascii=False, indent=1)}"
        return self

    def keep_picture(self, name: str) -> None:
        """Keep a picture of the whole page."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    # noting

    def _one(self, found: Locator) -> Locator:
        """Return the first that can be seen: a name may stand on a phone's button and on a desktop's."""
        return found.filter(visible=True).first

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.origin + "/", "data:", "blob:")):
            self.faults.append(f"request to another origin: {request.url}")

    def _note_response(self, response: Response) -> None:
        if response.request.is_navigation_request() and response.status in REFUSALS:
            self._refused.add(response.url)
        elif response.status >= 400:
            self.faults.append(f"{response.status} from {urlsplit(response.url).path}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and message.location.get("url") not in self._refused:
            self.faults.append(f"console: {message.text}")


@cache
def _axe_source() -> str:
    return (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")


def axe(page: Page) -> list[dict[str, Any]]:
    """Return what keeps somebody from using the page, by the rules of WCAG 2.2 AA that a machine can check.

    The script comes in over the debugger's line, which the page's own content policy does not govern.
    """
    page.evaluate(_axe_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE, list(RULES))
    return found
