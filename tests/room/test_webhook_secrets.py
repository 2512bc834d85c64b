"""A receiver's address often is its secret: it is in no log, whatever becomes of the call."""

import asyncio
import logging

import pytest

from sangdan.adapters.webhook_post import WebhookPost
from sangdan.kit import logs


async def answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n")
    await writer.drain()
    writer.close()


async def test_no_log_tells_a_webhook_s_address(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    logs.configure("DEBUG")
    try:
        receiver = await asyncio.start_server(answers, "127.0.0.1", 0)
        port = receiver.sockets[0].getsockname()[1]
        url, key = f"http://127.0.0.1:{port}/hooks/T0SECRET?token=abcdef", {"authorization": "Bearer abcdef"}
        assert (await WebhookPost(private=True).post(url, key, b"{}")).status == 302, "no redirect is followed"
        receiver.close()
        await receiver.wait_closed()
        assert (await WebhookPost(private=True).post(url, key, b"{}")).status is None
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    told = capsys.readouterr().err
    assert "T0SECRET" not in told
    assert "abcdef" not in told


@pytest.mark.parametrize("url", ["https://[v1.x]/", "https://a\x7fb/", "https://xn--/", "https://a..b/"])
async def test_an_address_that_cannot_be_read_is_an_answer_like_others(url: str) -> None:
    """An exception of another kind would leave the delivery unrecorded, and the sender would try it for ever."""
    reply = await WebhookPost(private=True).post(url, {}, b"{}")
    assert reply.status is None
    assert reply.error
