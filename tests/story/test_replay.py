"""Real orders of another marketplace, from promise to settlement: every unit and every cent is accounted for."""

import json
from pathlib import Path
from typing import Any

import pytest

from sangdan.doors.cli import main

from ..olist_files import write


def replay(capsys: pytest.CaptureFixture[str], folder: Path, *more: str) -> tuple[int, dict[str, Any]]:
    """Run the command; gives its exit code and the one object on its standard output."""
    code = main(["replay", "olist", str(folder), "--json", *more])
    told = json.loads(capsys.readouterr().out)
    assert told.pop("seconds") > 0
    assert told.pop("peak_pss_mb") > 0
    return code, told


def test_a_small_folder_from_promise_to_settlement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = replay(capsys, write(tmp_path))
    assert code == 0
    assert told["orders_in"] == 12
    assert told["orders_refused"] == {"no_items": 1, "unknown_goods": 1}
    assert told["file_of_orders"] == {"rows_in": 12, "used": 10, "left_out": {"no_items": 1, "unknown_goods": 1}}
    assert told["orders_cancelled_by"] == {"shopper": 1, "not_on_shelf": 1}  # o03, o05
    assert told["orders_delivered"] == 5  # o01, o02, o09, o10, o11
    assert told["orders_open"] == 3  # o04 and o07 on the road for good, o08 never picked
    assert told["orders_placed"] == 10
    assert (told["ledger_sum_minor"], told["alliance_sum_minor"]) == ({"BRL": 0}, {"BRL": 0})
    assert (told["drift_rows"], told["oversold_cells"], told["prices_differing"]) == (0, 0, 0)
    assert (told["promises_recomputed"], told["promises_differing"]) == (10, 0)
    assert told["split_rate"] == 1 / 8  # o02; of o03 and o05 nothing is left
    # o02 came seven weeks late, by anybody's date; o04, o07 and o08 never came.
    compared = told["compared"]["all"]
    assert (compared["orders"], compared["marketplace_on_time_share"]) == (8, 0.5)
    assert told["marketplace_mean_days"] == pytest.approx((23 + 22 + 25 + 22 + 21 + 20 + 19 + 15) / 8)
    assert told["promise_on_time_share"] == pytest.approx(4 / 7, abs=1e-6)  # both parcels of o02, and o05


def test_a_scarce_run_refuses_and_only_when_there_is_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 5 cups 2 are there: o01 takes both. Of 3 rugs and of 4 pens one each: o03 gives its rug back for o11."""
    code, told = replay(capsys, write(tmp_path), "--scarce", "--share", "0.4")
    assert code == 0
    assert told["orders_refused"] == {"no-way: short": 6, "no_items": 1, "unknown_goods": 1}
    assert told["orders_placed"] == 4
    assert told["orders_cancelled_by"] == {"shopper": 1}
    assert (told["refused_in_stock"], told["oversold_cells"], told["drift_rows"]) == (0, 0, 0)
    assert told["stock"].startswith("scarce: ")


def test_the_same_seed_gives_the_same_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(tmp_path)
    assert replay(capsys, folder, "--seed", "7") == replay(capsys, folder, "--seed", "7")


def test_a_database_with_orders_is_not_replayed_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], empty_url: str
) -> None:
    folder = write(tmp_path)
    assert replay(capsys, folder, "--database", empty_url, "--limit", "2")[1]["orders_placed"] == 2
    assert main(["replay", "olist", str(folder), "--database", empty_url]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "holds orders" in said.err


@pytest.mark.realdata
def test_three_hundred_real_orders(realdata: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = replay(capsys, realdata / "olist", "--limit", "300")
    assert code == 0
    ends = told["orders_delivered"] + told["orders_cancelled"] + told["orders_open"]
    assert told["orders_placed"] == ends == 297
    assert told["orders_refused"] == {"no_items": 3}
    assert (told["prices_differing"], told["promises_differing"], told["import_rejected"]) == (0, 0, {})
