"""Shelves: what lies where, what came and went, and how somebody corrects it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from sangdan.doors.api.nodes import check_whole, own_node
from sangdan.doors.web.answers import words
from sangdan.doors.web.words import Words, mark
from sangdan.flows import adjust_stock
from sangdan.flows.picture import network_of
from sangdan.kit.access import Role, Seer
from sangdan.kit.db import Conn, Pool
from sangdan.kit.ids import Ids
from sangdan.kit.lists import Which, Wish
from sangdan.kit.problems import NotFound, Problem
from sangdan.offer.catalogue.queries import reading as goods
from sangdan.offer.stock import commands as stock
from sangdan.offer.stock.model import CAUSES, Balance, Movement
from sangdan.offer.stock.queries import listing as rows

from .forms import sent, told
from .frame import page
from .naming import Naming, names_of_partners, nodes_as_options, partners_as_options
from .tables import Asked, Cell, Choice, Column, Days, Listed, Option, Search, Table

KEEPERS: Final[frozenset[Role]] = frozenset({"tower", "ally"})
SHOWN: Final = 20
DRAWN: Final = 200

KIND: Final[Mapping[str, str]] = {
    "count": mark("counted"),
    "receive": mark("received"),
    "ship": mark("shipped"),
    "lost": mark("not there"),
    "found": mark("found again"),
    "return": mark("came back"),
}
CAUSE: Final[Mapping[str, str]] = {
    "counted": mark("Counted again"),
    "damaged": mark("Damaged"),
    "expired": mark("Past its date"),
    "missing": mark("Not to be found"),
    "found": mark("Found again"),
}
assert CAUSE.keys() == CAUSES.keys(), "every cause has its words"


class NoSuchCell(NotFound):
    """Nothing of these goods ever lay on that node, or they are another ally's."""

    code = "no-such-cell"


class Shelf(msgspec.Struct, frozen=True):
    """A cell with its names."""

    node_id: str
    sku: str
    owner_id: str
    on_hand: int
    reserved: int
    safety: int
    node: str
    goods: str
    owner: str

    @property
    def left(self) -> int:
        """What can still be promised."""
        return self.on_hand - self.reserved - self.safety


async def _named(asked: Asked, cells: Sequence[Balance]) -> list[Shelf]:
    network, allies = await network_of(asked.conn), await names_of_partners(asked.conn)
    known = {each.sku: each for each in await goods.skus(asked.conn, sorted({each.sku for each in cells}))}
    return [
        Shelf(
            each.node_id, each.sku, each.owner_id, each.on_hand, each.reserved, each.safety,
            asked.say.of(network.nodes[each.node_id]) if each.node_id in network.nodes else each.node_id,
            asked.say.of(known[each.sku]) if each.sku in known else each.sku,
            asked.say.of(allies[each.owner_id]) if each.owner_id in allies else each.owner_id,
        )
        for each in cells
    ]  # fmt: skip


def _left(row: Shelf, say: Words) -> Cell:
    return Cell(say.number(row.left), tone="" if row.left > 0 else "bad" if row.on_hand == 0 else "change")


SHELVES: Final = Table[Shelf](
    path="/stock",
    title=mark("Stock"),
    lead=mark("What lies where, what of it is promised, and what is left."),
    roles=KEEPERS,
    columns=(
        Column("goods", mark("Goods"), lambda row, say: Cell(row.goods, under=row.sku), order="sku", wide=True),
        Column("node", mark("Node"), lambda row, say: Cell(row.node, under=row.node_id), order="node"),
        Column("owner", mark("Owner"), lambda row, say: row.owner, phone=False),
        Column("on_hand", mark("On hand"), lambda row, say: say.number(row.on_hand), lambda row: row.on_hand, "whole",
               number=True, phone=False),
        Column("reserved", mark("Promised"), lambda row, say: say.number(row.reserved), lambda row: row.reserved,
               "whole", number=True, phone=False),
        Column("safety", mark("Kept back"), lambda row, say: say.number(row.safety), lambda row: row.safety, "whole",
               number=True, phone=False),
        Column("left", mark("Left"), _left, lambda row: row.left, "whole", number=True),
    ),
    filters=(
        Search("q", mark("SKU"), mark("The SKU, or how it begins")),
        Choice("node", mark("Node"), ask=nodes_as_options),
        Choice("owner", mark("Owner"), ask=partners_as_options),
        Choice("left", mark("Left"), (Option("none", mark("nothing left")), Option("some", mark("something left"))),
               sift=Which),
    ),
    source=Naming(Listed(rows.CELLS, rows.listed_cells), _named),
    order="node",
    row_id=lambda row: f"{row.node_id}/{row.sku}/{row.owner_id}",
    link=lambda row: f"/tower/stock/{row.node_id}/{row.sku}/{row.owner_id}",
)  # fmt: skip


class History(Listed[Movement]):
    """What came and went of a node's goods: asked for whole, it would be everything that ever moved."""

    async def page(self, asked: Asked, wish: Wish, limit: int) -> Sequence[Movement]:
        check_whole(asked.seer)
        return await super().page(asked, wish, limit) if {"node", "sku", "owner"} <= wish.filters.keys() else []


