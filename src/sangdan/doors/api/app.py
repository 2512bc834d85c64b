"""The HTTP door, put together."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import msgspec
from litestar import Litestar, Request, Response, Router
from litestar.di import Provide
from litestar.exceptions import NotFoundException
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from sangdan.adapters.confined import Readers
from sangdan.doors import problems
from sangdan.doors.access import MATRIX, Gate
from sangdan.flows.learn_transit import Shelf
from sangdan.flows.picture import Shelves
from sangdan.flows.place_order import Terms
from sangdan.flows.place_order.counter import Counter
from sangdan.flows.search_goods import Finder, folder_of
from sangdan.kit.access import Seer
from sangdan.kit.clock import Clock, MovableClock
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.secrets import shared_key
from sangdan.kit.settings import Settings
from sangdan.kit.vault import Vault

from . import (
    analytics,
    catalogue,
    clients,
    closings,
    events,
    explanations,
    exports,
    goods,
    health,
    holds,
    imports,
    notices,
    orders,
    outages,
    parcels,
    payments,
    placing,
    promises,
    purchases,
    recipients,
    reservations,
    reviews,
    sandbox,
    search,
    shoppers,
    statements,
    stock,
    tasks,
    webhooks,
)
from .bodies import Bodies
from .desk import Desk
from .documentation import documentation
from .envelope import Envelope
from .looking import Looking
from .streams import Streams
from .trail import Trail
from .transactions import Transactions

Lost: TypeAlias = Callable[[Request[Any, Any, Any], Any], Response[Any]]

ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    analytics.report,
    catalogue.products, catalogue.sku, catalogue.nodes, catalogue.list_partners,
    clients.make, clients.clients, clients.revoke,
    closings.close_one, closings.open_one, closings.close_all, closings.open_all, closings.closings,
    events.events,
    explanations.explain,
    exports.export,
    goods.categories, goods.goods, goods.product,
    holds.hold, holds.release,
    imports.import_,
    notices.list_notices, notices.retry,
    placing.place, purchases.purchase, orders.list_orders, orders.order, orders.timeline, orders.cancel, orders.confirm,
    outages.close, outages.reopen, outages.outages,
    parcels.parcel, parcels.track, parcels.track_many,
    payments.notify,
    promises.ask,
    recipients.name, recipients.recipient,
    reservations.reserve, reservations.release,
    reviews.of_product, reviews.write, reviews.queue, reviews.report, reviews.decide,
    sandbox.clock_now, sandbox.clock_move,
    search.find, search.suggest,
    shoppers.write, shoppers.read, shoppers.erase, shoppers.kept, shoppers.consent, shoppers.consents,
    shoppers.readings, shoppers.search,
    statements.statement,
    stock.balances, stock.count, stock.receive,
    tasks.number, tasks.tasks, tasks.pick, tasks.pack, tasks.hand_over,
    webhooks.make, webhooks.endpoints, webhooks.endpoint, webhooks.change, webhooks.remove, webhooks.rotate,
    webhooks.replay, webhooks.ping, webhooks.deliveries,
)  # fmt: skip
OPEN_ROUTES: Final[Sequence[ControllerRouterHandler]] = (
    health.live,
    health.ready,
    health.figures,
    health.problem,
    health.openapi,
)


class House(msgspec.Struct, frozen=True):
    """What the routes work with.

    pool      the database
    clock     tells "now"
    ids       makes ids
    settings  what the operator chose
    desk      makes promises
    vault     seals what is personal
    counter   where orders are placed, many at a time
    shelves   the picture of the stock, where this machine keeps one
    finder    the search index, where this machine keeps one
    streams   tells events as they happen; whoever stops the server closes it first
    """

    pool: Pool
    clock: Clock
    ids: Ids
    settings: Settings
    desk: Desk
    vault: Vault
    counter: Counter
    shelves: Shelves = msgspec.field(default_factory=Shelves)
    finder: Finder = msgspec.field(default_factory=Finder)
    streams: Streams = msgspec.field(default_factory=Streams)

    @classmethod
    async def open(cls, pool: Pool, clock: Clock, ids: Ids, settings: Settings) -> "House":
        """A house with the key that signs promises, the operator's or the one that the servers share, and its vault."""
        if settings.secret is not None:
            secret = settings.secret.encode()
        else:
            async with pool.transaction() as conn:
                secret = await shared_key(conn, "promise", clock.now())
        vault = await Vault.open(pool, settings, clock)
        counter = Counter(pool, clock, settings.orders_waiting_max)
        async with pool.connection() as conn:
            shelves = await Shelves.open(conn, settings.picture)
        desk = Desk(secret, settings.promise_ttl_s, Shelf(), settings.release_after_s)
        return cls(pool, clock, ids, settings, desk, vault, counter, shelves, Finder(folder_of(settings)))


