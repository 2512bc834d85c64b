"""Who may know whom: the contracts of pyproject.toml hold, forget no room, and catch what they are for."""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from .tree import OTHERS, ROOT, SOURCE, rooms, stages


def contracts() -> dict[str, Any]:
    """The contracts by their id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"]: contract for contract in settings["tool"]["importlinter"]["contracts"]}


def lint(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Check the package `sangdan` under a folder against our contracts."""
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [str(program), "--no-cache", "--config", str(ROOT / "pyproject.toml")],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold() -> None:
    checked = lint(SOURCE.parent)
    assert checked.returncode == 0, checked.stdout


def test_no_room_is_forgotten() -> None:
    house = contracts()["house"]["layers"]
    listed = {name.strip(" ()") for layer in house for name in layer.split("|")}
    assert listed - OTHERS == set(stages())
    for name in ("rooms", "within"):
        contract = contracts()[name]
        named = contract.get("modules", []) + contract.get("containers", [])
        assert named == [f"sangdan.{stage}.*" for stage in sorted(stages(), key=house_order)]


def house_order(stage: str) -> int:
    return ["offer", "order", "pay", "ship", "store", "talk", "tower"].index(stage)


def a_house(folder: Path) -> None:
    """A small house that keeps the rules: every file of two rooms, one of each other floor."""
    for room in rooms():
        for name in ("__init__", "errors", "model", "events", "queries", "ports", "commands"):
            write(folder, f"{room}/{name}.py", "")
    for floor in ("adapters", "client", "db", "doors", "flows", "kit"):
        write(folder, f"{floor}/__init__.py", "")
    for module in contracts()["models"]["forbidden_modules"]:
        if module.startswith("sangdan."):
            write(folder, f"{module.removeprefix('sangdan.').replace('.', '/')}.py", "")
    for stage in stages():
        write(folder, f"{stage}/__init__.py", "")
    write(folder, "__init__.py", "")


def write(folder: Path, place: str, text: str) -> None:
    file = folder / "sangdan" / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


BREACHES = [
    ("offer/stock/commands.py", "from sangdan.order.orders import commands\n", "Rooms do not know one another"),
    ("offer/stock/commands.py", "import sangdan.offer.network.model\n", "Rooms do not know one another"),
    ("kit/db.py", "import sangdan.offer.stock.model\n", "House"),
    ("offer/stock/commands.py", "import sangdan.flows\n", "House"),
    ("flows/__init__.py", "import sangdan.doors\n", "House"),
    ("flows/__init__.py", "import sangdan.adapters\n", "House"),
    ("surprise/__init__.py", "", "House"),
    ("offer/stock/queries.py", "from . import commands\n", "Within a room"),
    ("offer/stock/model.py", "from . import queries\n", "Within a room"),
    ("offer/stock/errors.py", "from . import model\n", "Within a room"),
    ("offer/stock/shelves.py", "", "Within a room"),
    ("offer/stock/model.py", "import psycopg\n", "Models are pure"),
    ("offer/stock/model.py", "import random\n", "Models are pure"),
    ("offer/stock/model.py", "import sangdan.kit.db\n", "Models are pure"),
    ("kit/db.py", "import litestar\n", "The kit serves every door"),
    ("client/__init__.py", "import sangdan.kit.db\n", "The client stands alone"),
]


def test_the_small_house_keeps_the_rules(tmp_path: Path) -> None:
    a_house(tmp_path)
    checked = lint(tmp_path)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(("place", "text", "contract"), BREACHES)
def test_a_breach_is_seen(tmp_path: Path, place: str, text: str, contract: str) -> None:
    a_house(tmp_path)
    write(tmp_path, place, text)
    checked = lint(tmp_path)
    assert checked.returncode == 1, checked.stdout
    broken = [line for line in checked.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), checked.stdout
