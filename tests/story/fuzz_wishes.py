"""One good request to every operation: what fits, and names what is there. Odd ones would prove little if none of the
questions ever got through.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from sangdan.client.types import Wanted

from . import town
from .fuzz_town import PERSONS, SHOPPERS, SPARE, SPARE_CARRIER, SPARE_LANE, Bench

# What a case of the fuzzer is made of: path_parameters, query, body.
Wish: TypeAlias = dict[str, Any]
Wisher: TypeAlias = Callable[[Bench, str], Wish]

_SHELF: Final = {"node_id": town.ICHEON, "sku": "oil", "owner_id": "deulnyeok"}
_PERSON: Final[dict[str, Any]] = msgspec.to_builtins(PERSONS["onmaru-web"])
# Whose stock an ally may count is its own.
_EXPORTED: Final = "events"
# Two things that come apart.
PAIR: Final = ("gim", "tea")


def _at(**parts: Any) -> Wish:
    return {"path_parameters": {name: str(value) for name, value in parts.items()}}


def _asked(**parts: Any) -> Wish:
    return {"query": parts}


def _said(body: Any) -> Wish:
    return {"body": body, "media_type": "application/json"}


def _nothing(bench: Bench, name: str) -> Wish:
    return {}


def _period(bench: Bench, name: str) -> Wish:
    now = datetime.now(UTC)
    return _asked(**{"from": (now - timedelta(days=30)).isoformat(), "to": (now + timedelta(days=30)).isoformat()})


def _shopper(bench: Bench) -> str:
    """Somebody new whom the shop knows."""
    shopper_id = f"kim-{bench.number()}"
    bench["onmaru-web"].shoppers.write(shopper_id, name="김아무", phone="010-0000-1234")
    return shopper_id


def _of_shop(name: str) -> Wish:
    """The tower says whose shopper it means, and why it asks."""
    return _asked(shop_id="onmaru", reason="call 12") if name == "tower" else {}


def _erased(bench: Bench, name: str) -> Wish:
    shopper_id = _shopper(bench)
    bench.placed("onmaru-web", shopper_id, PERSONS["onmaru-web"])
    bench["onmaru-web"].shoppers.erase(shopper_id)
    return _at(shopper_id=shopper_id) | _asked(shop_id="onmaru", reason="law")


def _pick(bench: Bench, name: str) -> Wish:
    work = bench.released()
    found = [{"reservation_id": str(line.reservation_id), "units": line.units} for line in work.lines]
    return _at(parcel_id=work.task.parcel_id) | _said({"node_id": town.GIMPO, "found": found})


def _paid(bench: Bench, name: str) -> Wish:
    order = bench.placed("onmaru-web")
    told = {"order_id": str(order.order_id), "key": bench.call_key(order.order_id), "kind": "authorise"}
    return _said(told | {"outcome": "approved", "amount_minor": order.sums.total_minor, "gateway_ref": "again"})


def _rows(bench: Bench, name: str) -> Wish:
    if name == "tower":
        kind, row = "partners", {"partner_id": "saebyeok", "kind": "retailer", "name_ko": "새벽", "name_en": "Dawn"}
    else:
        kind, row = "stock", _SHELF | {"on_hand": town.PLENTY}
    return _at(kind=kind) | {"body": msgspec.json.encode(row), "media_type": "application/x-ndjson"}


def _released_hold(bench: Bench, name: str) -> Wish:
    line = Wanted(node_id=town.ICHEON, sku="gim", owner_id="deulnyeok", units=1)
    [held] = bench[name].reservations.reserve(lines=[line]).reservations
    return _at(reservation_id=held.reservation_id) | _asked(node_id=town.ICHEON)


def _reopened(bench: Bench, name: str) -> Wish:
    bench[name].outages.close(SPARE, reason="other")
    return _at(node_id=SPARE) | _asked(checked=True)


def _opened_lane(bench: Bench, name: str) -> Wish:
    bench[name].closings.close_one(SPARE_LANE, reason="other")
    return _at(lane_id=SPARE_LANE)


def _opened_carrier(bench: Bench, name: str) -> Wish:
    bench[name].closings.close_all(SPARE_CARRIER, reason="other")
    return _at(carrier_id=SPARE_CARRIER)


def _revoked(bench: Bench, name: str) -> Wish:
    client_id = f"guest-{bench.number()}"
    bench["tower"].clients.make(client_id=client_id, role="tower")
    return _at(client_id=client_id)


def _opinion(bench: Bench) -> dict[str, Any]:
    """Of an order that arrived and that nobody has spoken of."""
    return {"order_id": str(bench.delivered().task.order_id), "line_no": 1, "stars": 5, "body": "바삭해요."}


def _reviewed(bench: Bench) -> UUID:
    return bench["onmaru-web"].reviews.write(**_opinion(bench)).review_id


def _report(bench: Bench) -> dict[str, Any]:
    now = bench["tower"].sandbox.clock_now().now.isoformat()
    return {"at": now, "state": "in_transit", "detail": "옥천 허브"}


def _url(bench: Bench, name: str) -> str:
    return f"https://hooks.example.com/{name}/{bench.number()}"


GOOD: Final[Mapping[str, Wisher]] = {
    "goods_categories": _nothing,
    "goods_goods": lambda b, n: _asked(postcode=town.POSTCODE),
    "goods_product": lambda b, n: _at(product_id="gim"),
    "reviews_of_product": lambda b, n: _at(product_id="gim"),
    "reviews_write": lambda b, n: _said(_opinion(b)),
    "reviews_queue": _nothing,
    "search_find": lambda b, n: _asked(q="김", postcode=town.POSTCODE),
    "search_suggest": lambda b, n: _asked(q="ㄱ"),
    "reviews_report": lambda b, n: _at(review_id=_reviewed(b)) | _said({"reason": "other", "reporter": "lee"}),
    "reviews_decide": lambda b, n: _at(review_id=_reviewed(b)) | _said({"state": "hidden", "reason": "광고"}),
    "health_live": _nothing,
    "health_ready": _nothing,
    "health_problem": lambda b, n: _at(code="no-such-order"),
    "analytics_report": _period,
    "catalogue_products": _nothing,
    "catalogue_sku": lambda b, n: _at(sku="gim"),
    "catalogue_nodes": _nothing,
    "catalogue_list_partners": _nothing,
    "clients_make": lambda b, n: _said({"client_id": f"guest-{b.number()}", "role": "tower"}),
    "clients_clients": _nothing,
    "clients_revoke": _revoked,
    "closings_close_one": lambda b, n: _at(lane_id=SPARE_LANE) | _said({"reason": "road"}),
    "closings_open_one": _opened_lane,
    "closings_close_all": lambda b, n: _at(carrier_id=SPARE_CARRIER) | _said({"reason": "strike"}),
    "closings_open_all": _opened_carrier,
    "closings_closings": _nothing,
    "events_events": lambda b, n: _asked(after=0, limit=2),
    "exports_export": lambda b, n: _at(resource=_EXPORTED),
    "explanations_explain": lambda b, n: _said({"order_id": str(b.placed("onmaru-web").order_id)}),
    "holds_hold": lambda b, n: _said({"token": b.token(n), "hold_s": 60}),
    "holds_release": lambda b, n: _at(hold_id=b[n].holds.hold(token=b.token(n)).hold_id),
    "imports_import": _rows,
    "notices_list_notices": _nothing,
    "notices_retry": lambda b, n: _at(notice_id=b.notice()),
    "orders_place": lambda b, n: _said(
        {"token": b.token(n), "shopper_id": "lee", "order_ref": f"주문 {b.number()}", "recipient": _PERSON}
    ),
    "orders_purchase": lambda b, n: _said(
        {
            "parts": [{"token": b.token(n, sku)} for sku in PAIR],
            "lines": [{"sku": sku, "units": 1} for sku in PAIR],
            "shopper_id": "lee",
        }
    ),
    "orders_list_orders": _nothing,
    "orders_order": lambda b, n: _at(order_id=b.sent.task.order_id),
    "orders_timeline": lambda b, n: _at(order_id=b.sent.task.order_id),
    "orders_cancel": lambda b, n: _at(order_id=b.placed("onmaru-web").order_id) | _said({}),
    "orders_confirm": lambda b, n: _at(order_id=b.delivered().task.order_id),
    "outages_close": lambda b, n: _at(node_id=SPARE) | _said({"reason": "flood"}),
    "outages_reopen": _reopened,
    "outages_outages": _nothing,
    "parcels_parcel": lambda b, n: _at(parcel_id=b.sent.task.parcel_id),
    "parcels_track": lambda b, n: _at(parcel_id=b.sent.task.parcel_id) | _said(_report(b)),
    "parcels_track_many": lambda b, n: _said([{"parcel_id": str(b.sent.task.parcel_id)} | _report(b)]),
    "payments_notify": _paid,
    "promises_ask": lambda b, n: _said(town.question("tea")),
    "recipients_name": lambda b, n: _at(order_id=b.placed("onmaru-web").order_id) | _said(_PERSON),
    "recipients_recipient": lambda b, n: _at(order_id=b.sent.task.order_id),
    "reservations_reserve": lambda b, n: _said({"lines": [_SHELF | {"sku": "gim", "units": 1}]}),
    "reservations_release": _released_hold,
    "sandbox_clock_now": _nothing,
    "sandbox_clock_move": lambda b, n: _said({"to": datetime.now(UTC).isoformat()}),
    "shoppers_write": lambda b, n: _at(shopper_id=f"kim-{b.number()}") | _said({"name": "김아무", "locale": "en"}),
    "shoppers_read": lambda b, n: _at(shopper_id=_shopper(b)) | _of_shop(n),
    "shoppers_erase": lambda b, n: _at(shopper_id=_shopper(b)),
    "shoppers_kept": _erased,
    "shoppers_consent": lambda b, n: _at(shopper_id="lee") | _said({"kind": "ads", "given": True, "how": "signup"}),
    "shoppers_consents": lambda b, n: _at(shopper_id=_shopper(b)),
    "shoppers_readings": lambda b, n: _at(shopper_id=SHOPPERS["onmaru-web"]),
    "shoppers_search": lambda b, n: _said({"phone": "010-0000-1234"}),
    "statements_statement": _period,
    "stock_balances": lambda b, n: _asked(node_id=town.ICHEON),
    "stock_count": lambda b, n: _said([_SHELF | {"on_hand": town.PLENTY}]),
    "stock_receive": lambda b, n: _said(
        [_SHELF | {"movement_id": f"00000000-0000-7000-8000-{b.number():012}", "units": 1, "reference": "입고 1"}]
    ),
    "tasks_number": lambda b, n: _at(node_id=town.GIMPO) | _said({"gs1_prefix": "88012340"}),
    "tasks_tasks": lambda b, n: _asked(node_id=town.GIMPO),
    "tasks_pick": _pick,
    "tasks_pack": lambda b, n: _at(parcel_id=b.picked().task.parcel_id) | _said({"node_id": town.GIMPO}),
    "tasks_hand_over": lambda b, n: _at(parcel_id=b.packed().task.parcel_id) | _said({"node_id": town.GIMPO}),
    "webhooks_make": lambda b, n: _said({"url": _url(b, n), "types": ["order.placed"]}),
    "webhooks_endpoints": _nothing,
    "webhooks_endpoint": lambda b, n: _at(endpoint_id=b.hook(n)),
    "webhooks_change": lambda b, n: _at(endpoint_id=b.hook(n)) | _said({"url": _url(b, n), "state": "off"}),
    "webhooks_remove": lambda b, n: _at(endpoint_id=b.hook(n)),
    "webhooks_rotate": lambda b, n: _at(endpoint_id=b.hook(n)) | _said({}),
    "webhooks_replay": lambda b, n: _at(endpoint_id=b.hook(n)) | _said({"after": 0}),
    "webhooks_ping": lambda b, n: _at(endpoint_id=b.hook(n)),
    "webhooks_deliveries": lambda b, n: _at(endpoint_id=b.hook(n)),
}
