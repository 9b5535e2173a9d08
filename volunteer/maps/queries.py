"""Reading boundaries: those that stand below an area, the files they come from, and the areas that shapes may be of."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from models.areas import Area
from models.base import db
from models.maps import AreaBoundary, BoundaryFile
from volunteer.areas.overview import inside
from volunteer.kernel.errors import NotFound
from volunteer.kernel.text import N_
from volunteer.maps.rules import Named


def boundaries_of(areas: Iterable[Area]) -> Mapping[int, AreaBoundary]:
    """Return by area id the boundaries that stand, each with its file; an area without one is absent."""
    query = (
        select(AreaBoundary)
        .options(joinedload(AreaBoundary.file))
        .where(AreaBoundary.area_id.in_([area.id for area in areas]), AreaBoundary.replaced_at.is_(None))
    )
    return {one.area_id: one for one in db.session.scalars(query)}


def sources_of(boundaries: Iterable[AreaBoundary]) -> list[BoundaryFile]:
    """Return the files that boundaries come from, the latest first."""
    files = {one.file_id: one.file for one in boundaries}
    return sorted(files.values(), key=lambda file: -file.id)


def areas_to_match(lineages: Iterable[str]) -> list[Named]:
    """Return the areas at or below `lineages` with their names, by code."""
    rows = db.session.execute(
        select(Area.code, Area.name, Area.lineage).where(inside(lineages)).order_by(Area.code)
    ).all()
    codes = {code for row in rows for code in row.lineage.split("/")}
    names = dict(db.session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())
    return [
        Named(row.code, row.name, "".join(names[code] for code in row.lineage.split("/")[1:]) or row.name)
        for row in rows
    ]


def areas_by_code(codes: Iterable[str], lineages: Iterable[str]) -> dict[str, Area]:
    """Return those of some areas that stand at or below `lineages`, by code."""
    query = select(Area).where(Area.code.in_(list(codes)), inside(lineages)).order_by(Area.code)
    return {area.code: area for area in db.session.scalars(query)}


def files_of(lineages: Iterable[str]) -> Select[BoundaryFile]:
    """Select the saved files that drew anything at or below `lineages`, the latest first."""
    drew = select(AreaBoundary.file_id).join(Area, Area.id == AreaBoundary.area_id).where(inside(lineages))
    return (
        select(BoundaryFile)
        .where(BoundaryFile.saved_at.is_not(None), BoundaryFile.id.in_(drew))
        .order_by(BoundaryFile.id.desc())
    )


def standing_counts(files: Iterable[BoundaryFile]) -> dict[int, tuple[int, int]]:
    """Return by file id how many areas it drew and how many of them it draws still."""
    rows = db.session.execute(
        select(AreaBoundary.file_id, AreaBoundary.replaced_at.is_(None)).where(
            AreaBoundary.file_id.in_([file.id for file in files])
        )
    )
    counts: dict[int, tuple[int, int]] = {}
    for file_id, stands in rows:
        drew, standing = counts.get(file_id, (0, 0))
        counts[file_id] = drew + 1, standing + bool(stands)
    return counts


def draft_of(account_id: int, public_id: str) -> BoundaryFile:
    """Return a file that waits for its uploader to confirm; raise NotFound for anybody else and once it is saved."""
    query = select(BoundaryFile).where(
        BoundaryFile.public_id == public_id, BoundaryFile.uploaded_by == account_id, BoundaryFile.saved_at.is_(None)
    )
    file = db.session.scalar(query)
    if file is None:
        raise NotFound(N_("没有找到这个边界文件，可能已经保存或者清理了"))
    return file


def saved_file(public_id: str, lineages: Iterable[str]) -> BoundaryFile:
    """Return a saved file that drew anything at or below `lineages`; raise NotFound otherwise."""
    file = db.session.scalar(files_of(lineages).where(BoundaryFile.public_id == public_id))
    if file is None:
        raise NotFound(N_("没有找到这个边界文件"))
    return file


def names_of(codes: Sequence[str]) -> dict[str, str]:
    """Return area names by code."""
    return dict(db.session.execute(select(Area.code, Area.name).where(Area.code.in_(codes))).all())
