"""What the tests of flows share: the alliance of `alliance_cases`, brought into a database of the test's own."""

import pytest

from sangdan.kit.db import Pool

from .alliance_cases import Town


@pytest.fixture
async def town(db: Pool) -> Town:
    """The alliance on a Monday morning; its bank approves everything."""
    made = Town(db)
    await made.found()
    return made
