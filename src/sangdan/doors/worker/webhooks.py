"""The senders of webhooks: one finds what is to be sent, the others send. A slow receiver holds up one of them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import random
from typing import Final

from sangdan.adapters.webhook_post import WebhookPost
from sangdan.flows import send_webhooks
from sangdan.flows.send_webhooks import Sending
from sangdan.kit.clock import Clock
from sangdan.kit.db import Pool
from sangdan.kit.vault import Vault
from sangdan.talk.webhooks import commands as webhooks
from sangdan.talk.webhooks.model import Endpoint
from sangdan.talk.webhooks.ports import Post

from .senders import Sender

LANES: Final = 8
WAIT_S: Final = 0.5
TIDY_EVERY: Final = timedelta(minutes=10)


class Webhooks:
    """Sends webhooks in this process.

    sending  what it works with
    """

    def __init__(self, sending: Sending) -> None:
        self._sending = sending
        self._claimed: asyncio.Queue[Endpoint] = asyncio.Queue()
        self._busy = 0
        self._tidied_at: datetime | None = None

    def senders(self) -> Sequence[Sender]:
        """The one that finds, and those that send."""
        return (self.find, *(self.send for _ in range(LANES)))

    async def find(self, at: datetime) -> bool:
        """Queue what is new, and claim endpoints for as many lanes as have nothing to do."""
        async with self._sending.pool.transaction() as conn:
            more = await send_webhooks.spread(conn, at)
        free = LANES - self._busy - self._claimed.qsize()
        claimed = await send_webhooks.claim(self._sending.pool, at, free) if free > 0 else []
        for endpoint in claimed:
            self._claimed.put_nowait(endpoint)
        await self._tidy(at)
        return more or bool(claimed)

    async def send(self, at: datetime) -> bool:
        """Send to one endpoint that was claimed; gives whether there was one."""
        try:
            async with asyncio.timeout(WAIT_S):
                endpoint = await self._claimed.get()
        except TimeoutError:
            return False
        self._busy += 1
        try:
            await send_webhooks.send_due(self._sending, endpoint)
        finally:
            self._busy -= 1
        return True

    async def _tidy(self, at: datetime) -> None:
        """Forget what ended a month ago, a part at a time."""
        if self._tidied_at is not None and at - self._tidied_at < TIDY_EVERY:
            return
        async with self._sending.pool.transaction() as conn:
            gone = await webhooks.tidy(conn, webhooks.kept_since(at), send_webhooks.TIDIED)
        self._tidied_at = at if gone < send_webhooks.TIDIED else None


def open_webhooks(pool: Pool, vault: Vault, clock: Clock, *, private: bool, post: Post | None = None) -> Webhooks:
    """The senders of a running alliance.

    private  endpoints on one's own network are called too, for development
    post     calls them; None: over HTTP
    """
    return Webhooks(Sending(pool, vault, clock, post or WebhookPost(private=private), random))
