"""Document: the API told in OpenAPI 3.1, made from the endpoints on the shelf and the models that answer."""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from .endpoint import Endpoint, endpoints
from .problem import MEDIA_TYPE, Problem

_REF = "#/components/schemas/"
_ALWAYS = {
    401: "No token, or none that is valid.",
    403: "The token lacks the scope.",
    422: "What is asked cannot be understood.",
    429: "Too many wrong tokens from this address, or too many requests; `Retry-After` says how long to wait.",
    500: "Something failed; it is in the log.",
    503: "The database is busy or cannot be reached; `Retry-After` says when to ask again.",
}
_SOMETIMES = {
    404: "There is no such thing.",
    409: "It is not in a state for that.",
    413: "The body is too large.",
    415: "The body is no JSON.",
}

Json = dict[str, Any]


@cache
def description(server: str) -> Json:
    """Give the description of all endpoints, as they are reached at `server`."""
    shelf = list(endpoints().values())
    schemas = _schemas(shelf)
    paths: Json = {}
    for one in shelf:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas)
    # What is asked stands with the parameters; only what it refers to stays.
    for one in shelf:
        schemas.pop(one.asks.__name__, None)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tocsin",
            "version": version("tocsin"),
            "summary": "The articles, stories, outlets, watches, subscriptions and deliveries of one Tocsin.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token by `tocsin tokens create`, with the scope that an operation names.",
                }
            },
        },
    }


def _schemas(shelf: Iterable[Endpoint]) -> Json:
    asked: list[type[BaseModel]] = [one.asks for one in shelf]
    given: list[type[BaseModel]] = [Problem, *(one.gives for one in shelf)]
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [(model, "validation") for model in dict.fromkeys(asked)]
    models += [(model, "serialization") for model in dict.fromkeys(given)]
    _, found = models_json_schema(models, ref_template=_REF + "{model}")
    schemas: Json = found["$defs"]
    return schemas


def _operation(one: Endpoint, schemas: Json) -> Json:
    asked = schemas[one.asks.__name__]
    required, fields = set(asked.get("required", ())), asked.get("properties", {})
    named = {name: _parameter(name, fields[name], name in required, one.holes) for name in fields}
    operation: Json = {
        "operationId": _id(one),
        "summary": one.summary,
        "tags": [one.path.split("/")[1]],
        "security": [{"token": [one.scope.value]}],
        "responses": _responses(one),
    }
    rest = {name: schema for name, schema in fields.items() if name not in one.holes}
    parameters = [value for name, value in named.items() if one.reads or name in one.holes]
    if parameters:
        operation["parameters"] = parameters
    if one.acts and rest:
        body = {"type": "object", "properties": rest, "additionalProperties": False}
        if needed := sorted(required & set(rest)):
            body["required"] = needed
        operation["requestBody"] = {"required": bool(needed), "content": {"application/json": {"schema": body}}}
    return operation


def _parameter(name: str, schema: Json, required: bool, holes: Iterable[str]) -> Json:
    # What may be left out is never null in an address.
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    said = {key: value for key, value in schema.items() if key not in ("anyOf", "description", "title")}
    said |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds} if kinds else {}
    if said.get("default", "") is None:
        del said["default"]
    found: Json = {"name": name, "in": "path" if name in holes else "query", "required": required, "schema": said}
    if "description" in schema:
        found["description"] = schema["description"]
    return found


def _responses(one: Endpoint) -> Json:
    content = {"application/json": {"schema": {"$ref": _REF + one.gives.__name__}}}
    found: Json = {"200": {"description": "As asked.", "content": content}}
    if one.reads:
        found["304"] = {"description": "It is as `If-None-Match` says."}
    refused = dict(_ALWAYS)
    refused |= {status: _SOMETIMES[status] for status in (*one.refusals, *((413, 415) if one.acts else ()))}
    for status, why in sorted(refused.items()):
        content = {MEDIA_TYPE: {"schema": {"$ref": _REF + Problem.__name__}}}
        found[str(status)] = {"description": why, "content": content}
    return found


def _id(one: Endpoint) -> str:
    """Give a name for the operation, like `getArticlesById`."""
    parts = [part for part in one.path.split("/") if part]
    words = [f"By{part[1:-1].title()}" if part.startswith("{") else part.title() for part in parts]
    return one.method.lower() + "".join(words)
