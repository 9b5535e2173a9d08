"""Keeping boundaries: a file is read, matched and shown as a draft, then drawn in place of what stood before."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, insert, update
from sqlalchemy.exc import IntegrityError

from models.base import db
from models.maps import AreaBoundary, BoundaryFile
from volunteer.audit.operations import record
from volunteer.kernel import clock
from volunteer.kernel.errors import Conflict, Invalid
from volunteer.kernel.text import N_
from volunteer.maps import queries
from volunteer.maps.rules import match

DRAFTS_KEPT = timedelta(days=1)
_MOST_TOLD = 200


def draft(
    told: dict[str, Any],
    content: bytes,
    *,
    name: str,
    source: str,
    code_key: str,
    name_key: str,
    lineages: Iterable[str],
    account_id: int,
) -> BoundaryFile:
    """Keep a file that was read as a draft with its shapes by area; raise Invalid on "file" where nothing matches."""
    features = told["features"]
    found = match([one["properties"] for one in features], queries.areas_to_match(lineages), code_key, name_key)
    if not found.by_code:
        raise Invalid(
            N_("文件里的 %(count)s 个图形，没有一个对得上您管的区划；请填写放代码或名称的字段"),
            field="file",
            count=len(features),
        )
    forget_drafts(account_id)
    file = BoundaryFile(
        name=name[:300],
        source=source,
        content=content,
        digest=sha256(content).hexdigest(),
        size=len(content),
        read={
            "shapes": {code: features[place]["shape"] for code, place in found.by_code.items()},
            "unmatched": list(found.unmatched)[:_MOST_TOLD],
            "unmatched_count": len(found.unmatched),
            "doubled": dict(list(found.doubled.items())[:_MOST_TOLD]),
            "points": told["points"],
        },
        uploaded_at=clock.now(),
        uploaded_by=account_id,
    )
    db.session.add(file)
    db.session.flush()
    return file


def save(file: BoundaryFile, *, lineages: Iterable[str], account_id: int) -> int:
    """Draw what a draft holds from now on; what stood for the same areas is kept as replaced. Return how many areas.

    Areas that are not at or below `lineages` any more are left as they are.
    """
    now, shapes = clock.now(), file.read["shapes"]
    claimed = db.session.execute(
        update(BoundaryFile)
        .where(BoundaryFile.id == file.id, BoundaryFile.saved_at.is_(None))
        .values(saved_at=now, saved_by=account_id)
        .execution_options(synchronize_session=False)
    )
    if not claimed.rowcount:  # type: ignore[attr-defined]
        raise Conflict(N_("这个文件已经保存过了"))
    areas = queries.areas_by_code(shapes, lineages)
    ids = [area.id for area in areas.values()]
    db.session.execute(
        update(AreaBoundary)
        .where(AreaBoundary.area_id.in_(ids), AreaBoundary.replaced_at.is_(None))
        .values(replaced_at=now)
        .execution_options(synchronize_session=False)
    )
    rows = [
        {"area_id": area.id, "file_id": file.id, "shape": {"polygons": shapes[code]}, "drawn_at": now}
        for code, area in areas.items()
    ]
    try:
        db.session.execute(insert(AreaBoundary), rows)
    except IntegrityError:
        raise Conflict(N_("别人刚刚保存了同一个区划的边界，请重新上传再看一遍")) from None
    top = _common([area.lineage for area in areas.values()])
    details = {"name": file.name, "areas": len(rows), "source": file.source}
    record("maps.draw", "boundary_file", file.public_id, account_id=account_id, lineage=top, **details)
    return len(rows)


def forget_drafts(account_id: int) -> None:
    """Delete the drafts of an account, and everybody's that were left lying."""
    lying = BoundaryFile.uploaded_at < clock.now() - DRAFTS_KEPT
    mine = BoundaryFile.uploaded_by == account_id
    db.session.execute(delete(BoundaryFile).where(BoundaryFile.saved_at.is_(None), mine | lying))


def _common(lineages: list[str]) -> str:
    """Return the lineage of the nearest area above them all."""
    split = [lineage.split("/") for lineage in lineages]
    shared = []
    for codes in zip(*split, strict=False):
        if len(set(codes)) > 1:
            break
        shared.append(codes[0])
    return "/".join(shared)
