"""Texts at the edge: values of the pure rooms spoken in the reader's language."""

from flask_babel import gettext

from volunteer.kernel.text import Words


def say(words: Words | str) -> str:
    """Return `words` in the reader's language; parameters that are words are spoken too."""
    if isinstance(words, str):
        return gettext(words)
    params = {name: say(value) if isinstance(value, Words) else value for name, value in words.params.items()}
    spoken = gettext(words.msgid)
    return spoken % params if params else spoken
