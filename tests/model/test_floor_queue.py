"""The floor app's queue: whatever line, device and colleagues do, what was done counts once or is shown as refused."""

import subprocess
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from sangdan.doors.web.assets.build import HERE, node_and_npm
from sangdan.kit.gs1 import sscc, valid_gtin, valid_sscc

SOURCES: Final = HERE / "source" / "floor"
STORM: Final = Path(__file__).with_name("floor_storm.js")


def run(*words: str) -> Any:
    """What a script says, as JSON."""
    [node], _ = node_and_npm()
    quiet = ["--no-warnings", "--input-type=module"] if words[0] == "--eval" else ["--no-warnings"]
    said = subprocess.run([node, *quiet, *words], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return msgspec.json.decode(said.stdout)


def evaluated(module: str, expression: str) -> Any:
    """An expression over what a module of the floor app exports, as `m`."""
    url = (SOURCES / module).as_uri()
    return run("--eval", f'import * as m from "{url}"; console.log(JSON.stringify({expression}))')


def test_nothing_is_lost_or_doubled_in_hundreds_of_storms() -> None:
    told = run(str(STORM), str(SOURCES), "400", "1")
    assert told["stories"] == 400
    assert told["failures"] > 2_000, "the storms are storms"
    assert told["actions"] > 5_000
    assert 0 < told["refused"] < told["actions"]


@pytest.mark.parametrize(
    ("broken", "into"),
    [
        ('answer.result === "done" || answer.result === "already"', 'answer.result === "done"'),
        (
            'if (answer.result === "conflict") {',
            'if (answer.result === "conflict") { put.set(row.seq, { ...row, state: "sent" }); continue;',
        ),
        ("batch.length === most) held.add", "batch.length === most) void"),
    ],
)
def test_a_broken_queue_is_seen(broken: str, into: str, tmp_path: Path) -> None:
    text = (SOURCES / "queue.js").read_text()
    assert broken in text
    (tmp_path / "queue.js").write_text(text.replace(broken, into))
    with pytest.raises(AssertionError, match=r"lost|out of order|never runs empty|twice|for nothing"):
        run(str(STORM), str(tmp_path), "400", "1")


def test_what_others_did_waits_for_them_and_holds_what_comes_after_it() -> None:
    rows = [
        {"seq": 1, "state": "waiting", "not_before": 0, "action": {"key": "a", "parcel_id": "p", "done_by": "lee"}},
        {"seq": 2, "state": "waiting", "not_before": 0, "action": {"key": "b", "parcel_id": "p", "done_by": "kim"}},
        {"seq": 3, "state": "waiting", "not_before": 0, "action": {"key": "c", "parcel_id": "q", "done_by": "kim"}},
        {"seq": 4, "state": "waiting", "not_before": 9, "action": {"key": "d", "parcel_id": "r", "done_by": "kim"}},
        {"seq": 5, "state": "waiting", "not_before": 0, "action": {"key": "e", "parcel_id": "r", "done_by": "kim"}},
    ]
    assert evaluated("queue.js", f"m.next({msgspec.json.encode(rows).decode()}, 'kim', 5).map(r => r.seq)") == [3]


def test_a_clock_that_was_set_back_makes_nothing_wait_for_a_day() -> None:
    day = 86_400_000
    rows = [{"seq": 1, "state": "waiting", "not_before": day + 60_000, "action": {"parcel_id": "p", "done_by": "kim"}}]
    given = msgspec.json.encode(rows).decode()
    assert evaluated("queue.js", f"m.next({given}, 'kim', {day}).length") == 0
    assert evaluated("queue.js", f"m.next({given}, 'kim', 0).length") == 1


@pytest.mark.parametrize(
    ("kept", "what", "asked"),
    [
        (None, {"kind": "pick", "parcel_id": "p"}, True),
        (None, {"kind": "pack", "parcel_id": "p"}, False),
        ({"kind": "pick", "parcel_id": "p"}, {"kind": "pick", "parcel_id": "p"}, False),
        ({"kind": "pick", "parcel_id": "p"}, {"kind": "pack", "parcel_id": "p"}, True),
        (None, {"kind": "collect", "parcel_id": "c"}, True),
        ({"kind": "collect", "parcel_id": "c"}, {"kind": "collect", "parcel_id": "c"}, False),
        (None, {"kind": "load", "sscc": "1"}, True),
        ({"kind": "load", "sscc": "1"}, {"kind": "load", "sscc": "1"}, False),
        (None, {"kind": "deliver", "parcel_id": "b"}, True),
        ({"kind": "deliver", "parcel_id": "b"}, {"kind": "fail", "parcel_id": "b"}, False),
    ],
)
def test_a_step_is_kept_once_whoever_presses_twice(
    kept: dict[str, str] | None, what: dict[str, str], asked: bool
) -> None:
    found: dict[str, Any] = {
        "tasks": [{"parcel_id": "p", "state": "waiting", "lines": []}],
        "counter": [{"parcel_id": "c"}],
        "on_board": [{"parcel_id": "b"}],
        "to_load": [],
    }
    rows: Any = [] if kept is None else [{"state": "waiting", "action": kept}]
    given = ", ".join(msgspec.json.encode(each).decode() for each in (found, rows, what))
    assert evaluated("queue.js", f"m.asked({given})") is asked


LABEL: Final = sscc(0, "8801234", 4711)
GTIN: Final = "8801062518210"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        (GTIN, "gtin", GTIN),
        ("96385074", "gtin", "96385074"),
        (f"]C101{GTIN.zfill(14)}3103000500", "gtin", GTIN.zfill(14)),
        (LABEL, "sscc", LABEL),
        (f"00{LABEL}", "sscc", LABEL),
        (f"(00){LABEL}", "sscc", LABEL),
        (f"]C100{LABEL}\x1d", "sscc", LABEL),
        (GTIN[:-1] + str((int(GTIN[-1]) + 1) % 10), "wrong", None),
        (LABEL[::-1] if not valid_sscc(LABEL[::-1]) else "1" * 18, "wrong", None),
        ("hello", "unknown", "hello"),
        ("1234", "unknown", "1234"),
        ("https://example.com/01/08801062518210", "unknown", "https://example.com/01/08801062518210"),
    ],
)
def test_a_scanned_code_is_what_it_is(text: str, kind: str, value: str | None) -> None:
    assert valid_gtin(GTIN)
    told = evaluated("gs1.js", f"m.read({msgspec.json.encode(text).decode()})")
    assert told["kind"] == kind
    assert value is None or told["value"] == value


def test_a_shopper_s_ticket_names_its_parcel() -> None:
    told = evaluated("gs1.js", "m.read('sangdan:pickup:0199a1b2c3d47e5f8a9b0c1d2e3f4a5b:012345')")
    assert (told["kind"], told["parcel_id"]) == ("ticket", "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")


def test_a_clock_that_is_set_while_we_look_changes_nothing() -> None:
    hour = 3_600_000
    began = 1_700_000_000_000
    steps = (
        f"(m.heard(new Date({began}).toISOString(), {began + hour}, 1000), "
        f"[m.offset({began + hour + 5000}, 6000), m.offset({began + 9 * hour}, 11000), "
        f"m.towerNow({began + 9 * hour}) > 0])"
    )
    assert evaluated("clock.js", steps) == [-hour, 10_000 - 9 * hour, True]
