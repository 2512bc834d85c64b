"""The demo world: what there is, what is wanted of it in a day, and what really happens."""

from .demand import Wish, WishLine, wishes
from .reality import Reality
from .world import TABLES, Size, World, make_world

__all__ = ["TABLES", "Reality", "Size", "Wish", "WishLine", "World", "make_world", "wishes"]
