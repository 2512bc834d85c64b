"""A post office for tests: a town's shopper has a phone and a mailbox, and what is sent can be looked at."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from sangdan.flows.send_notices import Post, deliver_due
from sangdan.kit.db import Conn, Pool
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.model import Address, Notice, Receiver
from sangdan.talk.notices.ports import Messenger, Outgoing, Receipt

KIM: Final = Receiver(
    language="ko",
    name="김하나",
    phone=Address("01012345678", "010-****-5678"),
    email=Address("hana@example.com", "h***@example.com"),
    channels=("alimtalk", "sms", "email"),
    consents=frozenset(),
)
SENT: Final = Receipt(outcome="sent", channel="alimtalk", ref="1")
BUSY: Final = Receipt(outcome="again", because="busy")
REFUSED: Final = Receipt(outcome="refused", because="number-dead")
ACCEPTED: Final = Receipt(outcome="accepted", ref="later")


class Crashed(BaseException):
    """The process dies at this very moment."""


class Provider:
    """Sends one message a key, whatever it answers.

    answer  what it says to each try
    """

    def __init__(self, answer: Callable[[Outgoing], Receipt] = lambda _: SENT) -> None:
        self.answer: Callable[[Outgoing], Receipt] = answer
        self.tries: list[Outgoing] = []
        self.asked: Counter[UUID] = Counter()

    @property
    def keys(self) -> Counter[UUID]:
        """How often each key was tried: a provider sends one message for each."""
        return Counter(message.key for message in self.tries)

    async def send(self, message: Outgoing) -> Receipt:
        self.tries.append(message)
        return self.answer(message)

    async def ask(self, message: Outgoing) -> Receipt:
        self.asked[message.key] += 1
        return self.answer(message)


class PostOffice:
    """Sends a town's notices.

    person  who every shopper is; None: nobody knows them
    """

    def __init__(self, pool: Pool, messenger: Messenger | None = None, person: Receiver | None = KIM) -> None:
        self.pool = pool
        self.provider = Provider()
        self.person = person
        self.post = Post(messenger or self.provider, self._find)

    async def _find(self, conn: Conn, shop_id: str, shopper_id: str) -> Receiver | None:
        assert (shop_id, shopper_id) == ("market", "kim")
        return self.person

    def speaks(self, language: str) -> None:
        """The shopper reads Korean or English."""
        assert self.person is not None
        self.person = replace(self.person, language=language)

    async def deliver(self, at: datetime) -> list[str]:
        """Send all that is due; gives the templates that were tried, by their code without version."""
        before = len(self.provider.tries)
        while await deliver_due(self.pool, self.post, at):
            continue
        return [message.code[:-1] for message in self.provider.tries[before:]]

    async def notices(self, order_id: UUID) -> list[Notice]:
        """All of an order's notices."""
        async with self.pool.transaction() as conn:
            return await notices.of_order(conn, order_id)

    async def states(self, order_id: UUID) -> list[tuple[str, str, str | None]]:
        """Topic, state and reason of each."""
        return [(each.topic, each.state, each.because) for each in await self.notices(order_id)]
