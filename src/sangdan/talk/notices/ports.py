"""What we ask of those who carry messages to people."""

from typing import Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec

from .model import Channel, Wish

Outcome: TypeAlias = Literal["sent", "accepted", "refused", "again"]


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """A message on its way to a provider; holds personal data and is never written down.

    key        what the provider knows this try by: it sends one message a key, however often it is asked
    to         a phone number, or an e-mail address when the only way is email
    ways       alimtalk, sms or email, the dearest first; of those to a phone the provider falls back by itself
    code       the provider's name of an approved template, and what is put into it
    title      one line
    text       the whole message
    """

    key: UUID
    to: str
    ways: tuple[Wish, ...]
    code: str
    variables: dict[str, str]
    title: str
    text: str


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider says of a message.

    outcome   sent: it is out of our hands; accepted: ask later what became of it; refused: this way never works;
              again: nobody knows, or not now: repeat it with the same key
    channel   by which it went
    ref       the provider's own name of it
    because   a short code when it was not sent
    """

    outcome: Outcome
    channel: Channel | None = None
    ref: str | None = None
    because: str | None = None


class Messenger(Protocol):
    """Carries messages. Never raises for what a provider does: that is a receipt too."""

    async def send(self, message: Outgoing) -> Receipt:
        """Hand a message over. Harmless twice: the provider sends one a key."""
        ...

    async def ask(self, message: Outgoing) -> Receipt:
        """What became of a message that was accepted."""
        ...
