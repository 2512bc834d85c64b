"""What can be exported: a name, and the statement that reads it."""

from typing import Final, LiteralString

import msgspec

from sangdan.kit.access import Role

EVERYBODY: Final[frozenset[Role]] = frozenset({"tower", "shop", "ally", "courier"})
ALLIES: Final[frozenset[Role]] = frozenset({"tower", "shop", "ally"})
SHOPS: Final[frozenset[Role]] = frozenset({"tower", "shop"})


class Resource(msgspec.Struct, frozen=True):
    """Rows of one kind.

    says   what one row is
    sql    reads them in the order of their key. It may ask for seen_by (the ally; NULL for the tower), role, since and
           until; what concerns the ally alone, and never a shopper's name, address or number
    roles  who may export it
    timed  whether it can be cut by time; by which column, `says` tells
    """

    name: str
    says: str
    sql: LiteralString
    roles: frozenset[Role] = EVERYBODY
    timed: bool = False
