"""The audit trail in words: whatever is noted anywhere has its words, in both languages, with its fields and values."""

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

import sangdan
from sangdan.doors.api.app import ROUTES
from sangdan.doors.web.field_names import FIELDS, field_name
from sangdan.doors.web.names import actor_name
from sangdan.doors.web.people.deeds import WHAT, deed, spelled
from sangdan.doors.web.words import HANGUL, words_in
from sangdan.flows.change_network.draft import CALLED
from sangdan.offer.network.model import Scope
from sangdan.offer.partners.model import Contract
from sangdan.ship.floor.model import Done

KO, EN = words_in("ko"), words_in("en")
SOURCE = Path(sangdan.__path__[0])
# Where the name of a deed stands among the arguments of what notes it.
NOTES = {"note": 3, "tell": 0, "_tell": 1}
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@cache
def calls() -> list[ast.Call]:
    trees = (ast.parse(path.read_text()) for path in sorted(SOURCE.rglob("*.py")))
    return [each for tree in trees for each in ast.walk(tree) if isinstance(each, ast.Call)]


def names(told: ast.expr) -> Iterator[str]:
    """The names that an expression may be: a text, one of two, or what a text is made of."""
    match told:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp():
            yield from (*names(told.body), *names(told.orelse))
        case ast.JoinedStr(values=[ast.Constant(value=str(kind)), _]):
            yield f"{kind}*"
        case ast.JoinedStr(values=[_, ast.Constant(value=str(done))]):
            yield f"*{done}"
        case _:
            return


def noted() -> set[str]:
    found: set[str] = set()
    for call in calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        of_audit = name != "note" or ast.unparse(call.func) == "audit.note"
        if name in NOTES and of_audit and len(call.args) > NOTES[name]:
            found.update(names(call.args[NOTES[name]]))
        if name == "in_database":
            found.update(each for word in call.keywords if word.arg == "what" for each in names(word.value))
    return {name for name in found if "." in name}


def fields_noted() -> set[str]:
    """The fields that are written out where something is noted."""
    found: set[str] = set()
    for call in calls():
        if ast.unparse(call.func) not in ("audit.note", "trail.tell"):
            continue
        told = [word.value for word in call.keywords if word.arg in ("before", "after")]
        pairs = [each for value in told for each in ast.walk(value) if isinstance(each, ast.Dict)]
        found.update(str(key.value) for each in pairs for key in each.keys if isinstance(key, ast.Constant))
    return found


def below(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_every_deed_that_is_noted_has_its_words() -> None:
    found = noted()
    assert {"import.taken", "parcel.*", "webhook.*", "*.closed", "stock.received", "review.hidden"} <= found
    assert sorted(name for name in found if "*" not in name and name not in WHAT) == []
    assert {name for name in found if "*" in name} == {"parcel.*", "webhook.*", "*.closed", "*.opened"}


def test_deeds_with_a_part_that_varies_have_words_for_each() -> None:
    actions = [kind for kind in below(Done) if not kind.__subclasses__()]
    on_the_floor = {str(kind.__struct_config__.tag).replace("_", "-") for kind in actions}
    made = {f"parcel.{kind}" for kind in on_the_floor}
    made |= {f"{scope}.{done}" for scope in ("node", *get_args(Scope)) for done in ("closed", "opened")}
    made |= {f"webhook.{done}" for done in ("switched-on", "switched-off", "pinged", "replayed")}
    made |= set(CALLED.values())
    assert len(on_the_floor) > 5
    assert sorted(made - WHAT.keys()) == []


def test_every_route_that_is_noted_by_its_own_name_has_words() -> None:
    named: set[str] = set()
    for route in ROUTES:
        handler: Any = route
        if handler.http_methods & WRITES and "trail" not in inspect.signature(handler.fn).parameters:
            named.add(f"{handler.fn.__module__.rpartition('.')[2]}.{handler.fn.__name__}")
    assert "tasks.pick" in named
    assert sorted(named - WHAT.keys()) == []


def test_every_field_that_is_noted_has_its_name() -> None:
    wanted = fields_noted() | set(Contract.__struct_fields__)
    for draft in CALLED:
        wanted |= set(draft.__struct_fields__)
    assert sorted(wanted - FIELDS.keys()) == []


def test_every_deed_and_field_is_told_in_korean() -> None:
    assert [what for what in WHAT if not HANGUL.search(deed(what, KO))] == []
    assert [name for name, title in FIELDS.items() if not HANGUL.search(KO(title)) and not title.isupper()] == []
    assert [what for what in WHAT if HANGUL.search(deed(what, EN))] == []


@pytest.mark.parametrize(
    ("field", "value", "korean", "english"),
    [
        ("role", "floor", "현장", "Floor"),
        ("state", "confirmed", "구매 확정", "Confirmed"),
        ("revoked", True, "예", "yes"),
        ("on_hand", 12_000, "12,000", "12,000"),
        ("until", "2026-11-24T12:50:00Z", "11월 24일(화) 21:50", "Tue 24 Nov 21:50"),
        ("day_on", "2026-11-24", "2026년 11월 24일", "24 November 2026"),
        ("node_ids", ["house-1", "house-2"], "house-1, house-2", "house-1, house-2"),
        ("parcel_1", {"service": "dawn", "units": 1}, "서비스 새벽배송 · 수량 1", "Service dawn · Units 1"),
        ("role", "somebody", "somebody", "somebody"),
        ("week", [], "–", "–"),
    ],
)  # fmt: skip
def test_values_are_told_as_people_read_them(field: str, value: object, korean: str, english: str) -> None:
    assert (spelled(field, value, KO), spelled(field, value, EN)) == (korean, english)


def test_a_numbered_field_keeps_its_number() -> None:
    assert [field_name(name, KO) for name in ("parcel_2", "parcel_no", "nobody_2")] == [
        "상자 2",
        "상자 번호",
        "nobody_2",
    ]


def test_whoever_did_it_is_named() -> None:
    told = [actor_name(each, KO) for each in ("staff.kim", "console.root", "shop-web", "console")]
    assert told == ["kim", "root(명령줄)", "shop-web", "console"]