def _moved(row: Movement, say: Words) -> Cell:
    return Cell(f"{row.units:+,}".replace("-", "−"), tone="good" if row.units > 0 else "")


def _about(row: Movement, say: Words) -> str:
    cause = row.reference.removeprefix("adjust:")
    return say(CAUSE[cause]) if cause != row.reference and cause in CAUSE else row.reference


HISTORY: Final = Table[Movement](
    path="/stock/history",
    title=mark("What came and went"),
    lead=mark("Every change of a shelf is a movement; together they are what lies there."),
    roles=KEEPERS,
    columns=(
        Column("at", mark("When"), lambda row, say: say.when(row.at), lambda row: row.at, "instant", order="at"),
        Column("kind", mark("Movement"), lambda row, say: say(KIND[row.kind])),
        Column("units", mark("Units"), _moved, lambda row: row.units, "whole", number=True),
        Column("reference", mark("Why"), _about, wide=True),
    ),
    filters=(
        Choice("node", mark("Node"), ask=nodes_as_options),
        Search("sku", mark("SKU")),
        Choice("owner", mark("Owner"), ask=partners_as_options),
        Choice("kind", mark("Movement"), tuple(Option(kind, title) for kind, title in KIND.items())),
        Days("at", mark("Day")),
    ),
    source=History(rows.MOVEMENTS, rows.listed_movements),
    order="-at",
    row_id=lambda row: str(row.movement_id),
    empty=mark("Choose a node, a SKU and an owner."),
)


@get("/stock/{node_id:str}/{sku:str}/{owner_id:str}", opt={"roles": KEEPERS})
async def cell(
    request: Request[Seer, Any, Any],
    node_id: FromPath[str],
    sku: FromPath[str],
    owner_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Response[Any]:
    """One shelf: how it stands, what came and went, and a form to correct it."""
    async with pool.transaction() as conn:
        return await _shown(request, conn, (node_id, sku, owner_id), at, ids)


@post("/stock/{node_id:str}/{sku:str}/{owner_id:str}", opt={"roles": KEEPERS})
async def adjust(
    request: Request[Seer, Any, Any],
    node_id: FromPath[str],
    sku: FromPath[str],
    owner_id: FromPath[str],
    pool: NamedDependency[Pool],
    at: NamedDependency[datetime],
    ids: NamedDependency[Ids],
) -> Response[Any]:
    """Correct it, with a reason."""
    form = await sent(request)
    where = (node_id, sku, owner_id)
    try:
        async with pool.transaction() as conn:
            await own_node(conn, node_id, request.user)
            by = form.whole("by") * (-1 if form.fields.get("way") == "less" else 1)
            cause = form.one_of("cause", CAUSES)
            await adjust_stock.adjust(conn, request.user, form.id("movement"), where, by, cause, form.text("note"), at)
    except Problem as problem:
        wrong, status = told(request, problem)
        async with pool.transaction() as conn:
            return await _shown(request, conn, where, at, ids, wrong=wrong, status=status, entered=form.fields)
    return Redirect(f"/tower/stock/{node_id}/{sku}/{owner_id}?done=1", status_code=303)


async def _shown(
    request: Request[Seer, Any, Any],
    conn: Conn,
    where: tuple[str, str, str],
    at: datetime,
    ids: Ids,
    *,
    wrong: str = "",
    status: int = 200,
    entered: Mapping[str, str] | None = None,
) -> Response[Any]:
    check_whole(request.user)
    say = words(request)
    found = await stock.cell(conn, *where)
    if found is None or request.user.seen_by not in (None, found.owner_id):
        raise NoSuchCell("Nothing of these goods ever lay there.", node_id=where[0], sku=where[1])
    [shelf] = await _named(Asked(conn, request.user, at, say), [found])
    history = await stock.movements(conn, *where, None, DRAWN)
    node = (await network_of(conn)).nodes.get(where[0])
    may_adjust = node is not None and request.user.seen_by in (None, node.operator_id)
    return page(
        request, "tower/stock_cell.html", status,
        shelf=shelf, awaited=await stock.awaited(conn, *where),
        history=[(each, KIND[each.kind], _about(each, say)) for each in history[:SHOWN]],
        course=_course(found.on_hand, history, at), more=len(history) > SHOWN,
        causes=[(cause, say(title)) for cause, title in CAUSE.items()], may_adjust=may_adjust,
        movement_id=ids.new(at), wrong=wrong, entered=entered or {}, done="done" in request.query_params and not wrong,
    )  # fmt: skip


def _course(on_hand: int, history: Sequence[Movement], at: datetime) -> list[tuple[int, int]]:
    """How much lay there, from the oldest movement that is looked at until now: (milliseconds, units), ascending."""
    course = [(_ms(at), on_hand)]
    for each in history:
        course.append((_ms(each.at), on_hand))
        on_hand -= each.units
        course.append((_ms(each.at), on_hand))
    return course[::-1]


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


PAGES: Final = (cell, adjust)
