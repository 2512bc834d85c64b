"""Somebody was faster while a shopper was paying: said kindly, with the next best ways for what cannot come so."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from litestar import Response

from sangdan.doors.api.desk import SimilarView, WayView
from sangdan.doors.api.placing import Till
from sangdan.doors.problems import status_of
from sangdan.flows.place_order import Short
from sangdan.kit.problems import Problem
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.promise.commands import Opened
from sangdan.offer.promise.model.basket import wishes_of

from ..answers import Asked, html, words
from .booth import Booth
from .checkout import in_words
from .shell import Shell
from .telling import Teller
from .way_view import WayShown


class PartLeft(msgspec.Struct, frozen=True):
    """A part of what was about to be bought.

    goods  what it brings, and how many units
    kept   the way that still stands; None when somebody was faster
    ways   the next best ones then
    """

    number: int
    goods: tuple[tuple[Sku, int], ...]
    kept: WayShown | None
    ways: tuple[WayShown, ...]


async def refused(
    request: Asked,
    shell: Shell,
    booth: Booth,
    till: Till,
    ways: Sequence[Opened],
    told: Sequence[list[Short]],
    at: datetime,
) -> Response[Any]:
    """The page: nothing was charged, and these are the next best ways of each part that was short.

    told    what stood in the way of each
    raises  what else can be the matter with one
    """
    problems: list[Problem | None] = []
    for each, short in zip(ways, told, strict=True):
        problem = await booth.refused(each, short, at) if short else None
        if problem is not None and "alternatives" not in problem.facts:
            raise problem
        problems.append(problem)
    say = words(request)
    tell = Teller(say, at)
    gone = {each["sku"] for short in told for each in short if "sku" in each}
    similar: list[SimilarView] = [each for problem in problems if problem for each in problem.facts["similar"]]
    async with till.pool.transaction() as conn:
        parts: list[PartLeft] = []
        for number, (each, problem) in enumerate(zip(ways, problems, strict=True), start=1):
            fresh: Sequence[WayView] = [WayView("", [], each.way)] if problem is None else problem.facts["alternatives"]
            shown = await in_words(conn, fresh, each.facts.postcode, say, tell)
            wishes = wishes_of(each.facts.lines)
            skus = await catalogue.skus(conn, [wish.sku for wish in wishes])
            parts.append(
                PartLeft(
                    number,
                    tuple((skus[wish.sku], wish.units) for wish in wishes),
                    shown[0] if problem is None else None,
                    () if problem is None else tuple(shown),
                )
            )
        others = [each.way for each in similar] if len(ways) == 1 else []
        instead = await in_words(conn, others, ways[0].facts.postcode, say, tell)
        goods = await catalogue.skus(conn, sorted(gone))
    first = ways[0]
    status = next(status_of(type(problem)) for problem in problems if problem is not None)
    return html(
        request, "shop/refused.html", status, shell=shell, parts_left=parts, gone=list(goods.values()),
        ways=parts[0].ways, similar=list(zip(similar, instead, strict=False)),
        total_minor=sum(each.way.price.total_minor for each in ways), currency=first.way.currency,
        postcode=first.facts.postcode, born=first.facts.birth_year or "",
        can_go_on=all(part.kept or part.ways for part in parts),
    )  # fmt: skip
