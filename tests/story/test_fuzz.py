"""Every route is asked with every role's key, with bodies and addresses that fit its description and with some that do
not: no answer is a mistake of ours, each is as described, and nobody sees what is another's.

FUZZ_EXAMPLES asks so many times of each, by chance instead of the same every time: `make fuzz`.
"""

import json
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any, Final
from uuid import uuid4

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as described_checks

from sangdan.doors.access import MATRIX
from sangdan.doors.texts import TEXTS

from .fuzz_oddities import places, spoiled
from .fuzz_town import NOBODY, ROLES, SPARE, STRANGERS, Bench
from .fuzz_wishes import GOOD, Wish
from .tower import tower, until

FEW: Final = 4
EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", FEW))
CHECKS: Final = [
    vars(module)[check]
    for module, check in (
        (checks, "not_a_server_error"),
        (described_checks, "status_code_conformance"),
        (described_checks, "content_type_conformance"),
        (described_checks, "response_schema_conformance"),
    )
]
# Headers that any request may carry, spelled as no program of good will would.
ODD_HEADERS: Final = (
    {"accept-language": "ko;q=zero, \xff, *;q=-1" + ",en" * 500},
    {"x-request-id": "\xe9" * 2000},
    {"accept": "text/plain;q=x, \xe9"},
    {"content-encoding": "gzip"},
    {"idempotency-key": "\xe9\x85\xa0"},
    {"cookie": 'sangdan_session="\xff"; ='},
)
Known = Mapping[str | int, list[Any]]


@schemathesis.serializer("application/x-ndjson", "application/jsonl")
def lines_as_they_are(context: schemathesis.SerializationContext, body: Any) -> bytes:
    return body if isinstance(body, bytes) else str(body).encode()


class Asking:
    """One client's questions, and what was wrong with the answers.

    bench  whom it asks
    name   of the client
    """

    def __init__(self, bench: Bench, name: str) -> None:
        self.bench, self.name = bench, name
        self.faults: list[str] = []
        self.through: set[str] = set()
        self._session = requests.Session()
        self._session.trust_env = False
        self._key = bench.keys.get(name, "sgd_" + "0" * 64)

    def ask(self, case: Any, headers: Mapping[str, str]) -> None:
        """Put one case."""
        sent = dict(case.headers or {}) | dict(headers) | {"authorization": f"Bearer {self._key}"}
        answer = case.call(base_url=self.bench.served.address, session=self._session, headers=sent)
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Failure, FailureGroup) as fault:
            self.faults.append(f"{case.operation.label}: {fault}")
        if answer.status_code >= 400 and not is_explained(answer.text):
            self.faults.append(f"{case.operation.label}: {case.as_curl_command()[:300]} has no words for {answer.text}")
        if told := self._told(case, answer.status_code, answer.content):
            self.faults.append(f"{case.operation.label} shows {self.name} {told}: {answer.text[:500]}")
        if answer.status_code < 300:
            self.through.add(case.operation.label)

    def _told(self, case: Any, status: int, content: bytes) -> list[str]:
        """The secrets in an answer. A refusal may repeat what was asked; what is asked for is not to be found."""
        repeats = case.method != "GET" or status >= 400
        asked = f"{case.path_parameters} {case.query} {case.body}" if repeats else ""
        secrets = [*self.bench.secrets[self.name], *self.bench.keys.values(), *self.bench.hooks]
        return [secret for secret in secrets if secret.encode() in content and secret not in asked]


def is_explained(refusal: str) -> bool:
    """Whether it is a problem that we have words for."""
    try:
        return json.loads(refusal)["code"] in TEXTS
    except ValueError:
        return False


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    """One for the module: nothing asked here may harm the others."""
    with (
        tempfile.TemporaryDirectory() as index,
        tower("--sandbox", search=index) as served,
        ExitStack() as closing,
    ):
        made = Bench(served, closing)
        asked = f"{served.address}/v1/search", {"authorization": f"Bearer {made.keys['tower']}"}
        until(lambda: requests.get(asked[0], headers=asked[1], timeout=10).ok, "the search index")
        yield made


