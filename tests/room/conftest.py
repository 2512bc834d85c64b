"""What the tests of flows share: the alliance of `alliance_cases`, and a second database to compare the first with."""

from collections.abc import AsyncIterator

import pytest

from sangdan.kit.db import Pool
from sangdan.kit.migrate import migrate

from .alliance_town import Town


@pytest.fixture
async def town(db: Pool) -> Town:
    """The alliance on a Monday morning; its bank approves everything."""
    made = Town(db)
    await made.found()
    return made


@pytest.fixture
async def second_db(empty_url: str) -> AsyncIterator[Pool]:
    """A pool on another migrated database of the test's own."""
    migrate(empty_url)
    pool = await Pool.open(empty_url, size=4)
    yield pool
    await pool.close()
