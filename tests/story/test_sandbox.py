"""An integrator's test bench: a server whose clock moves, and a gateway that does as asked."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from sangdan.client import Refused, Sangdan
from sangdan.client.types import Found, WishedFor

from . import town
from .tower import Tower, tower

WEEK = timedelta(days=7)


def move(alliance: Sangdan, by: timedelta) -> datetime:
    return alliance.sandbox.clock_move(to=alliance.sandbox.clock_now().now + by).now


def delivered(served: Tower, keys: town.Keys, shop: Sangdan) -> UUID:
    """An order that arrived; gives its id."""
    lines = [WishedFor(sku="oil", units=1)]
    token = shop.promises.ask(postcode=town.POSTCODE, lines=lines).ways[0].token
    order = shop.orders.place(token=token, shopper_id="kim")
    move(shop, timedelta(minutes=6))
    assert shop.orders.get(order.order_id).state == "released"
    with (
        Sangdan(served.address, keys["icheon-floor"]) as floor,
        Sangdan(served.address, keys["baram-app"]) as courier,
    ):
        floor.tasks.number(town.ICHEON, gs1_prefix="88012340")
        work = floor.tasks.list(node_id=town.ICHEON).items[0]
        found = [Found(reservation_id=line.reservation_id, units=line.units) for line in work.lines]
        floor.tasks.pick(work.task.parcel_id, node_id=town.ICHEON, found=found)
        floor.tasks.pack(work.task.parcel_id, node_id=town.ICHEON)
        floor.tasks.hand_over(work.task.parcel_id, node_id=town.ICHEON)
        at = move(shop, timedelta(hours=10))
        courier.parcels.track(work.task.parcel_id, state="delivered", at=at)
    move(shop, timedelta())
    assert shop.orders.get(order.order_id).state == "delivered"
    return order.order_id


def test_a_week_passes_while_one_waits_and_timers_ring_at_their_instants() -> None:
    with tower("--sandbox") as served:
        keys = town.found(served)
        with Sangdan(served.address, keys["onmaru-web"]) as shop:
            order_id = delivered(served, keys, shop)
            came_at = shop.orders.get(order_id).delivered_at
            assert came_at is not None
            reached = move(shop, 2 * WEEK)
            order = shop.orders.get(order_id)
            assert order.state == "confirmed"
            assert order.confirmed_at is not None
            assert WEEK <= order.confirmed_at - came_at < WEEK + timedelta(minutes=5)
            with pytest.raises(Refused, match="sandbox-too-far"):
                move(shop, timedelta(days=400))

            served.end()
            refused = served.sangdan("serve")
            assert refused.returncode == 1
            assert "is a sandbox" in refused.stderr
            served.start()
            assert shop.sandbox.clock_now().now > reached
            assert shop.sandbox.clock_move(to=reached).now > reached  # it never goes back


def test_the_gateway_declines_what_ends_in_901() -> None:
    with tower("--sandbox", release_after_s="0") as served:
        keys = town.found(served)
        with (
            Sangdan(served.address, keys["onmaru-web"]) as shop,
            Sangdan(served.address, keys["deulnyeok-desk"]) as seller,
        ):
            lines = [WishedFor(sku="gim", units=1)]
            price = shop.promises.ask(postcode=town.POSTCODE, lines=lines).ways[0].way.price
            dearer = price.goods_minor + (901 - price.total_minor) % 1000
            offer = next(row for row in town.ROWS["offers"] if row["sku"] == "gim")
            seller.imports.import_(
                "offers", msgspec.json.encode({**offer, "price_minor": dearer}), media_type="application/x-ndjson"
            )
            way = shop.promises.ask(postcode=town.POSTCODE, lines=lines).ways[0]
            assert way.way.price.total_minor % 1000 == 901
            order = shop.orders.place(token=way.token, shopper_id="kim")
            move(shop, timedelta())
            seen = shop.orders.get(order.order_id)
            assert (seen.state, seen.reason) == ("cancelled", "payment_declined")


def test_real_orders_have_real_time() -> None:
    with tower() as served:
        keys = town.found(served)
        with Sangdan(served.address, keys["onmaru-web"]) as shop:
            token = shop.promises.ask(postcode=town.POSTCODE, lines=[WishedFor(sku="gim", units=1)]).ways[0].token
            shop.orders.place(token=token, shopper_id="kim")
            with pytest.raises(Refused, match="not-a-sandbox"):
                move(shop, WEEK)
            with pytest.raises(Refused, match="not-a-sandbox"):
                shop.sandbox.clock_now()
        served.end()
        refused = served.sangdan("serve", "--sandbox")
        assert refused.returncode == 1
        assert "whose time is real" in refused.stderr
        served.start()
