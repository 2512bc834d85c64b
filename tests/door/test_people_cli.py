"""`sangdan people` and the import of people, from the command line."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest

from sangdan.doors.cli import main
from sangdan.kit.settings import load

from .import_desk import Desk

ROOT = Path(__file__).resolve().parents[2]
PARTNERS = "partner_id,kind,name_ko,name_en\nmarket,marketplace,장터,Market\nother,retailer,가게,Shop\n"
PEOPLE = """shop_id,shopper_id,name,phone,email,address,postcode,locale
market,kim,홍길동,010-0000-1234,gildong@example.com,서울특별시 중구 세종대로 110,04524,ko
market,lee,이몽룡,010-0000-9999,,,,
other,kim,Jane Doe,+1 415 555 0123,jane@example.com,,,en
"""


@pytest.fixture
def people(desk: Desk) -> Desk:
    """Three persons of two shops."""
    desk.bring("partners", desk.file("partners.csv", PARTNERS))
    code, told = desk.bring("people", desk.file("people.csv", PEOPLE))
    assert (code, told["loaded"], told["rejected"]) == (0, 3, 0), told
    return desk


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """A command's exit code, and what it said."""
    code = main(["people", *words])
    told = capsys.readouterr()
    return code, told.out + told.err


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    code, told = asked(capsys, *words, "--json")
    assert code == 0, told
    answer: dict[str, object] = json.loads(told)
    return answer


def rows(url: str, statement: bytes) -> Sequence[tuple[object, ...]]:
    with psycopg.connect(url) as conn:
        return conn.execute(statement).fetchall()


def test_people_are_shown_masked_unless_asked_why(people: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    masked = asked(capsys, "show", "kim", "--shop", "market")
    clear = asked(capsys, "show", "kim", "--shop", "market", "--reason", "call 77")
    unclear = asked(capsys, "show", "kim")
    reads = asked(capsys, "reads", "--shopper", "kim")

    assert masked[0] == clear[0] == reads[0] == 0
    assert "홍*동" in masked[1]
    assert "서울특별시 중구 ***" in masked[1]
    assert "홍길동" not in masked[1]
    assert "홍길동" in clear[1]
    assert unclear == (1, "sangdan: Several shops know a shopper kim: name one of market, other.\n")
    assert "call 77" in reads[1]
    assert "cli:" in reads[1]
    assert "name phone email" in reads[1]
    assert "홍길동" not in reads[1]


def test_people_are_found(people: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = asked(capsys, "find", "--phone", "+82 10-0000-1234")
    nobody = asked(capsys, "find", "--email", "nobody@example.com")

    assert (code, "홍*동" in told, "홍길동" in told) == (0, True, False)
    assert nobody == (0, "Nobody is known by that.\n")
    assert asked(capsys, "find", "--phone", "12")[0] == 1


def test_an_import_says_what_a_file_says_and_no_more(
    people: Desk, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    again = people.bring("people", people.file("again.csv", PEOPLE))[1]
    changed = people.bring("people", people.file("changed.csv", PEOPLE.replace("gildong@", "new@")))[1]
    odd = PEOPLE.replace("010-0000-1234", "12").replace("other,kim", "ghost,kim")
    code, rejected = people.bring("people", people.file("odd.csv", odd))

    assert (again["loaded"], again["unchanged"]) == (0, 3)
    assert (changed["loaded"], changed["unchanged"]) == (1, 2)
    assert (code, rejected["rejected"]) == (1, 2)
    reasons = people.rejects("odd")["import_reason"].to_list()
    assert reasons[0].startswith("phone: This is no phone number")
    assert reasons[1] == "shop_id: partner 'ghost' is not known; import partners first"
    assert answered(capsys, "erase", "lee")["kept"] == 0
    code, rejected = people.bring("people", people.file("back.csv", PEOPLE.replace("gildong@", "new@")))
    assert (code, rejected["rejected"]) == (1, 1)
    assert rows(url, b"SELECT count(*) FROM shoppers.person WHERE sealed IS NOT NULL") == [(2,)]


def test_an_erasure_is_told_and_harmless_twice(people: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = [asked(capsys, "erase", "kim", "--shop", "other") for _ in range(2)]

    assert first == second == (0, "kim is erased.\n")
    assert "erased, or known by orders alone" in asked(capsys, "show", "kim", "--shop", "other")[1]
    assert asked(capsys, "erase", "nobody")[0] == 1
    assert asked(capsys, "purge")[1].startswith("0 records")


def test_a_rotation_leaves_one_key_and_everybody_readable(
    people: Desk, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rows(url, b"SELECT sealed FROM shoppers.person ORDER BY shop_id, shopper_id")
    rotated = answered(capsys, "rotate")

    assert rotated == {"key_id": 2, "sealed": 3, "retired": [1]}
    after = rows(url, b"SELECT sealed FROM shoppers.person ORDER BY shop_id, shopper_id")
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert "홍*동" in asked(capsys, "show", "kim", "--shop", "market")[1]
    assert "홍*동" in asked(capsys, "find", "--phone", "010-0000-1234")[1]


def test_the_master_key_changes_by_the_settings(
    people: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    following = "c3" * 32
    code, told = asked(capsys, "rotate", "--master")
    assert (code, "SANGDAN_MASTER_KEY_NEXT" in told) == (1, True)
    monkeypatch.setenv("SANGDAN_MASTER_KEY_NEXT", following)
    assert answered(capsys, "rotate", "--master") == {"wrapped": 1}
    monkeypatch.delenv("SANGDAN_MASTER_KEY_NEXT")
    old = asked(capsys, "show", "kim", "--shop", "market")
    monkeypatch.setenv("SANGDAN_MASTER_KEY", following)

    assert (old[0], "mistyped" in old[1], load().master_key) == (1, True, following)
    assert "홍*동" in asked(capsys, "show", "kim", "--shop", "market")[1]


def test_without_a_key_it_is_told_what_to_do(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SANGDAN_MASTER_KEY")
    monkeypatch.setenv("SANGDAN_HOME", str(tmp_path))
    code, told = asked(capsys, "find", "--phone", "010-0000-1234")

    assert code == 1
    assert "set SANGDAN_MASTER_KEY to 64 hexadecimal digits" in told
    assert "openssl rand -hex 32" in told
    assert not list(tmp_path.glob("master*"))


def test_the_manuals_commands_run(
    desk: Desk, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANGDAN_MASTER_KEY_NEXT", "c3" * 32)
    desk.bring("partners", desk.file("partners.csv", PARTNERS.replace("market,", "onmaru,")))
    desk.bring(
        "people", desk.file("people.csv", PEOPLE.replace("market,kim", "onmaru,m-000123").split("market,lee")[0])
    )
    manual = (ROOT / "docs" / "personal-data.md").read_text(encoding="utf-8")
    commands = [shlex.split(line, comments=True) for line in manual.splitlines() if line.startswith("    sangdan ")]

    assert len(commands) == 9
    for words in commands:
        assert main(words[1:]) == 0, (words, capsys.readouterr())
