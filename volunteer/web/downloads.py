"""Files that are handed out: a header line holds Latin letters alone, so a name as people read it goes beside it."""

import re
from collections.abc import Iterable
from urllib.parse import quote

from flask import Response

from volunteer.kernel import clock
from volunteer.kernel.file_names import safe_file_name, split_name
from volunteer.kernel.tables import MEDIA_TYPES, Table, table_bytes

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def file_answer(
    content: bytes | str | Iterable[bytes], media_type: str, name: str, *, inline: bool = False
) -> Response:
    """Return a file to be saved under a name as people read it, or `inline` to be seen in its place."""
    response = Response(content, mimetype=media_type)
    response.headers["Content-Disposition"] = disposition(name, inline=inline)
    return response


def table_answer(table: Table, kind: str) -> Response:
    """Return a table as a file named by its title; `kind` is csv or xlsx."""
    return file_answer(table_bytes(table, kind, clock.now()), MEDIA_TYPES[kind], f"{table.title}.{kind}")


def disposition(name: str, *, inline: bool = False) -> str:
    """Return the header that names a file, whatever the name is: RFC 6266, and RFC 8187 for other than Latin letters.

    Line breaks, direction marks and separators are taken out of the name, and it is cut to a length that every file
    system takes; its ending stays.
    """
    kept = safe_file_name(name or "file")
    manner = "inline" if inline else "attachment"
    if _PLAIN.fullmatch(kept):
        return f"{manner}; filename={kept}"
    ending = split_name(kept)[1]
    plain = f"file.{ending}" if ending else "file"
    return f"{manner}; filename={plain}; filename*=UTF-8''{quote(kept, safe='')}"
