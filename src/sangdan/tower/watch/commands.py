"""What the live picture may ask for."""

from .queries import one_instant, orders, packed, parcels, past, under_way

__all__ = ["one_instant", "orders", "packed", "parcels", "past", "under_way"]
