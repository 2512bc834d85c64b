"""Exports: what is written can be imported again, to each ally its part, in every form, and no shopper in any."""

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import psycopg
import pytest

from sangdan.adapters import exports
from sangdan.adapters.exports import TooManyForSheet, finish
from sangdan.adapters.tables import guarded
from sangdan.doors.cli import main
from sangdan.flows.export_rows import EVENTS, RESOURCES, names
from sangdan.flows.import_rows import KINDS
from sangdan.kit.engine import Engine
from sangdan.kit.migrate import migrate

from . import alliance
from .alliance import SKU
from .import_desk import Desk
from .journey import Callers, shipped

MANUAL = Path(__file__).parents[2] / "docs" / "export.md"
# Imports without an export: of shoppers, and rules that the tower shows.
ONE_WAY = {"kits", "members", "people", "stock-rules"}


def exported(capsys: pytest.CaptureFixture[str], resource: str, file: Path, *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["export", resource, str(file), *words, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out or err)


def test_what_is_exported_can_be_imported_and_exported_again(
    desk: Desk, empty_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.fill(*(kind for kind in KINDS if kind not in ONE_WAY))
    kinds = [kind for kind in KINDS if kind in RESOURCES]
    first = {kind: tmp_path / f"{kind}-1.csv" for kind in kinds}
    for kind, file in first.items():
        assert exported(capsys, kind, file) == (
            0, {"resource": kind, "file": str(file), "form": "csv", "rows": file.read_text().count("\n") - 1},
        )  # fmt: skip
    migrate(empty_url)
    monkeypatch.setenv("SANGDAN_DATABASE_URL", empty_url)
    for kind, file in first.items():
        code, told = desk.bring(kind, file)
        assert (code, told["rejected"], told["loaded"]) == (0, 0, told["rows"]), (kind, told)
        again = tmp_path / f"{kind}-2.csv"
        exported(capsys, kind, again)
        assert again.read_bytes() == file.read_bytes()
        assert told["rows"] >= 1


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_other_forms_can_be_imported_too(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    desk.fill(*(kind for kind in KINDS if kind not in ONE_WAY))
    for kind in ("calendars", "lanes", "skus", "offers", "stock", "contracts"):
        file = tmp_path / f"{kind}.{form}"
        assert exported(capsys, kind, file)[0] == 0
        code, told = desk.bring(kind, file)
        assert (code, told["rejected"], told["unchanged"]) == (0, 0, told["rows"]), (kind, told)


def test_columns_are_those_of_the_import(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert KINDS.keys() - RESOURCES.keys() == ONE_WAY
    for kind in KINDS.keys() & RESOURCES.keys():
        file = tmp_path / f"{kind}.csv"
        exported(capsys, kind, file)
        assert file.read_text().splitlines()[0].split(",") == [column.name for column in KINDS[kind].columns]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ghosts", "x.csv"), "export-unknown"),
        (("stock", "x.txt"), "export-unclear"),
        (("stock", "x.xlsx", "--excel"), "export-unclear"),
        (("stock", "nowhere/x.csv"), "export-unclear"),
        (("stock", "x.csv", "--from", "2026-11-21"), "export-timeless"),
    ],
)
def test_what_cannot_be_exported(
    desk: Desk, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: str
) -> None:
    assert main(["export", *words, "--json"]) == 1
    assert json.loads(capsys.readouterr().err)["code"] == code
    assert not list(desk.folder.iterdir())


async def rows_of(callers: Callers, name: str, resource: str, **params: str) -> list[dict[str, str]]:
    answer = await callers[name].get(f"/v1/exports/{resource}", **params)
    assert answer.status_code == 200, (resource, answer.text)
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
async def order(door: httpx.AsyncClient, callers: Callers, engine: Engine) -> dict[str, Any]:
    """An order that has shipped."""
    await alliance.found(door)
    order = await shipped(callers, engine)
    report = {"at": "2026-11-21T00:00:00Z", "state": "in_transit", "detail": "kim, door code 1234"}
    told = await callers["courier"].post(f"/v1/parcels/{order['parcels'][0]['parcel_id']}/tracking", report)
    assert told.status_code == 200
    return order


async def test_to_each_ally_its_part(callers: Callers, order: dict[str, Any]) -> None:
    [shop] = await rows_of(callers, "shop", "orders")
    [ally] = await rows_of(callers, "ally", "orders")
    lines = [len(await rows_of(callers, name, "lines")) for name in ("tower", "shop", "ally")]
    parcels = [len(await rows_of(callers, name, "parcels")) for name in ("tower", "shop", "ally", "courier")]
    [seen] = await rows_of(callers, "courier", "tracking")

    assert (shop["order_id"], shop["shopper_id"], shop["goods_minor"]) == (order["order_id"], "kim", "25800")
    assert (ally["order_id"], ally["shopper_id"], ally["goods_minor"]) == (order["order_id"], "", "")
    assert (lines, parcels) == ([1, 1, 1], [1, 1, 1, 1])
    assert "detail" not in seen
    assert [row["sku"] for row in await rows_of(callers, "ally", "stock")] == [SKU]


@pytest.mark.parametrize("stranger", ["foreign-shop", "foreign-ally", "foreign-courier"])
async def test_a_stranger_exports_nothing_of_others(callers: Callers, order: dict[str, Any], stranger: str) -> None:
    shared = {"partners", "calendars", "calendar-days", "zones", "postcodes", "nodes", "products", "skus", "rates"}
    for resource in set(names()) - shared:
        answer = await callers[stranger].get(f"/v1/exports/{resource}")
        if answer.status_code == 403:
            continue
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        if resource in {"offers", "contracts"}:
            assert {row.get("partner_id", "stranger") for row in rows} <= {"stranger"}
            assert stranger == "foreign-shop" or resource == "contracts" or not rows
        else:
            assert rows == [], resource


async def test_no_export_holds_a_shopper(callers: Callers, order: dict[str, Any]) -> None:
    for resource in names():
        for name in ("tower", "shop", "ally", "courier"):
            answer = await callers[name].get(f"/v1/exports/{resource}")
            if answer.status_code == 200 and not (resource == "orders" and name in {"tower", "shop"}):
                assert "kim" not in answer.text, (resource, name)
            if resource != "postcodes":
                assert alliance.POSTCODE not in answer.text, (resource, name)


async def test_by_time_and_in_each_form(callers: Callers, order: dict[str, Any]) -> None:
    early = await rows_of(callers, "shop", "orders", until="2026-11-20T03:00:00Z")
    late = await rows_of(callers, "shop", "orders", **{"from": "2026-11-20T03:00:00Z"})
    frame = pl.read_parquet(io.BytesIO((await callers["shop"].get("/v1/exports/orders", format="parquet")).content))
    sheet = pl.read_excel(io.BytesIO((await callers["shop"].get("/v1/exports/orders", format="xlsx")).content))
    excel = (await callers["shop"].get("/v1/exports/orders", format="excel")).content

    assert (len(early), len(late)) == (0, 1)
    assert frame.schema["placed_at"] == pl.Datetime("us", "UTC")
    assert (frame["goods_minor"][0], sheet["goods_minor"][0]) == (25_800, 25_800)
    assert excel.startswith(b"\xef\xbb\xbforder_id,")


async def test_events_are_exported_as_the_asker_may_see_them(callers: Callers, order: dict[str, Any]) -> None:
    for name in ("shop", "ally", "courier"):
        page = (await callers[name].get("/v1/events", limit=1000)).json()["items"]
        rows = await rows_of(callers, name, EVENTS)
        assert [(row["id"], row["type"], json.loads(row["data"])) for row in rows] == [
            (event["id"], event["type"], event["data"]) for event in page
        ]


async def test_a_few_at_a_time(callers: Callers, order: dict[str, Any]) -> None:
    answers = await asyncio.gather(*(callers["tower"].get("/v1/exports/orders") for _ in range(8)))
    told = {answer.status_code: answer for answer in answers}

    assert set(told) <= {200, 503}
    assert 200 in told
    if 503 in told:
        assert told[503].json()["code"] == "exports-busy"
    assert (await callers["tower"].get("/v1/exports/orders")).status_code == 200


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("ghosts", "export-unknown"),
        ("payments", "export-forbidden"),
        ("stock?from=2026-11-21T00:00:00Z", "export-timeless"),
        ("orders?from=2026-11-21T00:00:00", "period-unfit"),
        ("orders?format=pdf", "invalid-request"),
    ],
)
async def test_what_cannot_be_asked(callers: Callers, path: str, code: str) -> None:
    assert (await callers["ally"].get(f"/v1/exports/{path}")).json()["code"] == code


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+82", "'+82"),
        ("-x", "'-x"),
        ("@SUM", "'@SUM"),
        ("\tx", "'\tx"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        ("티셔츠", "티셔츠"),
        ("", ""),
    ],
)
def test_no_text_is_a_formula(text: str, cell: str) -> None:
    assert guarded(text) == cell


