"""The order of a category's goods: sorted once a minute, so that a page is a slice."""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.reviews.model import PRIOR_MILLI, PRIOR_REVIEWS

from .outlook import MINUTE_S

Sort: TypeAlias = Literal["rated", "new"]

# Nobody turns more pages than these hold: whoever wants something else searches.
MOST: Final = 2_000
KEPT: Final = 256

_Key: TypeAlias = tuple[str, int, str, str | None, Sort, int]
_known: OrderedDict[_Key, Sequence[str]] = OrderedDict()


async def listed(conn: Conn, category: str | None, sort: Sort, at: datetime) -> Sequence[str]:
    """The first products of a category and of those below it.

    sort  rated: by the shrunk average of their reviews; new: the highest id first
    """
    info = conn.info
    key = info.host, info.port, info.dbname, category, sort, int(at.timestamp()) // MINUTE_S
    if (found := _known.pop(key, None)) is None:
        if sort == "rated":
            found = await catalogue.best_rated(conn, category, PRIOR_REVIEWS, PRIOR_MILLI, MOST)
        else:
            found = await catalogue.newest(conn, category, MOST)
    _known[key] = found
    while len(_known) > KEPT:
        _known.popitem(last=False)
    return found
