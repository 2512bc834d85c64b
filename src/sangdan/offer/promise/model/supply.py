"""What the nodes hold of a basket: pieces of stock with an owner, a price and an instant from which they are there."""

from collections import defaultdict
from collections.abc import Sequence

import msgspec

from .inputs import Cell, Inputs, Offer, Seconds, offers_of


class Piece(msgspec.Struct, frozen=True):
    """Units of one seller on one node, from the shelf (inbound_id None) or from a dated inbound.

    scarcity_minor  of a unit, as in the cell
    """

    offer: Offer
    inbound_id: str | None
    since: Seconds
    units: int
    scarcity_minor: int = 0

    @property
    def place(self) -> tuple[str, str | None]:
        """Which of a node's pieces it is; lines may have prices of their own for the same units."""
        return self.offer.seller_id, self.inbound_id


class Taken(msgspec.Struct, frozen=True):
    """Units taken of a piece."""

    piece: Piece
    units: int


# By node, then by the line's position: the pieces that may fill the line, each seller's earliest first.
Supply = dict[str, list[list[Piece]]]


def supply_of(inputs: Inputs, *, dated: bool) -> Supply:
    """Lay out what each node holds for each line.

    dated  whether inbounds count, or only what lies on the shelves
    gives  nodes that hold anything for some line
    """
    cells: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in sorted(inputs.cells, key=_by_owner):
        cells[cell.sku].append(cell)
    supply: Supply = {}
    for place, line in enumerate(inputs.lines):
        offers = offers_of(line, inputs.offers)
        for cell in cells[line.sku]:
            offer = offers.get(cell.owner_id)
            pieces = _pieces(cell, offer, inputs.start, dated) if offer is not None else []
            if pieces:
                if cell.node_id not in supply:
                    supply[cell.node_id] = [[] for _ in inputs.lines]
                supply[cell.node_id][place].extend(pieces)
    return supply


def _by_owner(cell: Cell) -> str:
    return cell.owner_id


def _pieces(cell: Cell, offer: Offer, start: Seconds, dated: bool) -> list[Piece]:
    worth = cell.scarcity_minor
    pieces = [Piece(offer, None, start, cell.units, worth)] if cell.units > 0 else []
    if dated:
        pieces += [Piece(offer, due.inbound_id, max(start, due.due_at), due.units, worth) for due in cell.inbounds]
    return pieces


def whole(pieces: Sequence[Piece], units: int) -> list[tuple[Taken, ...]]:
    """Each seller who can fill the line alone from this node: the shelf first, then inbounds as they come.

    pieces  of one node and line, each seller's together, earliest first
    units   wanted, >= 1
    gives   for each such seller the units taken, summing to `units`
    """
    if len(pieces) == 1:
        return [(Taken(pieces[0], units),)] if pieces[0].units >= units else []
    fills: list[tuple[Taken, ...]] = []
    seller, taken, missing = "", list[Taken](), units
    for piece in pieces:
        if piece.offer.seller_id != seller:
            seller, taken, missing = piece.offer.seller_id, [], units
        if missing > 0:
            taken.append(Taken(piece, min(missing, piece.units)))
            missing -= taken[-1].units
            if missing == 0:
                fills.append(tuple(taken))
    return fills