def test_what_looks_like_a_formula_is_text_in_every_form(tmp_path: Path) -> None:
    spooled = tmp_path / "spooled"
    spooled.write_text('"=HYPERLINK(""http://x"")",-5,"two\nlines",=1|b\n@x,,"",\n')
    columns = {"name": "text", "units": "whole", "more": "text", "tags": "list"}
    for form in exports.FORMS:
        finish(spooled, 2, columns, form, tmp_path / form)

    sheet = pl.read_excel(tmp_path / "xlsx")
    assert sheet["name"].to_list() == ['=HYPERLINK("http://x")', "@x"]
    assert sheet["units"].to_list() == [-5, None]
    assert "'=HYPERLINK" in (tmp_path / "excel").read_text()
    assert ",-5," in (tmp_path / "excel").read_text()
    assert ",'=1|b" in (tmp_path / "excel").read_text()
    assert (tmp_path / "csv").read_text() == "name,units,more,tags\n" + spooled.read_text()
    assert pl.read_parquet(tmp_path / "parquet")["units"].to_list() == [-5, None]
    assert pl.read_parquet(tmp_path / "parquet")["more"][0] == "two\nlines"


def test_a_sheet_that_is_too_long_is_told_before_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(TooManyForSheet) as refused:
        finish(tmp_path / "spooled", exports.MOST_ROWS, {"a": "text"}, "xlsx", tmp_path / "out")
    assert "1,048,576" in refused.value.detail
    assert not (tmp_path / "out").exists()


def test_the_manual_names_every_resource() -> None:
    text = MANUAL.read_text()
    assert [name for name in names() if f"| `{name}` |" not in text] == []


def test_the_command_names_every_resource(capsys: pytest.CaptureFixture[str]) -> None:
    main(["export", "--help"])
    told = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert [name for name in names() if name not in told] == []


async def test_a_key_that_is_confined_to_a_node_exports_nothing(callers: Callers, door: httpx.AsyncClient) -> None:
    await alliance.found(door)
    client = {"client_id": "desk", "role": "ally", "partner_id": "house", "node_id": "house-1"}
    made = (await callers["tower"].post("/v1/clients", client)).json()
    answer = await alliance.Caller(door, made["key"]).get("/v1/exports/stock")

    assert answer.json()["code"] == "export-forbidden"


def test_rows_come_in_the_order_of_their_key(url: str) -> None:
    """A projection keeps the order of what it reads; should a server ever not, round trips would differ."""
    with psycopg.connect(url) as conn:
        ordered = "SELECT upper(x) FROM (SELECT x FROM (VALUES ('b'), ('c'), ('a')) v (x) ORDER BY x) q"
        assert [row[0] for row in conn.execute(ordered).fetchall()] == ["A", "B", "C"]
