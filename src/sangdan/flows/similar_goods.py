"""What a shopper may like as well: the other sizes, colours and packs of a product, as far as there are any."""

from sangdan.kit.db import Conn
from sangdan.offer.catalogue import commands as catalogue
from sangdan.offer.catalogue.model import Sku
from sangdan.offer.stock import commands as stock


async def similar_goods(conn: Conn, sku: str, units: int, most: int) -> list[Sku]:
    """SKUs of the same product of which somewhere as many units can still be promised, those of which most are there.

    units  wanted, >= 1
    most   how many SKUs at most
    """
    siblings = {each.sku: each for each in await catalogue.siblings(conn, sku)}
    there: dict[str, int] = {}
    for cell in await stock.available(conn, sorted(siblings)):
        there[cell.sku] = there.get(cell.sku, 0) + cell.units
    enough = sorted((code for code, held in there.items() if held >= units), key=lambda code: (-there[code], code))
    return [siblings[code] for code in enough[:most]]