@pytest.fixture(scope="module")
def operations(bench: Bench) -> dict[str, Any]:
    """What can be asked, by name."""
    described: Any = schemathesis.openapi.from_dict(bench.document)
    found = (each.ok() for each in described.get_all_operations())
    return {each.definition.raw["operationId"]: each for each in found}


def often(times: int) -> settings:
    """So many examples, and no search for smaller ones: a failure shows what was asked."""
    return settings(
        max_examples=times, derandomize=EXAMPLES == FEW, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )  # fmt: skip


def is_entitled(operation: Any, role: str | None) -> bool:
    route = f"{operation.method.upper()} {operation.path}"
    return route not in MATRIX or role in MATRIX[route]


def test_every_operation_has_a_good_wish(operations: dict[str, Any]) -> None:
    assert operations.keys() == GOOD.keys()


@pytest.mark.filterwarnings("default")  # the fuzzer's own
@pytest.mark.parametrize("name", [*ROLES, *STRANGERS, NOBODY])
def test_every_route_stands_whatever_it_is_asked(bench: Bench, operations: dict[str, Any], name: str) -> None:
    asking = Asking(bench, name)
    role = ROLES.get(name, STRANGERS.get(name))
    for operation_id, operation in operations.items():
        entitled = is_entitled(operation, role)
        if entitled and name in ROLES:
            wish = GOOD[operation_id](bench, name)
            spoil(asking, operation, wish)
            asking.ask(operation.Case(**wish), {"idempotency-key": uuid4().hex})
            if operation.label not in asking.through:
                asking.faults.append(f"{operation.label}: {name} never gets through")
        fuzz(asking, operation, EXAMPLES if entitled else 1)

    assert not asking.faults, "\n\n".join(asking.faults)


@pytest.mark.parametrize("verb", ["HEAD", "OPTIONS", "TRACE", "PROPFIND", "PUT", "get", "\u00e9"])
@pytest.mark.parametrize(
    "path",
    ["/v1/orders", "/v1//orders", "/v1/orders/%00", "/%2e%2e/v1", "/" + "x" * 70_000, "/v1/nodes?" + "y=1&" * 10_000],
)
def test_no_verb_and_no_address_breaks_it(bench: Bench, verb: str, path: str) -> None:
    with socket.create_connection(("127.0.0.1", bench.served.port)) as line:
        asked = f"{verb} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
        line.sendall(f"{asked}authorization: Bearer {bench.keys['tower']}\r\n\r\n".encode())
        head, _, body = line.makefile("rb").read().partition(b"\r\n\r\n")
    status = int(head.split()[1])

    assert status < 500, body[:500]
    if status >= 400 and verb != "HEAD":
        assert is_explained(body.decode()), head + body[:500]


def spoil(asking: Asking, operation: Any, wish: Wish) -> None:
    """Put a good wish with something odd in it."""

    @often(EXAMPLES)
    @given(data=st.data())
    def put(data: st.DataObject) -> None:
        asking.ask(operation.Case(**spoiled(wish, data)), {"idempotency-key": uuid4().hex})

    put()


def fuzz(asking: Asking, operation: Any, times: int) -> None:
    """Put some cases to one operation."""
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode))
    known: dict[str | int, list[Any]] = {**asking.bench.known}
    if "outage" in operation.path:
        known["node_id"] = [SPARE]
    if operation.method in ("post", "put"):
        del known["shopper_id"]  # a shop may give its shoppers the names that another's have

    @often(times)
    @given(case=cases, data=st.data())
    def put(case: Any, data: st.DataObject) -> None:
        for part in ("path_parameters", "query", "body"):
            fill(getattr(case, part), known, data)
        headers = data.draw(st.sampled_from(({}, {}, *ODD_HEADERS)))
        if data.draw(st.booleans()):
            headers = {"idempotency-key": uuid4().hex} | headers
        asking.ask(case, headers)

    put()


def fill(part: Any, known: Known, data: st.DataObject) -> None:
    """Put real values, half of the time, where their names stand, however deep."""
    for place in list(places(part)):
        if place.at in known and data.draw(st.booleans()):
            place.inside[place.at] = data.draw(st.sampled_from(known[place.at]))
