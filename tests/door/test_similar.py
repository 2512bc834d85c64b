"""A shopper who comes too late is offered the other sizes of the product, with a way to take one at once."""

import httpx

from . import alliance
from .alliance import ROWS, SKU, lines
from .journey import Callers, promised

LARGE = "tee-l"


async def test_the_other_size_is_offered_when_the_last_one_is_gone(door: httpx.AsyncClient, callers: Callers) -> None:
    await alliance.found(door)
    sku, offer, shelf = (ROWS[kind][0] for kind in ("skus", "offers", "stock"))
    for kind, row in (("skus", sku), ("offers", offer), ("stock", shelf)):
        assert (await alliance.bring(door, kind, lines([{**row, "sku": LARGE}]))).status_code == 200
    every = {"lines": [{"sku": SKU, "units": shelf["on_hand"]}], "postcode": alliance.POSTCODE}
    first, second = [await promised(callers, question=every) for _ in range(2)]
    taken = await callers["shop"].post("/v1/orders", {"token": first["token"], "shopper_id": "kim"})
    assert taken.status_code == 201, taken.text

    refused = await callers["shop"].post("/v1/orders", {"token": second["token"], "shopper_id": "lee"})
    told = refused.json()
    assert (refused.status_code, told["code"], told["args"]["alternatives"]) == (409, "stock-gone", [])
    [similar] = told["args"]["similar"]
    assert (similar["sku"], similar["instead_of"]) == (LARGE, SKU)
    placed = await callers["shop"].post("/v1/orders", {"token": similar["way"]["token"], "shopper_id": "lee"})
    assert placed.status_code == 201, placed.text
