"""The pages' words: all in both languages, all used, none missing, and every fact of an order has a sentence."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from sangdan.doors import web
from sangdan.doors.texts import fields
from sangdan.doors.web.order_story import SILENT
from sangdan.doors.web.words import FOR_SCRIPTS, TEXTS, words_in
from sangdan.flows import register
from sangdan.kit.events import kinds
from sangdan.offer.promise.model.inputs import PICKUP

REGISTERED = register.REACTIVE  # the facts are known once the flows are
FOLDER: Final = Path(web.__file__).parent
# Keys that are put together from a state, a code or a name.
FAMILIES: Final = (
    "order_", "parcel_", "fact_", "report_", "reason_", "scene_", "nothing_yet_", "speed_", "moved_", "js_line_",
    "js_kind_", "js_state_", "js_service_", "js_risk_", "js_role_",
)  # fmt: skip
HANGUL: Final = re.compile("[가-힣]")


def used() -> set[str]:
    """The keys that stand whole in templates, scripts and our own code."""
    found: set[str] = set()
    for file in [*FOLDER.rglob("*.html"), *FOLDER.glob("*.py")]:
        found |= set(re.findall(r"""(?:say\(|wrong=|key = )"(\w+)\"""", file.read_text()))
        found |= set(re.findall(r'"(order_pickup|fact_\w+)"', file.read_text()))
    for file in (FOLDER / "assets" / "source").glob("*.js"):
        for call in re.findall(r"say\(([^)]*)", file.read_text()):
            found |= {FOR_SCRIPTS + key for key in re.findall(r'"(\w+)"', call) if FOR_SCRIPTS + key in TEXTS}
            found |= {FOR_SCRIPTS + key for key in re.findall(r'^"(\w+)"', call)}
    return found


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_a_text_stands_in_both_languages(key: str) -> None:
    text = TEXTS[key]
    assert HANGUL.search(text.ko), "no Korean in it"
    assert not HANGUL.search(text.en), "Korean in the English"
    assert re.search("[a-z]", text.en)
    assert fields(text.ko) == fields(text.en)


def test_every_key_that_is_used_exists() -> None:
    families = {key for key in used() if key.endswith("_")}
    assert sorted(used() - families - TEXTS.keys()) == []


def test_every_text_is_used() -> None:
    alone = {key for key in TEXTS if not key.startswith(FAMILIES)}
    assert sorted(alone - used()) == []


def test_every_fact_of_an_order_is_told_or_left_out_on_purpose() -> None:
    about_orders = {name for name, kind in kinds.items() if "order_id" in kind.__struct_fields__}
    untold = [
        name
        for name in about_orders - SILENT - {"delivery.moved"}
        if not any(key.startswith(f"fact_{name.replace('.', '_')}") for key in TEXTS)
    ]
    assert sorted(untold) == []
    assert kinds.keys() >= SILENT


@pytest.mark.parametrize(
    ("family", "members"),
    [
        ("order", ("placed", "authorised", "released", "shipped", "delivered", "confirmed", "cancelled", PICKUP)),
        ("parcel", ("planned", "released", "shipped", "delivered", "cancelled", "lost")),
        ("report", ("in_transit", "out_for_delivery", "attempt_fail", "available_for_pickup", "exception")),
        ("scene", ("idle", "plays", "ended")),
        ("nothing_yet", ("floor", "courier")),
        ("js_kind", ("fulfilment_centre", "cold", "bonded", "overseas_hub", "store", "dark_store", "locker")),
        ("js_service", ("pickup", "quick", "dawn", "next_day", "standard")),
        ("js_role", ("source", "store", "refuser", "dark")),
        (
            "js_risk",
            ("late_pick", "missed_departure", "slow_transit", "carrier_exception", "node_down", "lane_closed", "lost"),
        ),
        ("js_state", ("open", "closed", "down")),
    ],
)
def test_every_state_and_code_has_a_word(family: str, members: tuple[str, ...]) -> None:
    assert [member for member in members if f"{family}_{member}" not in TEXTS] == []


def test_numbers_and_times_are_spelled_as_the_language_does() -> None:
    at = datetime(2026, 11, 24, 12, 50, tzinfo=UTC)
    assert [words_in("ko").when(at), words_in("en").when(at)] == ["11월 24일(화) 21:50", "Tue 24 Nov 21:50"]
    assert [words_in("ko").money(71_080, "KRW"), words_in("en").money(71_080, "KRW")] == ["71,080원", "₩71,080"]
    assert words_in("en").money(1234, "USD") == "12.34 USD"
    assert [words_in("en").chance(ppm) for ppm in (999_999, 980_000, 5, 1_000_000)] == ["99.9%", "98%", "0%", "100%"]
