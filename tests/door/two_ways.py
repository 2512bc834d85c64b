"""More of the tests' alliance: a cap that lies in a store around the corner, so that a basket can come in two ways."""

from typing import Any, Final

import httpx
import msgspec

from .alliance import POSTCODE, ROWS, SKU, bring, lines
from .journey import Callers

CAP, STORE, CAPS = "cap-s", "corner", 6
_NAMES: Final = {"name_ko": "모자", "name_en": "Cap"}
MORE: Final[dict[str, list[dict[str, Any]]]] = {
    "nodes": [
        {**ROWS["nodes"][0], "node_id": STORE, "kind": "store", "operator_id": "stranger", "pickup": True,
         "name_ko": "모퉁이점", "name_en": "Corner"}
    ],
    "products": [{"product_id": "cap", "category": "hats", **_NAMES}],
    "skus": [{**ROWS["skus"][0], "sku": CAP, "product_id": "cap", **_NAMES}],
    "offers": [{**ROWS["offers"][0], "sku": CAP, "price_minor": 7_900}],
    "stock": [{"node_id": STORE, "sku": CAP, "owner_id": "maker", "on_hand": CAPS}],
}  # fmt: skip


async def widen(door: httpx.AsyncClient) -> None:
    """Bring it in."""
    for kind, rows in MORE.items():
        answer = await bring(door, kind, lines(rows))
        assert (answer.status_code, answer.json()["rejected"]) == (200, 0), msgspec.json.encode(answer.json())


async def way(callers: Callers, sku: str, units: int, service: str) -> dict[str, Any]:
    """A way to receive something."""
    question = {"lines": [{"sku": sku, "units": units}], "postcode": POSTCODE}
    answer = await callers["shop"].post("/v1/promises", question)
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["ways"] if each["way"]["service"] == service)


async def both(callers: Callers, units: int = 2) -> list[dict[str, Any]]:
    """The tees by parcel, and a cap to fetch."""
    return [await way(callers, SKU, units, "standard"), await way(callers, CAP, 1, "pickup")]
