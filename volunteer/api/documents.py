"""The OpenAPI 3.1 document, made from the declarations of doors and answers. Pure."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from volunteer.api.answers import SAID, Problem
from volunteer.api.doors import DOORS, LARGEST_SIZE, PREFIX, Door, Parameter
from volunteer.api.rules import ProblemKind
from volunteer.kernel.text import N_

Speak = Callable[[str], str]
PROBLEM_TYPE = "application/problem+json"
_PLAIN = {str: "string", int: "integer", bool: "boolean"}
_REFUSALS = (401, 403, 404, 422, 429)


def openapi(address: str, *, speak: Speak = str) -> dict[str, Any]:
    """Return the whole description for an interface that answers at `address`, its words in the reader's language."""
    schemas: dict[str, Any] = {}
    paths = {f"{PREFIX}{door.path}": {"get": _operation(door, schemas, speak)} for door in DOORS}
    schema_of(Problem, schemas, speak)
    return {
        "openapi": "3.1.0",
        "info": {"title": speak(TITLE), "version": "1", "description": speak(LEAD)},
        "servers": [{"url": address}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": speak(TOKEN_WORDS)}},
            "responses": {"Problem": _problem(speak)},
        },
    }


TITLE = N_("志愿服务指标数据接口")
LEAD = N_("只读。页面上的每个数字，这里给出分子、分母和精确的值；人数太少、可能认出个人的不给。")
TOKEN_WORDS = N_("主管单位发的令牌，只能放在请求头里")


def schema_of(kind: Any, schemas: dict[str, Any], speak: Speak) -> dict[str, Any]:
    """Return the JSON Schema of a type; dataclasses are put into `schemas` by name and referred to."""
    if get_origin(kind) is Annotated:
        inner, words = get_args(kind)
        return {**schema_of(inner, schemas, speak), "description": speak(words)}
    if get_origin(kind) in (Union, UnionType):
        return {"anyOf": [schema_of(one, schemas, speak) for one in get_args(kind)]}
    if get_origin(kind) is tuple:
        return {"type": "array", "items": schema_of(get_args(kind)[0], schemas, speak)}
    if is_dataclass(kind) and isinstance(kind, type):
        return _reference(kind, schemas, speak)
    return _leaf(kind)


def _leaf(kind: Any) -> dict[str, Any]:
    if kind is NoneType:
        return {"type": "null"}
    if issubclass(kind, StrEnum):
        return {"type": "string", "enum": [one.value for one in kind]}
    if issubclass(kind, date):
        return {"type": "string", "format": "date-time" if issubclass(kind, datetime) else "date"}
    return {"type": _PLAIN[kind]}


def _reference(kind: type, schemas: dict[str, Any], speak: Speak) -> dict[str, Any]:
    if kind.__name__ not in schemas:
        schemas[kind.__name__] = {}
        hints = get_type_hints(kind, include_extras=True)
        names = [field.name for field in fields(kind)]
        schemas[kind.__name__] = {
            "type": "object",
            "description": speak(SAID[kind]),
            "properties": {name: schema_of(hints[name], schemas, speak) for name in names},
            "required": names,
            "additionalProperties": False,
        }
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _operation(door: Door, schemas: dict[str, Any], speak: Speak) -> dict[str, Any]:
    answer = schema_of(door.answer, schemas, speak)
    refusals = {str(status): {"$ref": "#/components/responses/Problem"} for status in _REFUSALS}
    return {
        "operationId": door.name,
        "summary": speak(door.title),
        "description": speak(door.words),
        "parameters": [_parameter(one, speak) for one in door.parameters],
        "responses": {
            "200": {
                "description": speak(door.title),
                "headers": {"ETag": {"description": speak(ETAG_WORDS), "schema": {"type": "string"}}},
                "content": {"application/json": {"schema": answer}},
            },
            "304": {"description": speak(UNCHANGED_WORDS)},
            **refusals,
        },
    }


ETAG_WORDS = N_("这一版答案的记号；下次放进 If-None-Match，没有变就只答 304")
UNCHANGED_WORDS = N_("和上次一样")


def _parameter(one: Parameter, speak: Speak) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "integer"} if one.form == "integer" else {"type": "string"}
    if one.form == "date":
        schema["format"] = "date"
    if one.choices:
        schema["enum"] = list(one.choices)
    if one.form == "integer":
        schema |= {"minimum": 1} | ({"maximum": LARGEST_SIZE} if one.name == "size" else {})
    if one.usual:
        schema["default"] = int(one.usual) if one.form == "integer" else one.usual
    said = {"name": one.name, "in": "path" if one.in_path else "query", "required": one.in_path}
    return {**said, "description": speak(one.words), "schema": schema} | (
        {"example": one.example} if one.example else {}
    )


def _problem(speak: Speak) -> dict[str, Any]:
    kinds = "; ".join(f"{kind.status} {kind.value}: {speak(kind.heading)}" for kind in ProblemKind)
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": kinds, "content": content}
