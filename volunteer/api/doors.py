"""Every door of the interface, declared once: the routes, the OpenAPI document and the page are made from it. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from volunteer.api.answers import AreaPage, ForecastsAnswer, IndicatorsAnswer, SurveysAnswer, TrendAnswer
from volunteer.areas.rules import AreaLevel
from volunteer.kernel.periods import WindowKind
from volunteer.kernel.text import N_
from volunteer.metrics.facts import Total
from volunteer.metrics.rules import IndicatorCode

PREFIX = "/api/v1"
USUAL_SIZE, LARGEST_SIZE = 100, 500


@dataclass(frozen=True, slots=True)
class Parameter:
    """One thing that is asked with; `choices` where only some values are taken, `usual` where it is left out."""

    name: str
    words: str
    form: str = "string"
    choices: tuple[str, ...] = ()
    usual: str = ""
    example: str = ""
    in_path: bool = False


@dataclass(frozen=True, slots=True)
class Door:
    """One address: what it gives, what it is asked with, the shape of its answer."""

    name: str
    path: str
    title: str
    words: str
    answer: type
    parameters: tuple[Parameter, ...]

    @property
    def rule(self) -> str:
        """Return the path below PREFIX as Flask writes it, its parts typed."""
        built = self.path
        for parameter in self.parameters:
            if parameter.in_path:
                kind = f"any({', '.join(parameter.choices)})" if parameter.choices else _CODE
                built = built.replace(f"{{{parameter.name}}}", f"<{kind}:{parameter.name}>")
        return built

    @property
    def asked_with(self) -> frozenset[str]:
        """Return the names that its query may hold."""
        return frozenset(parameter.name for parameter in self.parameters if not parameter.in_path)


_CODE = "string(minlength=6, maxlength=12)"


def _values(kind: type[StrEnum]) -> tuple[str, ...]:
    return tuple(one.value for one in kind)


CODE = Parameter("code", N_("区划代码，6、9 或 12 位"), example="420606", in_path=True)
INDICATOR = Parameter("indicator", N_("指标代码"), choices=_values(IndicatorCode), example="active_share", in_path=True)
BASIS = (
    Parameter("as_of", N_("截至哪天，不填就是今天"), form="date", example="2026-06-30"),
    Parameter("window", N_("统计期"), choices=_values(WindowKind), usual=WindowKind.CALENDAR_YEAR.value),
    Parameter("total", N_("口径"), choices=_values(Total), usual=Total.INCLUSIVE.value),
)

DOORS = (
    Door(
        "list_areas",
        "/areas",
        N_("区划"),
        N_("令牌管的区划和它下面的各级区划，一页一页地给。"),
        AreaPage,
        (
            Parameter("below", N_("只要这个区划下面的，不含它自己"), example="420606"),
            Parameter("level", N_("只要这一级"), choices=_values(AreaLevel)),
            Parameter("page", N_("第几页，从 1 起"), form="integer", usual="1"),
            Parameter("size", N_("每页多少个，最多 500"), form="integer", usual=str(USUAL_SIZE)),
        ),
    ),
    Door(
        "show_indicators",
        "/areas/{code}/indicators",
        N_("指标"),
        N_("一个区划在某一天、某个统计期、某种口径下的各项指标；要的话，连下一级各区划一起给。"),
        IndicatorsAnswer,
        (CODE, *BASIS, Parameter("children", N_("要不要下一级"), choices=("false", "true"), usual="false")),
    ),
    Door(
        "show_trend",
        "/areas/{code}/indicators/{indicator}/trend",
        N_("走势"),
        N_("一项指标在前 12 个月的月底和所问那天的数字。"),
        TrendAnswer,
        (CODE, INDICATOR, *BASIS),
    ),
    Door(
        "show_forecast",
        "/areas/{code}/forecast",
        N_("预测"),
        N_("从所问那天看，一个区划三项指标到年底预计是多少。"),
        ForecastsAnswer,
        (CODE, BASIS[0], BASIS[2]),
    ),
    Door(
        "list_surveys",
        "/areas/{code}/surveys",
        N_("支持率调查"),
        N_("一个区划自己的支持率调查结果，到所问那天为止，最近的在前。"),
        SurveysAnswer,
        (CODE, BASIS[0]),
    ),
)
DOOR_OF = {door.name: door for door in DOORS}
