"""The door's documentation: OpenAPI 3.1, made from the routes themselves."""

from typing import Any, Final

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
    """The document, with the header that the framework cannot know of: it is taken before a route is called."""
    document = app.openapi_schema.to_schema()
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path_format.startswith("/v1/"):
            continue
        for handler in route.route_handlers:
            for method in handler.http_methods:
                if takes_key(method, handler.opt):
                    operation = document["paths"][route.path_format][method.lower()]
                    operation["parameters"] = [*operation.get("parameters", []), KEY_HEADER]
    return document


def _operation_id(handler: HTTPRouteHandler, method: Method, parts: list[str | PathParameterDefinition]) -> str:
    """Named as in our source, so that generated clients keep their names when an address gains a part."""
    return f"{handler.fn.__module__.rpartition('.')[2]}_{handler.fn.__name__.rstrip('_')}"


def _no_pages(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    raise NotFoundException
