"""Every refusal has a code, a status and words in both languages."""

import ast
import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import sangdan
from sangdan.doors.problems import status_of
from sangdan.doors.texts import FACTS, TEXTS, fields, language, render
from sangdan.doors.web import states
from sangdan.doors.web.field_names import FIELDS
from sangdan.doors.web.words import words_in
from sangdan.kit.problems import Problem
from sangdan.offer.partners.errors import BadContract
from sangdan.offer.stock.errors import OutOfStock
from sangdan.order.orders.errors import WrongState
from sangdan.ship.warehouse.errors import NodeFull

# The kinds themselves are never raised: their subclasses are.
KINDS = {"problem", "invalid", "not-found", "conflict", "forbidden", "too-often", "unavailable", "door"}
SOURCE = Path(sangdan.__path__[0])


def every(kind: type[Problem]) -> Iterator[type[Problem]]:
    for below in kind.__subclasses__():
        yield below
        yield from every(below)


@pytest.fixture(scope="module")
def kinds() -> list[type[Problem]]:
    for module in pkgutil.walk_packages(sangdan.__path__, "sangdan."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind for kind in every(Problem) if kind.__module__.startswith("sangdan.")]


def test_every_problem_has_its_own_code_and_words(kinds: list[type[Problem]]) -> None:
    codes = [kind.code for kind in kinds if kind.code not in KINDS]
    assert sorted(codes) == sorted(set(codes))
    assert sorted(set(codes) - TEXTS.keys()) == []
    assert sorted(TEXTS.keys() - set(codes)) == []


def test_every_problem_says_its_own_code(kinds: list[type[Problem]]) -> None:
    """A subclass that inherits a kind's code would be told as that kind, without words."""
    assert [kind.__name__ for kind in kinds if "code" not in vars(kind)] == []


def test_every_problem_has_a_status_of_its_kind(kinds: list[type[Problem]]) -> None:
    assert {k.code for k in kinds if status_of(k) == 500} - KINDS == {"internal-error"}


def test_texts_are_filled_by_every_place_that_raises(kinds: list[type[Problem]]) -> None:
    """A Korean text that wants {sku} must find a `sku` at each place where the problem is made."""
    wanted: defaultdict[str, list[set[str]]] = defaultdict(list)  # two rooms may use one name for their own problem
    for kind in kinds:
        if kind.code in TEXTS:
            wanted[kind.__name__].append(fields(TEXTS[kind.code].ko_more))
    lacking: list[str] = []
    for path in SOURCE.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.func.id not in wanted:
                continue
            given = {keyword.arg for keyword in call.keywords}
            if None not in given and not any(names <= given for names in wanted[call.func.id]):
                lacking.append(f"{path.relative_to(SOURCE)}:{call.lineno} {call.func.id} {wanted[call.func.id]}")
    assert lacking == []


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        (None, "en"),
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en;q=0.9, ko;q=0.8", "en"),
        ("ja, ko;q=0.5", "ko"),
        ("fr", "en"),
        ("ko;q=0", "en"),
        ("ko;q=high", "en"),
        (",;=", "en"),
    ],
)
def test_the_asker_chooses_the_language(header: str | None, spoken: str) -> None:
    assert language(header) == spoken


def test_a_korean_text_tells_the_occurrence() -> None:
    problem = OutOfStock("None left.", node_id="fc-1", sku="milk", units=2)
    assert render(problem, "ko") == (
        "재고 부족",
        "fc-1 거점에서 milk 2개를 지금 드릴 수 없습니다. 수량이나 거점을 바꿔 주세요.",
    )
    assert render(problem, "en") == ("Out of stock", "None left.")


