"""`sangdan import`: every format, every bad input, and everything twice."""

import os
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
import psycopg
import pytest

from sangdan.flows.import_rows import CHUNK, KINDS, guide, template

from .import_desk import Desk

AT = datetime(2026, 11, 21, 9, tzinfo=UTC)
ZONES = "zone_id,name_ko,name_en,lat_e6,lon_e6"
STOCK = "node_id,sku,owner_id,on_hand,safety"


def test_the_manuals_examples_can_be_imported_twice(desk: Desk) -> None:
    for kind in KINDS:
        if kind == "kits":
            gift = template(KINDS["skus"]).replace("tee-101-m-white", "gift-tee").replace("8801234567893", "")
            assert desk.bring("skus", desk.file("gift.csv", gift))[0] == 0
        file = desk.file(f"{kind}.csv", template(KINDS[kind]))
        code, told = desk.bring(kind, file)
        assert (code, told["rows"], told["loaded"], told["rejected"]) == (0, 1, 1, 0), told
        code, told = desk.bring(kind, file)
        assert (code, told["loaded"], told["unchanged"]) == (0, 0, 1), told
    assert desk.rows("SELECT week FROM network.calendar") == [(["09:00-22:00"] * 7,)]
    assert desk.rows("SELECT DISTINCT options FROM catalogue.sku") == [(["M", "white"],)]
    assert desk.rows("SELECT cut_offs, due_local FROM network.lane") == [([time(13), time(20)], time(7))]
    assert desk.rows("SELECT on_hand, safety FROM stock.balance") == [(120, 2)]
    assert desk.rows("SELECT units, kind FROM stock.movement") == [(120, "count")]
    assert desk.rows("SELECT count(*) FROM kit.bulk_run") == [(0,)]
    assert not list(desk.folder.glob("*.rejects.csv"))


def test_the_manual_is_up_to_date() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "import.md"
    assert page.read_text(encoding="utf-8") == guide(CHUNK), "make it again: sangdan columns > docs/import.md"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_korean_text_in_each_encoding(desk: Desk, encoding: str) -> None:
    file = desk.file("zones.csv", f"{ZONES}\r\nseoul,서울특별시 중구,Seoul,1,2\r\n".encode(encoding))
    assert desk.bring("zones", file)[0] == 0
    assert desk.rows("SELECT name_ko FROM network.zone") == [("서울특별시 중구",)]


def test_a_broken_row_in_the_middle_harms_no_other(desk: Desk) -> None:
    rows = ["z1,하나,One,1,1", 'z2,"둘,Two,2,2', "z3,셋,Three,3,3,,", "", "z4,넷,Four,4", 'z5,"다섯, 5",Five,5,5']
    code, told = desk.bring("zones", desk.file("zones.csv", "\n".join([ZONES, *rows])))
    assert (code, told["rows"], told["loaded"], told["rejected"]) == (1, 5, 2, 3)
    assert desk.rows("SELECT zone_id, name_ko FROM network.zone ORDER BY 1") == [("z1", "하나"), ("z5", "다섯, 5")]
    rejects = desk.rejects("zones")
    assert rejects["import_line"].to_list() == ["3", "4", "6"]
    assert rejects["import_reason"].to_list() == [
        "the line's quotes do not match",
        "the line has 7 columns, the header has 5",
        "the line has 4 columns, the header has 5",
    ]
    assert rejects["zone_id"].to_list()[2] == "z4,넷,Four,4"


def test_rejects_are_mended_and_come_back(desk: Desk) -> None:
    desk.fill("zones")
    text = "Postcode,zone_id,area\n01000,seoul-jung,\n1001,seoul-jung,\n01002,atlantis,moon\n01003,seoul-jung,jeju\n"
    code, told = desk.bring("postcodes", desk.file("postcodes.csv", text))
    assert (code, told["loaded"], told["rejected"], told["files"][0]["rejects"]) == (1, 2, 2, "postcodes.rejects.csv")
    rejects = desk.rejects("postcodes")
    assert rejects.columns == ["import_line", "import_reason", "postcode", "zone_id", "area"]
    assert rejects.rows() == [
        ("3", "postcode: '1001': the leading zero was lost: keep the column as text", "1001", "seoul-jung", None),
        ("4", "area: 'moon' is not one of mainland, jeju, island", "01002", "atlantis", "moon"),
    ]
    mended = (desk.folder / "postcodes.rejects.csv").read_text(encoding="utf-8-sig")
    mended = mended.replace(",1001,", ",01001,").replace("atlantis", "seoul-jung").replace(",moon", ",island")
    code, told = desk.bring("postcodes", desk.file("mended.csv", mended))
    assert (code, told["loaded"], told["rejected"]) == (0, 2, 0)
    assert desk.rows("SELECT postcode, area FROM network.postcode ORDER BY 1") == [
        ("01000", "mainland"), ("01001", "mainland"), ("01002", "island"), ("01003", "jeju"),
    ]  # fmt: skip


