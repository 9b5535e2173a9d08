"""Pages from a mould: rendered once for each way of display, then filled with what differs.

For an answer that a whole stadium asks for within a minute: filling costs a small part of rendering.
"""

from collections.abc import Mapping
from urllib.parse import quote

from flask import current_app, render_template, request
from markupsafe import escape

from volunteer.web.context import chosen_contrast, chosen_locale, chosen_text_size

# A character for private use, which no text of ours holds; the values are not there yet when a mould is made.
_EDGE = "\ue000"
_KEPT = "moulds"


def pour(template: str, values: Mapping[str, str], **variant: bool) -> str:
    """Return what `render_template(template, **values, **variant)` would.

    The template may show each of `values` as it is or in a sentence, but not ask about it; an address may take in one
    of letters and digits. And it may depend on nothing else of the request but how the reader wants pages to look: no
    form, no flashed message.
    """
    looks = (chosen_locale(), chosen_text_size(), chosen_contrast(), request.script_root)
    key = (template, *values, *variant.items(), *looks)
    moulds = current_app.extensions.setdefault(_KEPT, {})
    pieces = moulds.get(key)
    if pieces is None:
        pieces = _mould(template, values, variant)
        if not current_app.jinja_env.auto_reload:
            moulds[key] = pieces
    return "".join(escape(values[piece]) if place % 2 else piece for place, piece in enumerate(pieces))


def _mould(template: str, values: Mapping[str, str], variant: Mapping[str, bool]) -> list[str]:
    """Return text and names of values by turns."""
    holes = {name: _EDGE + name + _EDGE for name in values}
    page = render_template(template, **holes, **variant)
    return page.replace(quote(_EDGE), _EDGE).split(_EDGE)
