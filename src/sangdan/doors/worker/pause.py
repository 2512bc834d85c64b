"""Waiting that ends early."""

import asyncio


async def pause(until: asyncio.Event, seconds: float) -> bool:
    """Wait so long, or until the event: whether it came."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return False
    return True