def _connection(request: Request[Any, Any, Any]) -> Conn:
    return request.scope["state"]["conn"]


def _trail(request: Request[Any, Any, Any]) -> Trail:
    return request.scope["state"]["trail"]


def _seer(request: Request[Seer, Any, Any]) -> Seer:
    return request.user


def _always(thing: Any) -> Provide:
    return Provide(lambda: thing, sync_to_thread=False)


def make_litestar(
    house: House, pages: Sequence[ControllerRouterHandler] = (), lost: Lost = problems.answer
) -> Litestar:
    """The framework's application, without the envelope.

    pages  routes of the pages: doors.web.app.make_web
    lost   answers where no route is
    """
    gate = Gate(house.pool)
    terms = Terms(house.settings.release_after_s, house.settings.confirm_after_days)

    def at() -> datetime:
        return house.clock.now()

    def looking(request: Request[Seer, Any, Any]) -> Looking:
        return Looking(house.pool, house.finder, house.shelves, request.user, house.clock.now())

    keyed = Router("/", route_handlers=ROUTES, security=[{"api_key": []}])
    given: dict[str, Any] = {
        "movable": house.clock if isinstance(house.clock, MovableClock) else None,
        "gate": gate,
        "pool": house.pool,
        "ids": house.ids,
        "desk": house.desk,
        "terms": terms,
        "till": placing.Till(house.pool, house.counter, house.desk, terms, house.vault, house.clock, house.ids),
        "shelves": house.shelves,
        "finder": house.finder,
    }
    given |= {"streams": house.streams, "vault": house.vault, "settings": house.settings}
    given |= {"workshop": exports.Workshop(), "explainers": explanations.Explainers(), "readers": Readers()}
    app = Litestar(
        [keyed, *OPEN_ROUTES, *pages],
        dependencies={
            "conn": Provide(_connection, sync_to_thread=False),
            "seer": Provide(_seer, sync_to_thread=False),
            "trail": Provide(_trail, sync_to_thread=False),
            "at": Provide(at, sync_to_thread=False),
            "looking": Provide(looking, sync_to_thread=False),
            **{name: _always(thing) for name, thing in given.items()},
        },
        exception_handlers={Exception: problems.answer, NotFoundException: lost},
        logging_config=None,
        middleware=[gate, Bodies(house.settings.body_limit_bytes), Transactions(house.pool, house.clock)],
        openapi_config=documentation(),
        request_max_body_size=house.settings.body_limit_bytes,
    )
    _check_matrix(app)
    return app


def make_app(house: House, pages: Sequence[ControllerRouterHandler] = (), lost: Lost = problems.answer) -> Envelope:
    """What the server runs: the API and, where they are given, the pages.

    lost  answers where no route is: doors.web.app.lost
    """
    return Envelope(make_litestar(house, pages, lost))


def _check_matrix(app: Litestar) -> None:
    """A route that the table of roles does not know could not be called; a row without a route is a leftover."""
    served = {
        f"{method} {route.path_format}"
        for route in app.routes
        if isinstance(route, HTTPRoute) and route.path_format.startswith("/v1/")
        for method in route.methods - {"OPTIONS"}
    }
    assert served == MATRIX.keys(), f"routes and roles differ: {sorted(served ^ MATRIX.keys())}"
