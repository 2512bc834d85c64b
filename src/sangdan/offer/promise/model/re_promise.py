"""Promises looked at again, a hundred thousand at a time: which dates are in danger, what could come sooner or cheaper.

One service to one zone is weighed at once: every open parcel of it against every gate. Nothing is decided here; who
re-sources a parcel that should move does so one at a time, and exactly.
"""

from typing import Final

import msgspec
import numpy as np

from .prune import NEVER, Flags, Numbers

# So many pairs of a parcel and a gate are weighed at once: a few megabytes for each column.
AT_ONCE: Final = 1 << 19


class Open(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Open parcels of one service to one zone.

    node         by parcel: where it is to come from, by number
    promised_at  by parcel
    weight_g     by parcel
    units        by parcel, of everything in it
    rows         parcel by part: the stock's row, -1 where it has fewer parts
    wanted       parcel by part: units, 0 where it has fewer parts
    needs        temperature by parcel: whether it must be kept
    """

    node: Numbers
    promised_at: Numbers
    weight_g: Numbers
    units: Numbers
    rows: Numbers
    wanted: Numbers
    needs: Flags


class Ways(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The gates by which they could come, as of now, for what starts now; amounts in minor units.

    node          by gate; promised_at, LATE when not in time
    parcel_minor  by gate: what a parcel costs the alliance, whatever is in it
    unit_minor    by gate: for each unit
    per_kg_minor  by gate
    keeps         temperature by gate
    """

    node: Numbers
    promised_at: Numbers
    parcel_minor: Numbers
    unit_minor: Numbers
    per_kg_minor: Numbers
    max_weight_g: Numbers
    keeps: Flags


class Weighed(msgspec.Struct, frozen=True, eq=False):
    """By parcel: what its own node would promise and cost now, and the best others; NEVER and -1 where there is none.

    own_at       own_cost    cost in thousandths
    keeps        the cheapest other gate that holds all of it and keeps its date, at keeps_cost
    soonest      the other gate that brings it first, the cheaper of equal ones, at soonest_at
    """

    own_at: Numbers
    own_cost: Numbers
    keeps: Numbers
    keeps_cost: Numbers
    soonest: Numbers
    soonest_at: Numbers


def weighed(parcels: Open, ways: Ways, shelf: Numbers) -> Weighed:
    """Weigh every parcel against every gate.

    shelf  row by node: what nobody has been promised
    """
    if len(ways.node) == 0:
        never, none = (np.full(len(parcels.node), each, np.int64) for each in (NEVER, -1))
        return Weighed(never, never, none, never, none, never)
    step = max(1, AT_ONCE // len(ways.node))
    parts = [_block(parcels, slice(start, start + step), ways, shelf) for start in range(0, len(parcels.node), step)]
    return Weighed(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _block(parcels: Open, some: slice, ways: Ways, shelf: Numbers) -> tuple[Numbers, ...]:
    weight_g, node = parcels.weight_g[some, None], parcels.node[some, None]
    # A parcel's carriage is exact in thousandths: grams times the price of a kilogram.
    cost = (ways.parcel_minor + ways.unit_minor * parcels.units[some, None]) * 1000 + ways.per_kg_minor * weight_g
    able = weight_g <= ways.max_weight_g
    for needed, kept in zip(parcels.needs[:, some], ways.keeps, strict=True):
        able &= ~needed[:, None] | kept
    own = able & (node == ways.node)
    other = able & (node != ways.node)
    for row, wanted in zip(parcels.rows[some].T, parcels.wanted[some].T, strict=True):
        asked = np.flatnonzero(row >= 0)
        other[asked] &= shelf[row[asked][:, None], ways.node] >= wanted[asked][:, None]
    own_at, own_gate = _least(np.where(own, ways.promised_at, NEVER), cost)
    in_time = other & (ways.promised_at <= parcels.promised_at[some, None])
    keeps_cost, keeps = _least(np.where(in_time, cost, NEVER), ways.promised_at)
    soonest_at, soonest = _least(np.where(other, ways.promised_at, NEVER), cost)
    every = np.arange(len(own_gate))
    own_cost = np.where(own_gate >= 0, cost[every, own_gate], NEVER)
    return own_at, own_cost, keeps, keeps_cost, soonest, soonest_at


def _least(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
    """By parcel: the least of a measure, and the gate that has it; of several the least by another one."""
    least = first.min(axis=1, initial=NEVER)
    gates = np.where(first == least[:, None], second, NEVER << 1).argmin(axis=1)
    return least, np.where(least < NEVER, gates, -1)
