"""A messenger that sends nothing and keeps the last messages, as a phone would show them. It stands where no provider
is named in the settings."""

from collections import deque
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sangdan.talk.notices.model import SMS_BYTES, Channel, sms_bytes
from sangdan.talk.notices.ports import Outgoing, Receipt

KEPT: Final = 200


class SandboxMessenger:
    """Keeps messages in memory, one a key.

    kept  how many at most
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._last: deque[Outgoing] = deque(maxlen=kept)

    async def send(self, message: Outgoing) -> Receipt:
        """Keep it; a key that is known is kept once."""
        if self._find(message.key) is None:
            self._last.append(message)
        return _receipt(message)

    async def ask(self, message: Outgoing) -> Receipt:
        """What became of it: it was kept, or never came."""
        if self._find(message.key) is None:
            return Receipt(outcome="again", because="never_arrived")
        return _receipt(message)

    def phone(self) -> Sequence[Outgoing]:
        """The last messages, newest first."""
        return list(reversed(self._last))

    def _find(self, key: UUID) -> Outgoing | None:
        return next((message for message in self._last if message.key == key), None)


def _receipt(message: Outgoing) -> Receipt:
    return Receipt(outcome="sent", channel=channel_of(message), ref=f"sandbox-{message.key.hex[-12:]}")


def channel_of(message: Outgoing) -> Channel:
    """The channel that a message would go by: its dearest way, a long text to a phone as LMS."""
    way = message.ways[0]
    if way == "sms":
        return "sms" if sms_bytes(message.text) <= SMS_BYTES else "lms"
    return way
