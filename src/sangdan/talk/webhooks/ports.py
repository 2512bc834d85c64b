"""What sending needs of the outside."""

from collections.abc import Mapping
from typing import Protocol

from .model import Reply


class Post(Protocol):
    """Calls endpoints."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send once; never raises for what the receiver or the network do."""
        ...
