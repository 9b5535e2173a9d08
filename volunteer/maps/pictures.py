"""The maps of the pages: figures and boundaries put together, in the reader's language."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from models.areas import Area
from models.maps import AreaBoundary
from volunteer.areas.rules import LEVEL_LABELS, AreaLevel
from volunteer.maps import documents
from volunteer.maps.documents import Drawn
from volunteer.maps.rules import Standing, standing
from volunteer.metrics.queries import AreaReport
from volunteer.metrics.rules import INDICATORS, IndicatorCode
from volunteer.web.context import in_sight
from volunteer.web.words import say


def drawn(
    one: AreaReport, code: IndicatorCode, boundary: AreaBoundary, address: Mapping[str, str] | None = None
) -> Drawn:
    """Return an area as it stands on the map of an indicator, a link to its dashboard where there is an address."""
    measurement = one.measurements[code]
    suffix = say(measurement.indicator.unit.suffix) if measurement.indicator.unit.suffix else ""
    value = f"{measurement.value_text} {suffix}".strip() if measurement.value_text else _("暂无数据")
    found = standing(measurement)
    verdict = {Standing.MET: _("达标"), Standing.NONE: "", Standing.PLAIN: ""}.get(found, _("未达标"))
    places: dict[str, Any] = {key: held for key, held in (address or {}).items() if key != "indicator"}
    is_open = address is not None and in_sight(one.area.lineage)
    href = "" if not is_open else url_for("metrics.show_area", code=one.area.code, **places)
    return Drawn(one.area.name, value, verdict, found, boundary.shape["polygons"], href)


def place_of(one: AreaReport, code: IndicatorCode) -> tuple[bool, Any, str]:
    """Return where an area comes in the table: the smallest value first, those without data last, then by code."""
    value = one.measurements[code].value
    return value is None, value or 0, one.area.code


def area_map(
    area: Area, code: IndicatorCode, shapes: Sequence[Drawn], *, key: str = "map", letter: float = 15
) -> Markup:
    """Return the map of what lies right below an area; empty where no boundary is known."""
    name = say(INDICATORS[code].name)
    counts = [sum(one.standing is Standing.MET for one in shapes), len(shapes)]
    return documents.draw(
        shapes,
        title=_("%(area)s：%(name)s", area=area.name, name=name),
        desc=_("画了 %(count)s 个区划，%(met)s 个达标；同样的数字在下面的表里", met=counts[0], count=counts[1]),
        key=key,
        letter=letter,
    )


def draft_map(areas: Iterable[Area], shapes: Mapping[str, Any], level: AreaLevel) -> Markup:
    """Return the boundaries of a file that is not saved yet, with names alone."""
    drawn_ones = [Drawn(area.name, "", "", Standing.PLAIN, shapes[area.code]) for area in areas]
    label = say(LEVEL_LABELS[level])
    return documents.draw(
        drawn_ones,
        title=_("文件里的%(level)s", level=label),
        desc=_("%(count)s 个%(level)s的边界", count=len(drawn_ones), level=label),
        key=f"map-{level.value}",
    )


def swatch(found: Standing, key: str = "map") -> Markup:
    """Return the little square of the legend."""
    return documents.swatch(found, key)
