"""Webhooks' signatures, their schedule, and where they may go."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sangdan.client.webhooks import TOLERANCE, NotGenuine, verify
from sangdan.talk.webhooks.errors import UrlUnfit
from sangdan.talk.webhooks.model import (
    DELAYS_S,
    GIVE_UP,
    JITTER,
    LONGEST_REST_S,
    TRIES,
    Reply,
    check_url,
    dead_because,
    is_public,
    next_try,
    read_secret,
    rest,
    sign,
    spell_secret,
)

# The vector that the libraries of Standard Webhooks are tested with.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SIGNED_AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": MESSAGE,
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
AT = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
OTHER = b"another secret of thirty-two byt"


def test_the_vector_of_the_specification() -> None:
    assert sign(MESSAGE, SIGNED_AT, BODY, [read_secret(SECRET)]) == HEADERS
    assert verify(HEADERS, BODY, SECRET, SIGNED_AT) == MESSAGE


def test_while_a_secret_is_changed_each_of_the_two_verifies() -> None:
    headers = sign(MESSAGE, SIGNED_AT, BODY, [OTHER, read_secret(SECRET)])

    assert headers["webhook-signature"].endswith(" " + HEADERS["webhook-signature"])
    for secret in (SECRET, spell_secret(OTHER)):
        assert verify(headers, BODY, secret, SIGNED_AT) == MESSAGE


def test_signatures_of_other_versions_are_passed_over() -> None:
    headers = HEADERS | {"webhook-signature": f"v1a,xxx v2,yyy {HEADERS['webhook-signature']} v1,"}
    assert verify(headers, BODY, SECRET, SIGNED_AT) == MESSAGE


@pytest.mark.parametrize(
    ("change", "body", "secret", "later", "why"),
    [
        ({}, BODY + b" ", SECRET, timedelta(), "signature"),
        ({}, BODY, spell_secret(OTHER), timedelta(), "signature"),
        ({"webhook-id": "msg_other"}, BODY, SECRET, timedelta(), "signature"),
        ({"webhook-timestamp": "1614265331"}, BODY, SECRET, timedelta(), "signature"),
        ({"webhook-signature": ""}, BODY, SECRET, timedelta(), "signature"),
        ({"webhook-signature": HEADERS["webhook-signature"].replace("v1,", "v2,")}, BODY, SECRET, timedelta(),
         "signature"),
        ({}, BODY, SECRET, TOLERANCE + timedelta(seconds=1), "timestamp"),
        ({}, BODY, SECRET, -TOLERANCE - timedelta(seconds=1), "timestamp"),
        ({"webhook-timestamp": "soon"}, BODY, SECRET, timedelta(), "headers"),
        ({"webhook-timestamp": "9" * 400}, BODY, SECRET, timedelta(), "headers"),
        ({"webhook-id": ""}, BODY, SECRET, timedelta(), "headers"),
        ({}, BODY, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", timedelta(), "secret"),
        ({}, BODY, "whsec_*", timedelta(), "secret"),
    ],
)  # fmt: skip
def test_what_is_not_ours_is_refused(
    change: dict[str, str], body: bytes, secret: str, later: timedelta, why: str
) -> None:
    with pytest.raises(NotGenuine) as refused:
        verify(HEADERS | change, body, secret, SIGNED_AT + later)
    assert refused.value.why == why


@given(secret=st.binary(min_size=24, max_size=64), body=st.binary(), seconds=st.integers(0, 4_000_000_000))
def test_what_is_signed_verifies(secret: bytes, body: bytes, seconds: int) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert verify(sign("0198", at, body, [secret]), body, spell_secret(secret), at) == "0198"


@given(chances=st.lists(st.floats(0, 1), min_size=TRIES, max_size=TRIES))
def test_retries_come_on_the_schedule_and_a_tenth_late_at_most(chances: list[float]) -> None:
    """5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h: as the specification's example."""
    at, tried = AT, [AT]
    for attempts, chance in enumerate(chances, start=1):
        again = next_try(attempts, Reply(500), at, chance)
        if again is None:
            break
        tried.append(at := again)

    waited = [(after - before).total_seconds() for before, after in pairwise(tried)]
    assert len(tried) == TRIES == 10
    for wait_s, delay_s in zip(waited, DELAYS_S, strict=True):
        assert delay_s <= wait_s <= delay_s * (1 + JITTER) + 1e-3


def test_a_receiver_may_wish_for_more_time_but_not_for_ever() -> None:
    assert next_try(1, Reply(429, retry_after_s=120), AT, 0) == AT + timedelta(seconds=120)
    assert next_try(2, Reply(503, retry_after_s=5), AT, 0) == AT + timedelta(seconds=300)
    assert next_try(1, Reply(429, retry_after_s=10**9), AT, 0) == AT + timedelta(days=1)


@given(failures=st.integers(1, 10**6))
def test_an_endpoint_that_takes_nothing_rests(failures: int) -> None:
    rested = rest(failures, Reply(None, "no answer"))
    assert timedelta(seconds=5) <= rested <= timedelta(seconds=LONGEST_REST_S)
    assert rest(failures + 1, Reply(500)) >= rested
    assert rest(failures, Reply(429, retry_after_s=3600)) == timedelta(hours=1)


def test_when_an_endpoint_is_given_up() -> None:
    assert timedelta(hours=75) < GIVE_UP < timedelta(hours=76)
    assert dead_because(Reply(410), AT, AT) == "gone"
    assert dead_because(Reply(500), AT, AT + GIVE_UP) == "failing"
    assert dead_because(Reply(500), AT, AT + GIVE_UP - timedelta(seconds=1)) is None


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True),
        ("127.0.0.1", False), ("127.8.9.10", False), ("::1", False), ("0.0.0.0", False), ("::", False),
        ("10.1.2.3", False), ("172.16.0.1", False), ("192.168.1.1", False), ("100.64.0.1", False),
        ("169.254.169.254", False), ("fe80::1%eth0", False), ("fd00:ec2::254", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("::ffff:127.0.0.1", False), ("::ffff:8.8.8.8", True),
        ("fec0::1", False), ("3fff::1", False), ("192.0.0.8", False), ("192.88.99.1", False), ("::7f00:1", False),
        ("64:ff9b:1::7f00:1", False), ("::ffff:0:7f00:1", False), ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False), ("2002:a9fe:a9fe::1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url", ["https://hooks.example.com/in?a=1", "https://8.8.8.8:8443/", "https://[2606:4700::1]/"]
)
def test_where_webhooks_may_go(url: str) -> None:
    check_url(url, private=False)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com", "example.com", "", "https://", "https:///x", "https://u:p@example.com/",
        "https://example.com/#x", "https://example.com:0/", "https://example.com:99999/", "https://[::1",
        "https://a b/", "https://127.0.0.1/", "https://169.254.169.254/latest/meta-data", "https://[::1]/",
        "https://localhost/", "https://LOCALHOST./", "https://a.localhost/", "https://a\x7fb/", "https://예시.kr/",
        "https://example.com/" + "a" * 1000,
    ],
)  # fmt: skip
def test_where_webhooks_may_not_go(url: str) -> None:
    with pytest.raises(UrlUnfit):
        check_url(url, private=False)


def test_at_home_anything_may_be_tried() -> None:
    check_url("http://127.0.0.1:9000/in", private=True)
    with pytest.raises(UrlUnfit):
        check_url("file:///etc/passwd", private=True)
