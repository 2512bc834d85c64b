"""All reviews of a product: every one once, page by page, in the order and of the stars that were asked for."""

import re
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from sangdan.doors.api.app import House
from sangdan.kit.db import Pool
from sangdan.offer.reviews import commands as reviews
from sangdan.offer.reviews.model import Draft

from .alliance import SKU
from .conftest import AT
from .pages import without_assets
from .storefront import Browser, a_shop

MANY = 45
PATH = "/shop/products/tee/reviews"


@pytest.fixture(autouse=True)
def assets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages without their looks."""
    without_assets(monkeypatch)


@pytest.fixture
async def browser(house: House, founded: None, db: Pool) -> Browser:
    """A shop whose tee has many reviews; several were written at the same instant."""
    async with db.transaction() as conn:
        for n in range(MANY):
            body = f"좋아요 no{n:02}" if n % 3 else f"Fine no{n:02}"
            draft = Draft(
                UUID(int=n + 1), "tee", UUID(int=n + 1), 1, SKU, "market", None, n % 5 + 1, body,
                AT + timedelta(minutes=n // 4),
            )  # fmt: skip
            await reviews.write(conn, draft)
    return Browser(a_shop(house))


async def leafed(browser: Browser, path: str) -> list[tuple[int, int]]:
    """Number and stars of every review, through all pages."""
    found: list[tuple[int, int]] = []
    while path:
        page = await browser.get(path)
        assert page.status_code == 200
        found += told(page)
        more = re.search(r'<a [^>]*href="([^"]+)"[^>]*>(?:(?!</a>).)*More reviews', page.text, re.DOTALL)
        path = more[1].replace("&amp;", "&") if more else ""
    return found


def told(page: httpx.Response) -> list[tuple[int, int]]:
    numbers = [int(each) for each in re.findall(r"no(\d\d)", page.text)]
    return [(number, number % 5 + 1) for number in numbers]


async def test_each_is_shown_once_in_every_order(browser: Browser) -> None:
    newest = await leafed(browser, PATH)
    assert sorted(newest) == [(n, n % 5 + 1) for n in range(MANY)]
    assert [n // 4 for n, _ in newest] == sorted((n // 4 for n in range(MANY)), reverse=True)
    for order, backward in (("best", True), ("lowest", False)):
        found = await leafed(browser, f"{PATH}?order={order}")
        assert sorted(found) == sorted(newest)
        stars: Sequence[int] = [each for _, each in found]
        assert stars == sorted(stars, reverse=backward)
    assert {stars for _, stars in await leafed(browser, f"{PATH}?stars=2&order=best")} == {2}


async def test_each_says_its_language(browser: Browser) -> None:
    for language in ("ko", "en"):
        page = (await browser.web.get(PATH, headers={"accept-language": language})).text
        assert re.findall(r'<p lang="(\w+)">Fine', page)[0] == "en"
        assert re.findall(r'<p lang="(\w+)">좋아요', page)[0] == "ko"


@pytest.mark.parametrize(
    "query",
    ["after=nonsense", "after=5.1.2", "stars=9", "order=x", f"after={'9' * 17}.{'f' * 32}", "after=%00", "stars=²"],
)
async def test_an_address_that_says_nothing_is_the_first_page(browser: Browser, query: str) -> None:
    assert told(await browser.get(f"{PATH}?{query}"))[:4] == told(await browser.get(PATH))[:4]


async def test_a_product_that_is_gone_says_so(browser: Browser) -> None:
    assert (await browser.get("/shop/products/nothing/reviews")).status_code == 404
    assert f'href="{PATH}"' in (await browser.get("/shop/products/tee")).text
