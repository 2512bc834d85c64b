"""`sangdan promise refresh`: what was promised is looked at again, from the command line."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from cyclopts import ValidationError

from sangdan.doors.cli import build
from sangdan.doors.cli.refresh import told
from sangdan.flows.re_promise import Finding, Looked

from .conftest import AT


@pytest.fixture
def database(url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The command's, migrated and empty."""
    monkeypatch.setenv("SANGDAN_DATABASE_URL", url)
    return url


def test_where_nothing_is_open_nothing_is_found(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert not build("promise")(["promise", "refresh", "--act"])
    out = capsys.readouterr().out
    assert "0 parcels looked at: 0 danger, 0 cheaper, 0 sooner." in out
    assert "0 orders were handed to re-sourcing." in out
    assert not build("promise")(["promise", "refresh", "--json"])
    assert msgspec.json.decode(capsys.readouterr().out, type=Looked) == Looked(0, {}, {}, [])


@pytest.mark.parametrize("option", ["--saving", "--limit"])
def test_an_option_that_makes_no_sense_is_refused(option: str) -> None:
    with pytest.raises(ValidationError, match=option):
        build("promise")(["promise", "refresh", option, "0"])


def test_a_finding_says_where_it_could_come_from_and_why() -> None:
    finding = Finding(
        order_id=UUID(int=7), parcel_no=2, service="standard", kind="danger", why="node_out", from_node="icheon",
        promised_at=AT, own_at=None, to_node=None, to_at=None, saving_minor=0,
    )  # fmt: skip
    cheaper = msgspec.structs.replace(
        finding, kind="cheaper", why="costs_less", to_node="gimhae", to_at=AT + timedelta(days=1), saving_minor=1500
    )
    text = told(Looked(9, {"awaits_supply": 4}, {"danger": 1, "cheaper": 1}, [finding, cheaper]), 50, None)
    assert "9 parcels looked at: 1 danger, 1 cheaper, 0 sooner." in text
    assert "4 wait for supply: not looked at." in text
    assert "nowhere" in text
    assert "the node is out of service" in text
    assert "gimhae" in text
    assert "1,500" in text
    assert "costs less, and keeps its date" not in told(Looked(9, {}, {}, [finding, cheaper]), 1, None)
