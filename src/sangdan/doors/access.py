"""Who may use which route: one table of roles, and the gate that keeps it."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from sangdan.kit import access
from sangdan.kit.access import Role, Seer
from sangdan.kit.db import Pool

from .problems import ApiKeyUnknown, RoleMayNot

# A revoked key works on in other processes for at most this long.
REMEMBERED_S: Final = 5.0
MOST_REMEMBERED: Final = 10_000

Roles: TypeAlias = frozenset[Role]


def _roles(*named: Role) -> Roles:
    return frozenset(named)


TOWER: Final = _roles("tower")
SHOP_ALONE: Final = _roles("shop")
SHOP: Final = TOWER | _roles("shop")
ALLY: Final = TOWER | _roles("ally")
ALLIES: Final = SHOP | ALLY
FLOOR: Final = TOWER | _roles("floor")
COURIER: Final = TOWER | _roles("courier")
ALL: Final = ALLIES | FLOOR | COURIER

MATRIX: Final[Mapping[str, Roles]] = {
    "GET /v1/clients": TOWER,
    "POST /v1/clients": TOWER,
    "DELETE /v1/clients/{client_id}": TOWER,
    "GET /v1/products": ALL,
    "GET /v1/products/{product_id}": ALL,
    "GET /v1/products/{product_id}/reviews": ALL,
    "GET /v1/categories": ALL,
    "GET /v1/goods": ALL,
    "POST /v1/reviews": SHOP_ALONE,
    "GET /v1/reviews": SHOP,
    "POST /v1/reviews/{review_id}/reports": SHOP_ALONE,
    "POST /v1/reviews/{review_id}/decision": SHOP,
    "GET /v1/skus/{sku}": ALL,
    "GET /v1/search": ALL,
    "GET /v1/suggestions": ALL,
    "GET /v1/nodes": ALL,
    "GET /v1/partners": ALL,
    "POST /v1/imports/{kind}": ALLY,
    "GET /v1/stock": ALLIES | FLOOR,
    "POST /v1/stock/counts": ALLY,
    "POST /v1/stock/receipts": FLOOR,
    "POST /v1/reservations": SHOP,
    "DELETE /v1/reservations/{reservation_id}": SHOP,
    "POST /v1/promises": SHOP_ALONE,
    "POST /v1/holds": SHOP_ALONE,
    "DELETE /v1/holds/{hold_id}": SHOP_ALONE,
    "POST /v1/promises/explanation": SHOP,
    "POST /v1/orders": SHOP_ALONE,
    "POST /v1/purchases": SHOP_ALONE,
    "GET /v1/orders": ALLIES,
    "GET /v1/orders/{order_id}": ALLIES,
    "GET /v1/orders/{order_id}/timeline": SHOP,
    "POST /v1/orders/{order_id}/cancellation": SHOP,
    "POST /v1/orders/{order_id}/confirmation": SHOP,
    "GET /v1/orders/{order_id}/recipient": ALL,
    "PUT /v1/orders/{order_id}/recipient": SHOP_ALONE,
    "GET /v1/shoppers/{shopper_id}": SHOP,
    "PUT /v1/shoppers/{shopper_id}": SHOP_ALONE,
    "DELETE /v1/shoppers/{shopper_id}": SHOP,
    "GET /v1/shoppers/{shopper_id}/kept": TOWER,
    "GET /v1/shoppers/{shopper_id}/consents": SHOP,
    "POST /v1/shoppers/{shopper_id}/consents": SHOP_ALONE,
    "GET /v1/shoppers/{shopper_id}/readings": SHOP,
    "POST /v1/shopper-searches": SHOP,
    "POST /v1/payments/notifications": SHOP,
    "POST /v1/nodes/{node_id}/gs1-prefix": FLOOR,
    "POST /v1/nodes/{node_id}/outage": FLOOR,
    "DELETE /v1/nodes/{node_id}/outage": FLOOR,
    "GET /v1/outages": FLOOR,
    "POST /v1/lanes/{lane_id}/closing": COURIER,
    "DELETE /v1/lanes/{lane_id}/closing": COURIER,
    "POST /v1/carriers/{carrier_id}/closing": TOWER,
    "DELETE /v1/carriers/{carrier_id}/closing": TOWER,
    "GET /v1/closings": COURIER,
    "GET /v1/tasks": FLOOR,
    "POST /v1/tasks/{parcel_id}/pick": FLOOR,
    "POST /v1/tasks/{parcel_id}/pack": FLOOR,
    "POST /v1/tasks/{parcel_id}/hand-over": FLOOR,
    "GET /v1/parcels/{parcel_id}": ALLIES | COURIER,
    "POST /v1/parcels/{parcel_id}/tracking": COURIER,
    "POST /v1/tracking": COURIER,
    "GET /v1/notices": SHOP,
    "POST /v1/notices/{notice_id}/retry": SHOP,
    "GET /v1/statements": ALLIES | COURIER,
    "GET /v1/analytics": SHOP,
    "GET /v1/sandbox/clock": ALL,
    "POST /v1/sandbox/clock": SHOP,
    "GET /v1/events": ALLIES | COURIER,
    "GET /v1/exports/{resource}": ALLIES | COURIER,
    "POST /v1/webhooks": ALLIES | COURIER,
    "GET /v1/webhooks": ALLIES | COURIER,
    "GET /v1/webhooks/{endpoint_id}": ALLIES | COURIER,
    "PATCH /v1/webhooks/{endpoint_id}": ALLIES | COURIER,
    "POST /v1/webhooks/{endpoint_id}/rotation": ALLIES | COURIER,
    "POST /v1/webhooks/{endpoint_id}/replays": ALLIES | COURIER,
    "POST /v1/webhooks/{endpoint_id}/ping": ALLIES | COURIER,
    "GET /v1/webhooks/{endpoint_id}/deliveries": ALLIES | COURIER,
    "DELETE /v1/webhooks/{endpoint_id}": ALLIES | COURIER,
}


def is_open(scope: Scope) -> bool:
    """Whether anybody may ask: health, figures and documentation, which show nothing that belongs to an ally."""
    return not scope["path"].startswith("/v1/") or (scope["type"] == "http" and scope["method"] == "OPTIONS")


class Gate(ASGIMiddleware):
    """Finds the caller by its key and asks the table; refuses before anything else is read.

    pool  where the clients are
    """

    scopes = (ScopeType.HTTP,)

    def __init__(self, pool: Pool) -> None:
        self.should_bypass_for_scope = is_open
        self._pool = pool
        self._known: dict[bytes, tuple[Seer, float]] = {}

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        seer = await self._caller(request.headers.get("authorization", ""))
        if seer.role not in MATRIX[f"{request.method} {scope['path_template']}"]:
            raise RoleMayNot(f"A key of role {seer.role} may not do this.", role=seer.role)
        scope["user"] = seer
        await next_app(scope, receive, send)

    async def _caller(self, authorization: str) -> Seer:
        scheme, _, key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not access.looks_like_key(key):
            raise ApiKeyUnknown("Send a valid API key in the Authorization header, as 'Bearer sgd_...'.")
        key_hash = access.hash_key(key)
        now_s = asyncio.get_running_loop().time()
        known = self._known.get(key_hash)
        if known is not None and known[1] > now_s:
            return known[0]
        async with self._pool.connection() as conn:
            seer = await access.find(conn, key_hash)
        if seer is None:
            self._known.pop(key_hash, None)
            raise ApiKeyUnknown("This API key is unknown or was revoked; ask the alliance's tower for a new one.")
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[key_hash] = seer, now_s + REMEMBERED_S
        return seer

    def forget(self, client_id: str) -> None:
        """Ask the database again at the next call of this client: its key was revoked."""
        self._known = {key: seen for key, seen in self._known.items() if seen[0].client_id != client_id}
