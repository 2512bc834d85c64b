"""A plan in the making: what the outlets of a set give so far."""

from collections.abc import Container

import msgspec

from .inputs import Seconds
from .outlets import Loose, Option
from .supply import Piece, Taken


class Draft(msgspec.Struct, frozen=True):
    """Part of a plan.

    cost     joined, of the goods and what their weight costs, without the parcels' own
    rooms_g  by the outlet's number in the set: how much more its parcel may weigh; below zero breaks its limit
    picks    (outlet's number, line's position, units of a piece)
    """

    cost: int
    promised_at: Seconds
    goods_minor: int
    rooms_g: tuple[int, ...]
    picks: tuple[tuple[int, int, Taken], ...] = ()

    def plus(self, option: Option, outlet: int, place: int) -> "Draft":
        """The draft with a line filled from the outlet of that number."""
        rooms_g = list(self.rooms_g)
        rooms_g[outlet] -= option.weight_g
        return Draft(
            self.cost + option.cost,
            max(self.promised_at, option.promised_at),
            self.goods_minor + option.goods_minor,
            tuple(rooms_g),
            (*self.picks, *((outlet, place, taken) for taken in option.takes)),
        )

    def plus_units(self, loose: Loose, outlet: int, place: int, units: int, weight_g: int) -> "Draft":
        """The draft with some units of a divided line, of `weight_g` each; none of them changes nothing."""
        if units == 0:
            return self
        goods_minor = loose.piece.offer.unit_price_minor * units
        takes = (Taken(loose.piece, units),)
        part = Option(loose.unit_cost * units, loose.promised_at, goods_minor, weight_g * units, takes)
        return self.plus(part, outlet, place)

    def most(self, loose: Loose, outlet: int, missing: int, weight_g: int, alike: Container[int] = ()) -> int:
        """How many of the missing units may come from there.

        alike  as for `free`
        """
        return max(0, min(missing, self.free(loose.piece, outlet, alike), self.rooms_g[outlet] // weight_g))

    def free(self, piece: Piece, outlet: int, alike: Container[int]) -> int:
        """How many units of a piece of an outlet are left.

        alike  the positions of the lines that may have taken of it
        """
        mine = (taken for number, place, taken in self.picks if number == outlet and place in alike)
        return piece.units - sum(taken.units for taken in mine if taken.piece.place == piece.place)
