"""A new version moves in while the one before it serves: its migration, its server beside, the old one's farewell."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from . import town
from .shoppers import shopping
from .test_drill import done
from .tower import Tower, until

ROOT: Final = Path(__file__).resolve().parents[2]
# The last commit before orders kept the shop's own number.
BEFORE: Final = "4dedd2e"
ORDERS: Final = 20


class Earlier(Tower):
    """A tower that runs another source."""

    def __init__(self, source: Path, home: Path, **settings: str) -> None:
        super().__init__(home, **settings)
        self._source = source

    @property
    def environment(self) -> dict[str, str]:
        known = {name: value for name, value in super().environment.items() if name != "SANGDAN_SEARCH"}  # came later
        return known | {"PYTHONPATH": str(self._source)}


@pytest.fixture(scope="module")
def earlier_source() -> Iterator[Path]:
    """The version before, from this repository's own history."""
    packed = subprocess.run(["git", "archive", BEFORE, "src"], cwd=ROOT, capture_output=True, check=False)
    if packed.returncode != 0:
        pytest.skip(f"the version before ({BEFORE}) is not in this copy's history: clone the whole repository")
    folder = Path(tempfile.mkdtemp(prefix="sangdan-earlier-"))
    subprocess.run(["tar", "--extract", "--directory", str(folder)], input=packed.stdout, check=True)
    yield folder / "src"
    shutil.rmtree(folder)


@pytest.fixture
def earlier(earlier_source: Path) -> Iterator[Earlier]:
    """The version before, serving an alliance of its own making."""
    home = Path(tempfile.mkdtemp(prefix="sangdan-rolling-"))
    home.chmod(0o755)
    old = Earlier(earlier_source, home, release_after_s="0")
    try:
        old.start()
        yield old
    finally:
        old.clear()
        shutil.rmtree(home)


def test_both_versions_take_orders_and_nobody_waits(earlier: Earlier) -> None:
    keys = town.found(earlier)
    new = Tower(earlier.home, release_after_s="0")
    with shopping(earlier, keys, patient=True) as old_crowd:
        old_crowd.wait(ORDERS)
        assert columns(earlier) == []
        applied = done(new.sangdan("db", "migrate", "--json"))
        assert "20261121100500_order_ref.sql" in applied["migrations"]
        assert columns(earlier) == ["order_ref"]
        old_crowd.wait(ORDERS)
        try:
            new.start()
            numbered = shopping(new, keys, more=lambda number: {"order_ref": f"web-{number}"}, patient=True)
            with numbered as new_crowd:
                new_crowd.wait(ORDERS)
                old_crowd.wait(ORDERS)
                old_crowd.stop()
                until(lambda: len(new_crowd.journal) > ORDERS, "orders beside the old server")
                seen_by_each_other(earlier, new, keys, old_crowd.journal[0].order_id, new_crowd.journal[0].order_id)
                earlier.end()
                new_crowd.wait(ORDERS)
            assert not old_crowd.failures + new_crowd.failures
            until(new.is_quiet, "every reaction to be through")
            assert new.drift()["rows"] == []
            checked = new.sangdan("db", "check")
            assert checked.returncode == 0, checked.stdout + checked.stderr
        finally:
            new.clear()


def seen_by_each_other(old: Tower, new: Tower, keys: town.Keys, old_order: str, new_order: str) -> None:
    """Each server shows what the other placed; only the new one knows numbers."""
    with town.caller(old, keys["onmaru-web"]) as before, town.caller(new, keys["onmaru-web"]) as after:
        assert before.get(f"/v1/orders/{new_order}").json()["order_id"] == new_order
        shown: dict[str, Any] = after.get(f"/v1/orders/{old_order}").json()
        assert (shown["order_id"], shown["order_ref"]) == (old_order, None)
        number = after.get(f"/v1/orders/{new_order}").json()["order_ref"]
        assert [each["order_id"] for each in after.get("/v1/orders", params={"order_ref": number}).json()["items"]] == [
            new_order
        ]


def columns(running: Tower) -> list[str]:
    """The new column, once it is there."""
    with running.database() as conn:
        found = conn.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'orders' AND table_name = 'order' AND column_name = 'order_ref'"
        )
        return [name for (name,) in found]
