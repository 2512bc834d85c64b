"""Rows of a room's listing with the names that people know things by, which other rooms hold."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from sangdan.doors.api.nodes import check_whole
from sangdan.flows.picture import network_of
from sangdan.kit.db import Conn
from sangdan.kit.lists import Wish
from sangdan.offer.partners import commands as partners

from .tables import Asked, Listed, Option

Row = TypeVar("Row", bound=msgspec.Struct)
Named = TypeVar("Named", bound=msgspec.Struct)


class Naming(Generic[Row, Named]):
    """A source of named rows.

    listed  the room's rows
    name    names a page of them; a named row has the fields that the listing sorts by
    """

    def __init__(self, listed: Listed[Row], name: Callable[[Asked, Sequence[Row]], Awaitable[Sequence[Named]]]) -> None:
        self._listed = listed
        self._name = name

    @property
    def orders(self) -> Sequence[str]:
        return self._listed.orders

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Named]:
        check_whole(asked.seer)
        return await self._name(asked, await self._listed.page(asked, wish, limit))

    async def end(self, asked: Asked, wish: Wish) -> tuple[Any, ...] | None:
        return await self._listed.end(asked, wish)

    def key(self, row: Any, order: str) -> tuple[Any, ...]:
        return self._listed.key(row, order)

    def kind(self, order: str) -> Any:
        return self._listed.kind(order)


async def nodes_as_options(asked: Asked) -> Sequence[Option]:
    """The nodes, by name."""
    network = await network_of(asked.conn)
    named = sorted((asked.say.of(node), node.node_id) for node in network.nodes.values())
    return [Option(node_id, name, name=True) for name, node_id in named]


async def partners_as_options(asked: Asked) -> Sequence[Option]:
    """The allies that the asker may see, by name."""
    names = await names_of_partners(asked.conn)
    seen = asked.seer.seen_by
    pairs = sorted((asked.say.of(each), partner_id) for partner_id, each in names.items() if seen in (None, partner_id))
    return [Option(partner_id, name, name=True) for name, partner_id in pairs]


async def names_of_partners(conn: Conn) -> dict[str, Any]:
    """The allies by id."""
    return {each.partner_id: each for each in await partners.partners(conn, None)}
