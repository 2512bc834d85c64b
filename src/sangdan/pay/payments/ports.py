"""What we ask of a payment gateway. Every call is idempotent by its key: the same key is the same call."""

from typing import Protocol

from .model import Answer, Ask


class Gateway(Protocol):
    """Holds, takes and returns money.

    raises  GatewayTimeout from any call: it may or may not have been done
    """

    async def authorise(self, ask: Ask) -> Answer:
        """Hold the amount."""
        ...

    async def capture(self, ask: Ask) -> Answer:
        """Take the amount out of what `ask.of` holds; the rest is let go."""
        ...

    async def refund(self, ask: Ask) -> Answer:
        """Give back the amount out of what was captured of `ask.of`."""
        ...

    async def void(self, ask: Ask) -> Answer:
        """Let go of all that `ask.of` holds; nothing may be held under it afterwards."""
        ...

    async def inquire(self, key: str) -> Answer | None:
        """What became of the call with this key; None when it never arrived."""
        ...


class Outside(Protocol):
    """The part of the outside that payment flows use."""

    @property
    def gateway(self) -> Gateway: ...
