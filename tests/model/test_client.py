"""A client's call before it is sent, and what it makes of answers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.client.call import LONGEST_WAIT_S, call, wait_s
from sangdan.client.problem import Refused
from sangdan.client.stream import Reader

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


@given(st.text(min_size=1))
def test_a_path_holds_whatever_the_name_is(name: str) -> None:
    made = call(bytes, "GET", "/v1/skus/{sku}", at={"sku": name.encode(errors="replace").decode()})
    assert made.path.isascii()
    assert made.path.count("/") == 3
    assert "?" not in made.path


def test_what_is_not_asked_for_is_not_sent() -> None:
    made = call(bytes, "GET", "/v1/orders", query={"state": None, "limit": 3, "from": NOW})
    assert made.query == {"limit": "3", "from": "2026-11-24T09:00:00+00:00"}
    assert made.body is None
    assert not made.headers


def test_a_keyed_call_has_a_key_of_its_own() -> None:
    first, second = (call(bytes, "POST", "/v1/orders", body={}, keyed=True) for _ in range(2))
    assert UUID(first.headers["Idempotency-Key"]) != UUID(second.headers["Idempotency-Key"])
    assert call(bytes, "POST", "/", key="mine", keyed=True).headers["Idempotency-Key"] == "mine"


def test_a_refusal_carries_the_problem() -> None:
    body = b'{"status": 409, "code": "stock-gone", "detail": "Gone.", "request_id": "r1", "args": {"sku": "gim"}}'
    with pytest.raises(Refused, match="stock-gone: Gone") as refused:
        call(bytes, "GET", "/").answer(409, body)
    assert (refused.value.arguments, refused.value.request_id) == ({"sku": "gim"}, "r1")


def test_an_answer_of_somebody_else_is_told_as_such() -> None:
    with pytest.raises(Refused, match="not from Sangdan: <html>"):
        call(bytes, "GET", "/").answer(502, b"<html>bad gateway")


@given(st.integers(1, 60))
def test_waits_grow_and_end(tried: int) -> None:
    assert 0 < wait_s(tried, None) <= wait_s(tried + 1, None) <= LONGEST_WAIT_S


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3.0),
        ("Tue, 24 Nov 2026 09:00:05 GMT", 5.0),
        ("Tue, 24 Nov 2026 08:00:00 GMT", 0.0),
        ("99999", LONGEST_WAIT_S),
    ],
)
def test_the_server_says_how_long(header: str, seconds: float) -> None:
    assert wait_s(1, header, NOW) == seconds
    assert wait_s(1, "soon", NOW + timedelta(days=1)) > 0


EVENT = (
    '{"specversion":"1.0","id":"019aa0b1-0000-7000-8000-000000000001","source":"/v1","type":"order.placed",'
    '"subject":"o","time":"2026-11-24T09:00:00Z","datacontenttype":"application/json","position":"8","data":{}}'
)


def test_a_stream_becomes_events_and_knows_where_to_go_on() -> None:
    reader = Reader(None, ["order.placed"])
    assert "Last-Event-ID" not in reader.headers()
    lines = ["retry: 2000", "", "id: 7", ": still here", "", "id: 8", "event: order.placed", f"data: {EVENT}"]
    assert [reader.read(line) for line in lines] == [None] * len(lines)
    event = reader.read("")
    assert event is not None
    assert (event.type, event.position) == ("order.placed", "8")
    assert reader.headers()["Last-Event-ID"] == "8"
    assert reader.query() == {"types": ["order.placed"]}


def test_what_a_lost_line_had_begun_is_forgotten() -> None:
    reader = Reader(7, None)
    reader.read("data: {")
    reader.broken()
    assert reader.read("") is None
    reader.read(f"data: {EVENT}")
    assert reader.read("") is not None


def test_several_values_stand_under_one_name() -> None:
    assert call(bytes, "GET", "/", query={"types": ("a", "b")}).query == {"types": ["a", "b"]}
