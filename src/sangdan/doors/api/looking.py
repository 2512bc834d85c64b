"""What goods are looked at with, given as one thing: for several the framework starts a task each, which took a third
of the time of a search whose answer was remembered.
"""

from datetime import datetime

import msgspec

from sangdan.flows.picture import Shelves
from sangdan.flows.search_goods import Finder
from sangdan.flows.shop_window import Looker
from sangdan.kit.access import Seer
from sangdan.kit.db import Pool
from sangdan.offer.network.model import Network


class Looking(msgspec.Struct, frozen=True, eq=False):
    """What a look at goods needs.

    finder   the search index, where this machine keeps one
    shelves  the picture of the stock, likewise
    at       now
    """

    pool: Pool
    finder: Finder
    shelves: Shelves
    seer: Seer
    at: datetime

    def looker(self, network: Network, postcode: str | None) -> Looker:
        """Who looks, and where it would go.

        raises  PostcodeMalformed, PostcodeUnknown
        """
        place = None if postcode is None else network.zone_of(postcode)
        return Looker(self.seer.partner_id, place, self.at)
