"""The HTTP door, put together."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Router
from litestar.connection import ASGIConnection
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.params import HeaderParameter
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler, Method
from litestar.types.internal_types import PathParameterDefinition

from sangdan.doors import problems
from sangdan.doors.access import MATRIX, Gate
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.requests import MAX_KEY
from sangdan.kit.settings import Settings

from . import (
    analytics,
    catalogue,
    clients,
    health,
    imports,
    orders,
    parcels,
    payments,
    reservations,
    statements,
    stock,
    tasks,
)
from .envelope import Envelope
from .picture import Picture
from .transactions import Transactions

API_VERSION: Final = "1.0.0"

# Running these twice changes nothing, so they need no Idempotency-Key.
HARMLESS: Final[Sequence[ControllerRouterHandler]] = (
    analytics.report,
    catalogue.products, catalogue.sku, catalogue.nodes, catalogue.list_partners,
    clients.make, clients.clients,
    imports.import_,
    orders.order, orders.list_orders, orders.timeline,
    parcels.parcel, parcels.track, parcels.track_many,
    payments.notify,
    statements.statement,
    stock.balances,
    tasks.tasks,
)
WRITES: Final[Sequence[ControllerRouterHandler]] = (
    clients.revoke,
    orders.cancel, orders.confirm,
    reservations.reserve, reservations.release,
    stock.count, stock.receive,
    tasks.pick, tasks.pack, tasks.hand_over,
)
OPEN_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    health.live, health.ready, health.figures, health.problem, health.openapi,
)


class House(msgspec.Struct, frozen=True):
    """What the routes work with.

    pool      the database
    clock     tells "now"
    ids       makes ids
    settings  what the operator chose
    """

    pool: Pool
    clock: Clock
    ids: Ids
    settings: Settings


def _connection(request: Request[Any, Any, Any]) -> Conn:
    return request.scope["state"]["conn"]


def _seer(request: Request[Seer, Any, Any]) -> Seer:
    return request.user


def _always(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False)


def make_litestar(house: House) -> Litestar:
    """The framework's application, without the envelope."""
    gate = Gate(house.pool)

    def at() -> datetime:
        return house.clock.now()

    key = HeaderParameter(
        name="Idempotency-Key", max_length=MAX_KEY,
        description="Any string of your own, one a wish: a retry with the same key has one effect and the same answer.",
    )
    reads = Router("/", route_handlers=HARMLESS, security=[{"api_key": []}])
    writes = Router("/", route_handlers=WRITES, security=[{"api_key": []}], parameters={"idempotency_key": key})
    given: dict[str, Any] = {"gate": gate, "pool": house.pool, "ids": house.ids, "picture": Picture()}
    app = Litestar(
        [reads, writes, *OPEN_ROUTES],
        dependencies={
            "conn": Provide(_connection, sync_to_thread=False),
            "seer": Provide(_seer, sync_to_thread=False),
            "at": Provide(at, sync_to_thread=False),
            **{name: _always(thing) for name, thing in given.items()},
        },
        exception_handlers={Exception: problems.answer},
        logging_config=None,
        middleware=[gate, Transactions(house.pool, house.clock)],
        openapi_config=_documentation(),
        request_max_body_size=house.settings.body_limit_bytes,
    )
    _check_matrix(app)
    return app


def make_app(house: House) -> Envelope:
    """What the server runs."""
    return Envelope(make_litestar(house))


def _documentation() -> OpenAPIConfig:
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


def _operation_id(handler: HTTPRouteHandler, method: Method, parts: list[str | PathParameterDefinition]) -> str:
    """Named as in our source, so that generated clients keep their names when an address gains a part."""
    return f"{handler.fn.__module__.rpartition('.')[2]}_{handler.fn.__name__}"


def _no_pages(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    raise NotFoundException


def _check_matrix(app: Litestar) -> None:
    """A route that the table of roles does not know could not be called; a row without a route is a leftover."""
    served = {
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/v1/")
        for method in route.methods - {"OPTIONS"}
    }
    assert served == MATRIX.keys(), f"routes and roles differ: {sorted(served ^ MATRIX.keys())}"
