"""Everything that can be exported by a statement, by name."""

from types import MappingProxyType
from typing import Final

from .reference import REFERENCE
from .resource import EVERYBODY, Resource
from .trade import TRADE

__all__ = ["EVENTS", "EVERYBODY", "RESOURCES", "Resource"]

RESOURCES: Final = MappingProxyType({resource.name: resource for resource in (*REFERENCE, *TRADE)})
# Public events are no table: they are read from the feed as the asker may see them.
EVENTS: Final = "events"