def test_everything_that_is_wrong_with_a_row_is_told(desk: Desk) -> None:
    desk.fill("partners", "products", "skus")
    head = "sku,seller_id,valid_from,valid_to,currency,price_minor\n"
    sku = "tee-101-m-white"
    rows = [
        f"{sku},hanbit,2026-11-01 09:00,,won,-5",
        f"{sku},nobody,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,KRW,1",
        f"{sku},nobody,2026-11-01T00:00:00Z,,KRW,1",
        'no-such-sku,hanbit,2026-11-01T00:00:00+09:00,,KRW,"12,900"',
        "no-such-sku,hanbit,2026-11-01T00:00:00+09:00,,KRW,",
        "no-such-sku,hanbit,2026-11-01T00:00:00+09:00,,KRW,99999999999999999999",
        "no-such-sku,hanbit,2026-11-01T00:00:00+09:00,,KRW,12900",
        f"{sku},hanbit,2026-11-01T00:00:00+09:00,,KRW,12900",
        f"{sku},hanbit,2026-10-31T15:00:00Z,,KRW,13900",
    ]
    _, told = desk.bring("offers", desk.file("offers.csv", head + "\n".join(rows)))
    assert (told["loaded"], told["rejected"]) == (1, 8)
    reasons = dict(desk.rejects("offers").select("import_line", "import_reason").rows())
    assert reasons == {
        "2": "valid_from: '2026-11-01 09:00': add the offset from UTC, e.g. +09:00, or Z; "
        "currency: 'won' is not a currency code like KRW; "
        "price_minor: '-5' is not a whole number from 0 to 1000000000000",
        "3": "valid_to must come after valid_from",
        "4": "seller_id: partner 'nobody' is not known; import partners first",
        "5": "price_minor: '12,900': write it without thousands separators",
        "6": "price_minor: is empty",
        "7": "price_minor: '99999999999999999999' is not a whole number from 0 to 1000000000000",
        "8": "sku: SKU 'no-such-sku' is not known; import skus first",
        "10": "sku, seller_id, valid_from: the same as in line 9",
    }
    assert told["files"][0]["reasons"]["price_minor"] == 4
    assert told["files"][0]["reasons"]["sku unknown"] == 1


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"", "file-empty", "is empty"),
        (f"{ZONES}\n".encode(), "file-empty", "no rows"),
        (b"zone,name_ko,name_en,lat_e6,lon_e6\nz,a,b,1,2\n", "import-header-wrong", "unknown: 'zone' (is it zone_id?)"),
        (b"zone_id,name_ko,name_en,lat_e6\nz,a,b,1\n", "import-header-wrong", "missing: lon_e6"),
        (f"{ZONES.replace(',', ';')}\nz;a;b;1;2\n".encode(), "file-unreadable", "use commas"),
        (f"{ZONES},zone_id\nz,a,b,1,2,z\n".encode(), "file-unreadable", "twice"),
        (f"{ZONES}\nz,서울,b,1,2\n".encode("utf-16"), "encoding-wrong", "UTF-16"),
        (f"{ZONES}\nz,서울,b,1,2\n".encode() + b"y,\xb0\xa1,b,1,2\n", "encoding-wrong", "Line 3"),
        (f"{ZONES}\nz,ソウル\x80,b,1,2\n".encode("latin-1", "replace"), "encoding-wrong", "UTF-8 or CP949"),
        (b"PK\x03\x04 and nothing that a workbook has", "file-unreadable", "not a workbook"),
        (b"PAR1 and nothing that a table has", "file-unreadable", "not a Parquet file"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_changes_nothing(desk: Desk, data: bytes, code: str, detail: str) -> None:
    good = desk.file("good.csv", f"{ZONES}\nseoul,서울,Seoul,1,2\n")
    status, told = desk.bring("zones", good, desk.file("bad.csv", data))
    assert (status, told["code"]) == (1, code)
    assert detail in told["detail"]
    assert desk.rows("SELECT count(*) FROM network.zone") == [(0,)]


def test_what_cannot_be_asked_is_told(desk: Desk) -> None:
    good = desk.file("zones.csv", f"{ZONES}\nseoul,서울,Seoul,1,2\n")
    assert desk.bring("castles", good)[1]["code"] == "import-kind-unknown"
    assert desk.bring("zones", desk.folder / "absent.csv")[1]["code"] == "file-missing"
    assert desk.bring("zones", good, "--encoding", "klingon")[1]["code"] == "encoding-wrong"
    assert desk.bring("zones", good, good, "--rejects", "one.csv")[1]["code"] == "rejects-unclear"
    assert desk.bring("zones", good, "--rejects", good)[1]["code"] == "rejects-unclear"
    assert desk.rows("SELECT count(*) FROM network.zone") == [(0,)]


def test_a_workbook(desk: Desk) -> None:
    """Tables begin anywhere on a sheet and have gaps; numbers, dates and texts are cells of their own kind."""
    members = pl.DataFrame(
        {
            "Member_ID ": ["m-1", None, "m-2"],
            "birth_year": [1991.0, None, 1991.5],
            "postcode": ["04524", None, "4524"],
            "joined_on": [date(2024, 5, 1), None, None],
        }
    )
    members.write_excel(desk.folder / "members.xlsx", position="C3")
    code, told = desk.bring("members", desk.folder / "members.xlsx")
    assert (code, told["rows"], told["loaded"]) == (1, 2, 1)
    assert desk.rows("SELECT member_id, locale, birth_year, postcode, joined_on FROM orders.member") == [
        ("m-1", "ko", 1991, "04524", date(2024, 5, 1))
    ]
    assert desk.rejects("members").select("import_line", "import_reason").rows() == [
        (
            "6",
            "birth_year: '1991.5' is not a whole number from 1900 to 2100; "
            "postcode: '4524': the leading zero was lost: keep the column as text",
        )
    ]


def test_parquet_with_types_of_its_own(desk: Desk) -> None:
    desk.fill("partners")
    frame = pl.DataFrame(
        {
            "product_id": ["p-1", "p-2", "p-3"],
            "category": ["의류"] * 3,
            "name_ko": ['이름 "하나", 둘', "역\\슬래시", None],
            "name_en": ["One"] * 3,
            "options": [["size", 'a "b", c\\'], [], ["size"]],
        }
    )
    frame.write_parquet(desk.folder / "products.parquet")
    code, told = desk.bring("products", desk.folder / "products.parquet")
    assert (code, told["loaded"], told["rejected"]) == (1, 2, 1)
    assert desk.rows("SELECT name_ko, brand, options FROM catalogue.product ORDER BY product_id") == [
        ('이름 "하나", 둘', None, ["size", 'a "b", c\\']),
        ("역\\슬래시", None, []),
    ]
    assert desk.rejects("products").select("import_line", "import_reason", "options").rows() == [
        ("3", "name_ko: is empty", "size")
    ]


def test_a_count_is_absolute(desk: Desk) -> None:
    desk.fill("partners", "calendars", "zones", "nodes", "products", "skus", "stock")
    with psycopg.connect(os.environ["SANGDAN_DATABASE_URL"]) as conn:
        conn.execute("UPDATE stock.balance SET reserved = 100")
        conn.execute(
            "INSERT INTO stock.reservation (node_id, reservation_id, order_id, line_no, sku, owner_id, units, at)"
            " SELECT node_id, gen_random_uuid(), gen_random_uuid(), 1, sku, owner_id, 100, %s FROM stock.balance",
            [AT],
        )
    cell = "seoul-1,tee-101-m-white,hanbit"
    less = desk.file("less.csv", f"{STOCK}\n{cell},99,\n")
    assert desk.bring("stock", less)[0] == 1
    assert desk.rejects("less")["import_reason"].to_list() == ["on_hand: 99 counted, but 100 are reserved"]
    code, told = desk.bring("stock", desk.file("more.csv", f"{STOCK}\n{cell},105,\n"))
    assert (code, told["loaded"]) == (0, 1)
    assert desk.rows("SELECT on_hand, reserved, safety FROM stock.balance") == [(105, 100, 2)]
    assert desk.rows("SELECT units FROM stock.movement ORDER BY units") == [(-15,), (120,)]
    code, told = desk.bring("stock", desk.file("safer.csv", f"{STOCK}\n{cell},105,5\n"))
    assert (told["loaded"], desk.rows("SELECT on_hand, safety FROM stock.balance")) == (1, [(105, 5)])
    assert desk.rows("SELECT count(*) FROM stock.movement") == [(2,)]
