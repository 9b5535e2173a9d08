"""Opening a stranger's GeoJSON in a process of its own that may not take long or much.

What deep nesting, endless numbers or a knot of a border take is bounded here: the file can do no more than fail.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from volunteer.kernel.bounded import Bounded, Busy, Failed, Limits
from volunteer.kernel.errors import DomainError, Invalid, TooMany
from volunteer.kernel.text import N_, Words
from volunteer.maps.geojson import MOST_FEATURES, MOST_POINTS, Fault, FaultyFeatures, read

LARGEST_FILE = 20 * 1024 * 1024
PATIENCE = 10.0

_WORDS = {
    "unreadable": N_("文件读不懂：要 UTF-8 编码的 GeoJSON，经纬度要是正常的数字"),
    "no_collection": N_("文件不是 GeoJSON 的 FeatureCollection，请在制图软件里导出成 GeoJSON"),
    "no_features": N_("文件里没有图形"),
    "many_features": N_("文件里有 %(typed)s 个图形，最多 %(most_features)s 个，请分成几个文件"),
    "many_points": N_("边界点超过 %(most_points)s 个，请先在制图软件里简化一下"),
    "other_system": N_("坐标系是“%(typed)s”，请导出成经纬度（WGS84）再上传"),
    "no_feature": N_("%(feature)s不完整"),
    "no_polygon": N_("%(feature)s不是面（Polygon 或 MultiPolygon），请只导出区划的面"),
    "no_coordinates": N_("%(feature)s没有坐标"),
    "short_ring": N_("%(feature)s有一圈边界不足三个点，围不成面"),
    "open_ring": N_("%(feature)s的边界没有闭合，起点在经度 %(longitude)s、纬度 %(latitude)s"),
    "crossing": N_("%(feature)s的边界自己交叉或碰在一起，在经度 %(longitude)s、纬度 %(latitude)s 附近，请改好再上传"),
    "too_wide": N_("%(feature)s东西宽超过 %(typed)s 度，不会是一个区划，请核对经度"),
    "no_number": N_("%(feature)s有坐标不是数字"),
    "out_of_range": N_("%(feature)s的坐标（%(typed)s）不是经纬度，请导出成经纬度（WGS84）再上传"),
}


class FaultyFile(Invalid):
    """A file that cannot be drawn, and why: each of `faults` is a sentence of its own."""

    def __init__(self, faults: Sequence[Words]) -> None:
        super().__init__(faults[0].msgid, field="file", **faults[0].params)
        self.faults = faults


Names = Callable[[Sequence[str]], Mapping[str, str]]


def open_up(file: bytes, names: Names = lambda _codes: {}) -> dict[str, Any]:
    """Return the features of a GeoJSON file; raise Invalid on "file" with what is wrong with it, TooMany while busy.

    `names` gives the names of areas by code, for features that bear a code alone.

    This may take seconds: whoever calls holds no transaction.
    """
    if len(file) > LARGEST_FILE:
        raise too_large(len(file))
    try:
        return _told(json.loads(reader(file, patience=PATIENCE)), names)
    except Busy:
        raise TooMany(N_("正在读另一个边界文件，请过一会儿再上传"), retry_after=30) from None
    except (Failed, ValueError):
        raise Invalid(N_("这个文件太复杂，读了很久也没有读完，请先在制图软件里简化"), field="file") from None


def answer(file: bytes) -> bytes:
    """Return the features of a file, or what is wrong with it, as JSON; for the process of its own alone."""
    try:
        told = read(file)
    except (Fault, FaultyFeatures) as fault:
        told = fault.told
    return json.dumps(told).encode()


reader = Bounded(
    answer, Limits(seconds=45, cpu_seconds=30, memory=1024 * 1024 * 1024, answer=16 * 1024 * 1024), at_once=1
)


def too_large(size: int) -> DomainError:
    """Return what is said of a file of `size` bytes."""
    megabytes = {"size": -(-size // 1024**2), "most": LARGEST_FILE // 1024**2}
    words = N_("文件有 %(size)s MB，最多 %(most)s MB；请先在制图软件里简化边界，或者分区县上传")
    return Invalid(words, field="file", **megabytes)


def _told(told: dict[str, Any], names: Names) -> dict[str, Any]:
    if "faults" in told:
        known = names([fault["code"] for fault in told["faults"]])
        raise FaultyFile([_fault(fault, _called(fault, known)) for fault in told["faults"]])
    if "fault" in told:
        raise FaultyFile([_fault(told, None)])
    return told


def _fault(fault: Mapping[str, Any], feature: Words | None) -> Words:
    longitude, latitude = [*fault["place"], "", ""][:2]
    params = {"feature": feature, "typed": fault["typed"], "longitude": longitude, "latitude": latitude}
    limits = {"most_features": f"{MOST_FEATURES:,}", "most_points": f"{MOST_POINTS:,}"}
    return Words(_WORDS[fault["fault"]], params | limits)


def _called(fault: Mapping[str, Any], known: Mapping[str, str]) -> Words:
    """Return by what people find a feature: its place in the file, its name there or that of its code, its code."""
    code = fault["code"]
    told = {"number": fault["number"], "name": fault["name"] or known.get(code, ""), "code": code}
    return Words(_FEATURES[bool(told["name"]), bool(code)], told)


_FEATURES = {
    (True, True): N_("第 %(number)s 个图形“%(name)s”（%(code)s）"),
    (True, False): N_("第 %(number)s 个图形“%(name)s”"),
    (False, True): N_("第 %(number)s 个图形（%(code)s）"),
    (False, False): N_("第 %(number)s 个图形"),
}
