"""Reads the OpenAPI document: which operations there are, and which schemas each of them reaches."""

import keyword
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

Schema = Mapping[str, Any]

REF: Final = "#/components/schemas/"
KEY: Final = "Idempotency-Key"
JSON: Final = "application/json"
# The framework's answer of a stream that never ends has its own reader in the client.
STREAM: Final = "text/event-stream"


class Parameter(msgspec.Struct, frozen=True):
    """A value in the path or the query."""

    name: str
    place: str
    required: bool
    schema: dict[str, Any]


class Operation(msgspec.Struct, frozen=True):
    """One route and method.

    group, name  as the client calls it: client.group.name(...)
    body         schema of the JSON body; None for none, or for one that is sent as it is
    raw          the media types of a body that is sent as it is
    gives        schema of the answer; None for none
    media_type   of the answer
    """

    group: str
    name: str
    method: str
    path: str
    about: str
    parameters: tuple[Parameter, ...]
    keyed: bool
    body: dict[str, Any] | None
    raw: tuple[str, ...]
    gives: dict[str, Any] | None
    media_type: str


def operations(document: Mapping[str, Any]) -> list[Operation]:
    """Every operation of /v1, in the document's order."""
    return [
        _operation(path, method, each)
        for path, item in document["paths"].items()
        if path.startswith("/v1/")
        for method, each in item.items()
    ]


def _operation(path: str, method: str, each: Mapping[str, Any]) -> Operation:
    group, _, name = each["operationId"].partition("_")
    bodies: Mapping[str, Any] = each.get("requestBody", {}).get("content", {})
    status = min(code for code in each["responses"] if code < "300")
    answers: Mapping[str, Any] = each["responses"][status].get("content", {})
    media_type = next((kind for kind in answers if kind != STREAM), "")
    parameters = tuple(
        Parameter(p["name"], p["in"], bool(p.get("required")), p["schema"])
        for p in each.get("parameters", ())
        if p["in"] in ("path", "query")
    )
    return Operation(
        group=group,
        name=_short(group, name, method),
        method=method.upper(),
        path=path,
        about=each.get("description", ""),
        parameters=parameters,
        keyed=any(p["name"] == KEY for p in each.get("parameters", ())),
        body=bodies.get(JSON, {}).get("schema"),
        raw=tuple(kind for kind in bodies if kind != JSON) if JSON not in bodies else (),
        gives=answers[media_type].get("schema") if media_type == JSON else None,
        media_type=media_type,
    )


def _short(group: str, name: str, method: str) -> str:
    """`orders.order` reads better as `orders.get`, `orders.list_orders` as `orders.list`."""
    if method != "get":
        return f"{name}_" if keyword.iskeyword(name) else name
    name = name.removeprefix("list_") if name != f"list_{group}" else group
    if name == group:
        return "list"
    return "get" if f"{name}s" == group else name


def reached(document: Mapping[str, Any], schema: Schema | None) -> Iterator[str]:
    """The names of the schemas behind a schema, the deepest first, each once."""
    seen: set[str] = set()

    def walk(part: Any) -> Iterator[str]:
        if isinstance(part, list):
            for each in part:  # pyright: ignore[reportUnknownVariableType]
                yield from walk(each)
        elif isinstance(part, dict):
            entries: dict[str, Any] = part  # pyright: ignore[reportUnknownVariableType]
            name = str(entries.get("$ref", "")).removeprefix(REF)
            if name and name not in seen:
                seen.add(name)
                yield from walk(document["components"]["schemas"][name])
                yield name
            for each in entries.values():
                yield from walk(each)

    if schema is not None:
        yield from walk(dict(schema))
