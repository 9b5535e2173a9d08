"""Reading every page as an editor would: its structure, its labels, its words."""

import re
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"
UNLABELLED = {"hidden", "submit", "button", "reset"}
INTERNAL_WORDS = re.compile(
    r"\b(None|null|undefined|True|False|Traceback|csrf|token)\b|%\(\w+\)s|<Markup|\bLazyString\b"
)


def proofread(markup: str, where: str) -> None:
    """Raise AssertionError with every fault of the page that was fetched from `where`."""
    parser = html5lib.HTMLParser()
    document = parser.parse(markup)
    faults = [f"line {line}: {code} {details}" for (line, _), code, details in parser.errors]
    elements = list(document.iter())
    faults += _headings(elements)
    faults += _identities(elements)
    faults += _labels(elements)
    faults += _policy(elements)
    faults += _words(document)
    assert not faults, f"{where}:\n  " + "\n  ".join(faults)


def text_of(element: Element) -> str:
    """Return the text a reader sees in `element`, spaces folded."""
    return " ".join("".join(element.itertext()).split())


def _spoken(element: Element) -> str:
    """Return what is said to people: without what is written for machines, which stands in `code` and `pre`."""
    if _tag(element) in ("code", "pre"):
        return element.tail or ""
    return (element.text or "") + "".join(_spoken(one) for one in element) + (element.tail or "")


def _tag(element: Element) -> str:
    return str(element.tag).removeprefix(XHTML)


def _headings(elements: list[Element]) -> list[str]:
    headings = [text_of(element) for element in elements if _tag(element) == "h1"]
    titles = [text_of(element) for element in elements if element.tag == f"{XHTML}title"]
    if len(headings) != 1:
        return [f"{len(headings)} h1 in place of one: {headings}"]
    if not headings[0]:
        return ["the h1 is empty"]
    if not titles or not titles[0].startswith(headings[0]):
        return [f"the title {titles} does not start with the h1 {headings[0]!r}"]
    return []


def _identities(elements: list[Element]) -> list[str]:
    ids = [element.attrib["id"] for element in elements if "id" in element.attrib]
    faults = [f"id {identity!r} is there twice" for identity in sorted({one for one in ids if ids.count(one) > 1})]
    for element in elements:
        for name in ("for", "aria-describedby", "aria-labelledby", "aria-controls"):
            faults += [
                f"{name}={wanted!r} points nowhere"
                for wanted in element.attrib.get(name, "").split()
                if wanted not in ids
            ]
    return faults


def _labels(elements: list[Element]) -> list[str]:
    labelled = {element.attrib.get("for") for element in elements if _tag(element) == "label"}
    wrapped = {
        id(child)
        for element in elements
        if _tag(element) == "label"
        for child in element.iter()
        if child is not element
    }
    faults = []
    for element in elements:
        if _tag(element) not in ("input", "select", "textarea") or element.attrib.get("type") in UNLABELLED:
            continue
        named = "aria-label" in element.attrib or "aria-labelledby" in element.attrib
        if not (named or element.attrib.get("id") in labelled or id(element) in wrapped):
            faults.append(f"no label for {_tag(element)} {element.attrib.get('name')!r}")
    faults += [
        f"a {_tag(element)} without words"
        for element in elements
        if _tag(element) in ("a", "button") and not text_of(element) and "aria-label" not in element.attrib
    ]
    return faults


def _policy(elements: list[Element]) -> list[str]:
    faults = [f"inline style on {_tag(element)}" for element in elements if "style" in element.attrib]
    faults += [
        f"inline script {text_of(element)[:40]!r}" for element in elements if _tag(element) == "script" and element.text
    ]
    for element in elements:
        faults += [f"inline handler {name}" for name in element.attrib if name.startswith(("on", "hx-on"))]
        for name in ("src", "href"):
            address = element.attrib.get(name, "")
            if address.startswith(("http:", "https:", "//")) and _tag(element) in ("script", "img", "link", "iframe"):
                faults.append(f"outside request to {address}")
    return faults


def _words(document: Any) -> list[str]:
    body = document.find(f"{XHTML}body")
    text = _spoken(body) if body is not None else ""
    return [f"internal word {match.group()!r}" for match in INTERNAL_WORDS.finditer(text)]
