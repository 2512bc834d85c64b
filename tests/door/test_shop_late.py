"""The shopper's side of a later date: told on the order's page with two answers, one tap each; asked once."""

from datetime import timedelta
from uuid import UUID

import pytest

from sangdan.doors.api.app import House
from sangdan.flows.later_date import promise_later
from sangdan.kit.clock import SimClock
from sangdan.kit.db import Pool, value
from sangdan.kit.engine import Engine
from sangdan.order.orders import commands as orders

from .pages import without_assets
from .storefront import Browser, a_shop

ASKED = "it comes later than we promised"


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
def browser(house: House, founded: None) -> Browser:
    return Browser(a_shop(house))


async def late(browser: Browser, engine: Engine, house: House, db: Pool) -> UUID:
    """An order of this browser's that missed its van, and got a date two days later."""
    order_id = await browser.buy()
    await engine.run_until(house.clock.now() + timedelta(hours=1))
    assert isinstance(house.clock, SimClock)
    house.clock.set(house.clock.now() + timedelta(days=2))
    async with db.transaction() as conn:
        [parcel] = (await orders.read(conn, await orders.get(conn, order_id))).parcels
        await promise_later(conn, parcel.parcel_id, "", "missed_departure", house.clock.now(), None)
    await engine.drain()
    return order_id


async def test_the_date_is_taken_and_not_asked_again(browser: Browser, engine: Engine, house: House, db: Pool) -> None:
    order_id = await late(browser, engine, house, db)
    path = f"/shop/orders/{order_id}"
    page = (await browser.get(path)).text
    assert ASKED in page
    assert "Cancel the order, free of charge" in page
    assert "it missed the run that it was meant for" in page
    stranger = Browser(a_shop(house))
    assert (await stranger.post(f"{path}/date", answer="cancel")).status_code == 404

    assert (await browser.post(f"{path}/date", answer="take")).status_code == 303
    page = (await browser.get(path)).text
    assert ASKED not in page
    assert "You took the new date" in page
    async with db.connection() as conn:
        assert await value(conn, "SELECT state FROM orders.order") == "released"


async def test_it_is_cancelled_with_one_tap_and_twice_changes_nothing(
    browser: Browser, engine: Engine, house: House, db: Pool
) -> None:
    order_id = await late(browser, engine, house, db)
    path = f"/shop/orders/{order_id}"
    assert (await browser.post(f"{path}/date", answer="cancel")).status_code == 303
    again = await browser.post(f"{path}/date", answer="cancel")
    assert (again.status_code, "There is nothing to decide any more" in again.text) == (409, True)
    await engine.run_until(house.clock.now() + timedelta(minutes=5))
    page = (await browser.get(path)).text
    assert "This order was cancelled" in page
    assert "was refunded" in page
    async with db.connection() as conn:
        assert await value(conn, "SELECT kept FROM promise.outcome") is False