def test_a_text_without_its_arguments_falls_back_to_english_detail() -> None:
    assert render(OutOfStock("None left."), "ko") == ("재고 부족", "None left.")


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("GET", "/nowhere", b"", 404, "unknown-route"),
        ("GET", "/openapi/pages", b"", 404, "unknown-route"),
        ("PATCH", "/v1/clients", b"", 405, "unknown-method"),
        ("GET", "/v1/clients?limit=0", b"", 422, "invalid-request"),
        ("GET", "/v1/clients?limit=201", b"", 422, "invalid-request"),
        ("GET", "/v1/clients?limit=many", b"", 422, "invalid-request"),
        ("GET", "/v1/clients?cursor=%00", b"", 422, "cursor-unreadable"),
        ("GET", "/v1/clients?cursor=W10%3D", b"", 422, "cursor-unreadable"),
        ("GET", "/v1/clients?cursor=IlwwIg==", b"", 422, "cursor-unreadable"),
        ("GET", "/v1/clients?cursor=IlxVMDAwMCI=", b"", 422, "cursor-unreadable"),
        ("GET", "/v1/clients?cursor=Ilx1MDAwMCI=", b"", 422, "invalid-request"),
        ("POST", "/v1/clients", b"{", 400, "malformed-body"),
        ("POST", "/v1/clients", b"\xff\xfe", 400, "malformed-body"),
        ("POST", "/v1/clients", b"", 422, "invalid-request"),
        ("POST", "/v1/clients", b"[]", 422, "invalid-request"),
        ("POST", "/v1/clients", b'{"client_id": "a b", "role": "shop"}', 422, "invalid-request"),
        ("POST", "/v1/clients", b'{"client_id": "a\\n", "role": "shop"}', 422, "invalid-request"),
        ("POST", "/v1/clients", b'{"client_id": "a", "role": "king"}', 422, "invalid-request"),
        ("POST", "/v1/clients", b'{"client_id": "a", "role": "tower", "more": 1}', 422, "invalid-request"),
        ("POST", "/v1/clients", b'{"client_id": "a", "role": "shop"}', 422, "client-without-partner"),
        ("POST", "/v1/clients", b'{"client_id": "tower", "role": "tower"}', 409, "client-exists"),
        ("POST", "/v1/clients", b" " * (8 * 1024 * 1024 + 1), 413, "body-too-large"),
    ],
)
async def test_refusals(
    door: httpx.AsyncClient, method: str, path: str, content: bytes, status: int, code: str
) -> None:
    answer = await door.request(method, path, content=content, headers={"content-type": "application/json"})
    told = answer.json()

    assert (answer.status_code, told["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert told.keys() == {"type", "code", "title", "status", "detail", "instance", "request_id", "args"}
    assert told["status"] == status
    assert told["instance"] == path.partition("?")[0]
    assert told["request_id"] == answer.headers["x-request-id"]


async def test_a_problem_speaks_korean_and_can_be_looked_up(door: httpx.AsyncClient) -> None:
    answer = await door.get("/nowhere", headers={"accept-language": "ko-KR"})
    explained = await door.get(answer.json()["type"])

    assert answer.headers["content-language"] == "ko"
    assert answer.json()["title"] == "없는 주소"
    assert explained.json()["title_en"] == "Nothing at this address"
    assert (await door.get("/problems/never-heard-of")).status_code == 404


async def test_an_unknown_verb_is_told_the_known_ones(door: httpx.AsyncClient) -> None:
    clients = await door.request("PUT", "/v1/clients")
    one = await door.request("PUT", "/v1/clients/shop")

    assert (clients.status_code, clients.headers["allow"]) == (405, "GET, OPTIONS, POST")
    assert one.headers["allow"] == "DELETE, OPTIONS"


async def test_an_unfit_field_is_named(door: httpx.AsyncClient) -> None:
    answer = await door.post("/v1/clients", json={"client_id": "a", "role": "king"})

    assert [error["field"] for error in answer.json()["args"]["errors"]] == ["role"]


def test_words_of_ours_are_told_in_korean() -> None:
    moved = WrongState("No.", order_id="7", state="released", wanted="cancelled")
    assert render(moved, "ko")[1] == "주문 7은 지금 상품 준비 중 상태라 취소로 바꿀 수 없습니다."
    full = NodeFull("No.", node_id="fc-1", hour_at="2026-11-24T12:00:00+00:00")
    assert render(full, "ko")[1].startswith("fc-1 거점은 11월 24일 21:00부터 한 시간 동안")
    assert render(BadContract("No.", field="vat_ppm", value=-1), "ko")[1].startswith(
        "계약 조건 부가세(백만분의 1)의 값"
    )


def test_words_of_problems_are_those_of_the_pages() -> None:
    say = words_in("ko")
    pages = {"role": states.ROLE, "state": states.ORDER, "field": FIELDS}
    for name, called in pages.items():
        differ = {each: told for each, told in FACTS[name].items() if called.get(each) and say(called[each]) != told}
        assert (name, differ) == (name, {})
    assert FACTS["role"].keys() == states.ROLE.keys()
    assert FACTS["state"].keys() >= set(states.ORDER)
