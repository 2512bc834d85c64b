"""Four scenes: each tells its story in both languages and finds it true, and finds it false when it is."""

import subprocess
import sys
from collections.abc import Callable
from datetime import time
from typing import Any, Final

import msgspec
import pytest

from sangdan.doors.sim.scenes import SCENES, Line, Stage, play
from sangdan.doors.sim.scenes import not_on_the_shelf as shelf_scene
from sangdan.flows import re_source, source_again
from sangdan.offer.promise.model import choice, gates
from sangdan.tower.twin.model import calendars, lanes

from .scene_cases import check_telling, failed, played, true_story

NAMES: Final = ("one-basket", "ten-to-ten", "milk-and-bread", "not-on-the-shelf")


@pytest.mark.parametrize("name", NAMES)
def test_the_story_is_true_and_told_in_both_languages(name: str) -> None:
    check_telling(name)
    assert {"step", "quote", "check"} <= {line.kind for line in true_story(name)[1]}


def test_a_scene_is_the_same_each_time() -> None:
    assert played("milk-and-bread") == true_story("milk-and-bread")


def test_the_command_tells_programs_a_line_each() -> None:
    command = [sys.executable, "-m", "sangdan", "demo", "--scene", "milk-and-bread", "--json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr
    lines: list[dict[str, Any]] = [msgspec.json.decode(line) for line in ran.stdout.splitlines()]
    assert lines[-1]["kind"] == "end"
    assert all({"kind", "at", "ko", "en", "facts"} <= line.keys() for line in lines)


# Each story is found false when it is.


def test_one_basket_finds_a_chooser_that_takes_whatever_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Careless(choice.Sourcing):
        """Leaves out the place that has everything."""

        def __init__(self, lines: Any, outlets: Any, *, at_least: int = 0) -> None:
            some = [each for each in outlets if each.gate.node.node_id != "fc-icheon"]
            super().__init__(lines, some if len(some) > 1 else outlets, at_least=at_least)

    monkeypatch.setattr(choice, "Sourcing", Careless)
    holds, lines = played("one-basket")
    assert not holds
    assert any("none is better" in check for check in failed(lines))


def test_ten_to_ten_finds_a_run_that_waits_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    late = lanes.SERVICES["dawn"]._replace(cut_offs=[time(23, 40)])
    monkeypatch.setitem(lanes.SERVICES, "dawn", late)
    holds, lines = played("ten-to-ten")
    assert not holds
    assert any(check.startswith("At ten past ten") for check in failed(lines))


def test_milk_and_bread_finds_a_store_that_forgets_who_came_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: object) -> None:
        """Nobody waits."""

    monkeypatch.setattr(gates, "queue_of", nobody)
    holds, lines = played("milk-and-bread")
    assert not holds
    assert any("is busy" in check for check in failed(lines))
    assert any("ready in time" in check for check in failed(lines)), "and it was not ready, either"


def test_milk_and_bread_finds_a_store_that_opens_against_the_law(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(calendars, "is_closing_day", never)
    holds, lines = played("milk-and-bread")
    assert not holds
    assert any("closed by law" in check for check in failed(lines))


def test_not_on_the_shelf_finds_a_search_that_asks_the_refuser_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gather = source_again.search.gather

    async def forgetful(*args: Any, **more: Any) -> Any:
        return await gather(*args, **{**more, "without": frozenset()})

    monkeypatch.setattr(source_again.search, "gather", forgetful)
    holds, lines = played("not-on-the-shelf")
    assert not holds
    assert any("asked again" in check for check in failed(lines))


def test_not_on_the_shelf_finds_stock_that_was_not_corrected(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        """The books stay as they were."""

    monkeypatch.setattr(re_source, "_correct", nothing)
    holds, lines = played("not-on-the-shelf")
    assert not holds
    assert any("off the books" in check for check in failed(lines))


def test_not_on_the_shelf_finds_a_shopper_who_was_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(*_: object) -> None:
        """Nobody says anything."""

    monkeypatch.setattr(shelf_scene.Phone, "_ring", silent)
    holds, lines = played("not-on-the-shelf")
    assert not holds
    assert any("was told the new date" in check for check in failed(lines))


def test_a_scene_that_breaks_off_is_not_true(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(stage: Stage) -> None:
        stage.step("시작합니다.", "It begins.")
        raise LookupError("nothing there")

    scene = msgspec.structs.replace(SCENES["one-basket"], run=broken)
    told = with_scene(monkeypatch, scene)
    assert [line.kind for line in told] == ["step", "end"]
    assert told[-1].facts == {"holds": False}
    assert "nothing there" in told[-1].en


def with_scene(monkeypatch: pytest.MonkeyPatch, scene: Any) -> list[Line]:
    """Play a scene of our own under a known name."""
    lines: list[Line] = []
    told: Callable[[Line], None] = lines.append
    monkeypatch.setattr("sangdan.doors.sim.scenes.SCENES", {scene.name: scene})
    assert not play(scene.name, told)
    return lines
