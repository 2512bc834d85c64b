"""What the live picture may ask for."""

from .queries import one_instant, orders, packed, page, parcels

__all__ = ["one_instant", "orders", "packed", "page", "parcels"]
