"""`sangdan promise evaluate, learn, learned`, and dates that are asked for over HTTP."""

import json
from pathlib import Path
from typing import Any

import pytest

from sangdan.adapters import olist
from sangdan.doors.cli import main
from sangdan.doors.sim.dates import run
from sangdan.doors.sim.dates.courses import courses
from sangdan.doors.sim.replay.past import cancelled
from sangdan.offer.promise.model.transit import Learner

from ..olist_files import write


@pytest.fixture
def database(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command's, migrated and empty."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return url


def told(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    """The one object that a command answers with."""
    assert main(["promise", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_before_anything_was_learned_it_says_how_to_begin(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "learned") == {"snapshot_no": None, "learned_at": None, "services": []}
    assert main(["promise", "learned"]) == 0
    assert "sangdan promise learn" in capsys.readouterr().out


def test_without_parcels_nothing_is_learned_and_that_is_no_mistake(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(capsys, "learn")["snapshot_no"] is None
    assert main(["promise", "learn"]) == 0
    assert "more than 200 parcels" in capsys.readouterr().out


def test_a_small_folder_is_judged_by_what_its_lanes_say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of ten orders that can be promised one was cancelled; the last three are judged, of which one came."""
    found = told(capsys, "evaluate", str(write(tmp_path)))
    assert (found["orders_in"], found["orders"]) == (12, 3)
    assert found["first_on"] == "2017-10-10"
    assert found["marketplace"]["on_time_share"] == 1.0
    assert found["estimated"] == found["alone"]  # nothing was learned
    assert found["estimated"]["stated_share"] >= 0.9
    assert main(["promise", "evaluate", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "the marketplace" in said
    assert "no hindsight" in said


def test_what_is_no_folder_of_theirs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["promise", "evaluate", str(tmp_path)]) == 1
    assert "olist_orders_dataset" in capsys.readouterr().err


@pytest.mark.realdata
def test_real_orders_at_equal_risk(realdata: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What docs/dates.md says of the last third: the stated share is kept, and sooner than the marketplace's date."""
    found = told(capsys, "evaluate", str(realdata / "olist"))
    ours, alone, theirs = found["estimated"], found["alone"], found["marketplace"]
    assert abs(ours["on_time_share"] - ours["stated_share"]) < 0.01
    assert 0.88 <= ours["covered_share"] <= 0.92
    assert ours["matched_days_earlier"] >= 0.7
    assert alone["matched_days_earlier"] >= 0.0
    assert max(ours["pinball_days"], alone["pinball_days"]) < theirs["pinball_days"]
    assert sum(region["orders"] for region in found["regions"]) == found["orders"]


@pytest.mark.realdata
def test_real_answers_stand_without_what_came_later(realdata: Path) -> None:
    """Without what happened after an instant, all that was said before it is the same."""
    files = olist.read(realdata / "olist")
    orders = olist.orders_of(files, 4000)
    found = list(courses(orders, olist.alliance_of(files, orders)))
    cut = 2500
    now = found[cut].wish.bought_at

    def later(end: olist.Happened) -> olist.Happened:
        """What was known by then stays; what was not never comes."""
        return olist.Happened(
            end.status,
            end.handed_over_at if end.handed_over_at is not None and end.handed_over_at <= now else None,
            end.delivered_at if end.delivered_at is not None and end.delivered_at <= now else None,
            None,
        )

    kept = [course for course in found if not cancelled(orders.happened[course.wish.order_id])]
    others = {order_id: later(end) for order_id, end in orders.happened.items()}
    said, again = (run(kept[: cut - 100], happened, Learner()) for happened in (orders.happened, others))
    assert [(each.estimated.promised_s, each.alone.promised_s) for each in said] == [
        (each.estimated.promised_s, each.alone.promised_s) for each in again
    ]
