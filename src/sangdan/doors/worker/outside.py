"""What a running alliance calls and looks after: its gateway, and the worker's chores."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from sangdan.adapters.objects import Objects, ObjectsAway, open_objects
from sangdan.adapters.sandbox_gateway import SandboxGateway, by_amount
from sangdan.flows import floor_photo, learn_transit, price_scarcity
from sangdan.flows.picture.following import FORGET_AFTER
from sangdan.flows.send_notices import find_in
from sangdan.kit import requests, sessions, tickets, tries
from sangdan.kit.clock import Clock, MovableClock
from sangdan.kit.db import Pool
from sangdan.kit.settings import Settings
from sangdan.kit.vault import Vault
from sangdan.offer.stock.queries import following
from sangdan.order.baskets import commands as baskets
from sangdan.pay.payments import commands as payments

from . import Chore
from .post import notice_senders, password_sender
from .senders import Sender
from .webhooks import open_webhooks

# How long a retry is known for one. A client that comes back later makes a new wish.
KEYS_KEPT: Final = timedelta(days=30)
TIDY_EVERY: Final = timedelta(hours=1)
SWEEP_EVERY: Final = timedelta(days=1)
# As long as a visitor's cookie lasts (doors/web/shop/visitor.py).
BASKETS_KEPT: Final = timedelta(days=90)
BASKETS_AT_ONCE: Final = 10_000
CHANGES_EVERY: Final = timedelta(seconds=20)


class Outside(msgspec.Struct, frozen=True):
    """The adapters in use. The sandbox gateway stands where a real one is plugged in.

    moved  the clock is moved by hand: what repeats every few minutes would do so thousands of times when it jumps
    """

    gateway: SandboxGateway
    moved: bool = False


def open_outside(clock: Clock) -> Outside:
    """The outside of a running alliance."""
    return Outside(SandboxGateway(clock, by_amount), moved=isinstance(clock, MovableClock))


def chores(pool: Pool, outside: Outside) -> Sequence[Chore]:
    """What the leading worker does each turn, besides what is due."""
    tidied_at: list[datetime] = []
    changes_at: list[datetime] = []
    started_at: list[datetime] = []

    async def deliver_notices(at: datetime) -> None:
        """The sandbox has no address to call back from, so its late answers are brought by hand."""
        for _, answer in outside.gateway.notices(at):
            async with pool.transaction() as conn:
                await payments.record(conn, answer, at)

    async def forget_requests(at: datetime) -> None:
        if tidied_at and at - tidied_at[0] < TIDY_EVERY:
            return
        async with pool.transaction() as conn:
            await requests.forget(conn, at - KEYS_KEPT)
            await baskets.forget(conn, at - BASKETS_KEPT, BASKETS_AT_ONCE)
            now = datetime.now(UTC)  # what people come in with lasts in real time, whatever a sandbox's clock shows
            await sessions.forget(conn, now)
            await tickets.forget(conn, now)
            await tries.forget(conn, now)
        tidied_at[:] = [at]

    async def forget_changes(at: datetime) -> None:
        """Changes of the stock are kept as long as a picture may need them."""
        if changes_at and at - changes_at[0] < CHANGES_EVERY:
            return
        async with pool.transaction() as conn:
            await following.tidy(conn, at - FORGET_AFTER)
        changes_at[:] = [at]

    async def start_jobs(at: datetime) -> None:
        """Once: from then on each job sets the timer of the next."""
        if not started_at and not outside.moved:
            async with pool.transaction() as conn:
                await price_scarcity.keep_going(conn, at)
                await learn_transit.keep_going(conn, at)
            started_at[:] = [at]

    return deliver_notices, forget_requests, forget_changes, start_jobs


def senders(pool: Pool, outside: Outside, vault: Vault, clock: Clock, settings: Settings) -> Sequence[Sender]:
    """What goes out beside the engine, in every process that works."""
    webhooks = open_webhooks(pool, vault, clock, private=settings.webhooks_private)
    photos = letting_photos_go(pool, open_objects(settings))
    links = password_sender(pool, settings, vault)
    return (*webhooks.senders(), *notice_senders(pool, settings, find_in(vault)), links, photos)


def letting_photos_go(pool: Pool, objects: Objects) -> Sender:
    """Deletes what is to be deleted, within the hour; beside the engine, for a store may be slow or away."""
    over_at: list[datetime] = []
    swept_at: list[datetime] = []

    async def let_go(at: datetime) -> bool:
        if over_at and at - over_at[0] < TIDY_EVERY:
            return False
        try:
            if await floor_photo.purge(pool, objects, at) > 0:
                return True
            if not swept_at or at - swept_at[0] >= SWEEP_EVERY:
                await floor_photo.sweep(pool, objects, at)
                swept_at[:] = [at]
        except ObjectsAway:
            pass  # it was logged, and rows say what is left to do in an hour
        over_at[:] = [at]
        return False

    return let_go
