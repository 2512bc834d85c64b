"""The door's documentation: OpenAPI 3.1, made from the routes themselves."""

from typing import Any, Final, cast, get_args, get_origin

import msgspec
from litestar import Litestar, Router
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.routes import HTTPRoute
from litestar.types import Method
from litestar.types.internal_types import PathParameterDefinition

from sangdan.doors.problems import BodyTooLarge
from sangdan.kit.requests import MAX_KEY

from .transactions import takes_key

API_VERSION: Final = "1.0.0"

KEY_HEADER: Final[dict[str, Any]] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Any string of your own, one a wish: a retry with the same key has one effect and the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": MAX_KEY},
}
BYTES: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}


def documentation() -> OpenAPIConfig:
    """How the framework describes our routes."""
    key = SecurityScheme(type="http", scheme="bearer", description="An API key, 'sgd_...', from the alliance's tower.")
    return OpenAPIConfig(
        title="Sangdan",
        version=API_VERSION,
        summary="One stock, one promise, one order, one ledger for an alliance of retailers.",
        license=License(name="Apache-2.0", identifier="Apache-2.0"),
        components=Components(security_schemes={"api_key": key}),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        # The framework's own pages would load scripts from a CDN; the document itself is at /openapi.json.
        openapi_router=Router("/openapi", route_handlers=[], guards=[_no_pages], include_in_schema=False),
        render_plugins=[JsonRenderPlugin()],
    )


def describe(app: Litestar) -> dict[str, Any]:
    """The document, with what the framework cannot know of: the header that is taken before a route is called, bodies
    that a route reads as they are (its `opt` names their `media_types`), how large a body may be, and further kinds of
    answers (`gives`).
    """
    document = app.openapi_schema.to_schema()
    _say_what_they_are(app, document["components"]["schemas"])
    _respell_patterns(document)
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path_format.startswith("/v1/"):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods - {"OPTIONS"}:
                operation = document["paths"][route.path_format][method.lower()]
                if takes_key(method, handler.opt):
                    operation["parameters"] = [*operation.get("parameters", []), KEY_HEADER]
                if media_types := handler.opt.get("media_types"):
                    operation["requestBody"] = {"required": True, "content": dict.fromkeys(media_types, BYTES)}
                if takes_key(method, handler.opt) or "requestBody" in operation:
                    too_large = {"description": BodyTooLarge.code, "content": operation["responses"]["401"]["content"]}
                    operation["responses"][str(BodyTooLarge.status)] = too_large
                if media_types := handler.opt.get("gives"):
                    operation["responses"]["200"]["content"].update(dict.fromkeys(media_types, BYTES))
    return document


def _say_what_they_are(app: Litestar, schemas: dict[str, Any]) -> None:
    """Give each schema the first sentence of its struct."""
    said: dict[str, str] = {}
    for struct in _structs(app):
        sentence = (struct.__doc__ or "").strip().partition("\n")[0]
        full = f"{struct.__module__}.{struct.__name__}".removeprefix("sangdan.").replace(".", "_")
        said |= {full: sentence, struct.__name__: sentence}
    for key, schema in schemas.items():
        if key in said:
            schema.setdefault("description", said[key])


def _respell_patterns(part: object) -> None:
    """Give every pattern the spelling of JSON Schema: its `$` is the very end, as `\\Z` is Python's."""
    if isinstance(part, dict):
        found = cast(dict[str, Any], part)
        if isinstance(pattern := found.get("pattern"), str):
            found["pattern"] = pattern.replace(r"\Z", "$")
        for inner in found.values():
            _respell_patterns(inner)
    elif isinstance(part, list):
        for inner in cast(list[Any], part):
            _respell_patterns(inner)


def _structs(app: Litestar) -> set[type[msgspec.Struct]]:
    """Every struct that a route takes or gives, and those inside them."""
    found: set[type[msgspec.Struct]] = set()

    def look(kind: Any) -> None:
        for part in get_args(kind):
            look(part)
        origin = get_origin(kind) or kind
        if isinstance(origin, type) and issubclass(origin, msgspec.Struct) and origin not in found:
            found.add(origin)
            for field in msgspec.structs.fields(origin):
                look(field.type)

    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            signature = handler.parsed_fn_signature
            look(signature.return_type.annotation)
            if "data" in signature.parameters:
                look(signature.parameters["data"].annotation)
            answers: dict[int, Any] = dict(handler.responses or {})
            for spec in answers.values():
                look(spec.data_container)
    return found


def _operation_id(handler: HTTPRouteHandler, method: Method, parts: list[str | PathParameterDefinition]) -> str:
    """Named as in our source, so that generated clients keep their names when an address gains a part."""
    return f"{handler.fn.__module__.rpartition('.')[2]}_{handler.fn.__name__.rstrip('_')}"


def _no_pages(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    raise NotFoundException
