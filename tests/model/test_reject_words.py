"""Why a row was rejected is told in Korean, too: every sentence that an import can say has its form."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sangdan
from sangdan.doors.web.field_names import FIELDS
from sangdan.doors.web.tower.imports import KIND
from sangdan.doors.web.tower.reject_words import NOUNS, SENTENCES, SLOT, reasons, short
from sangdan.doors.web.words import HANGUL, words_in
from sangdan.flows.import_rows import KINDS

KO, EN = words_in("ko"), words_in("en")
SOURCE = Path(sangdan.__path__[0])
LITERAL = re.compile(r"'([^']*)'")


def of_cells() -> Iterator[str]:
    """What `check` and `load` say of the cells, the rows and the references of every kind."""
    for kind in KINDS.values():
        yield f"{', '.join(kind.key)}: the same as in line 7"
        for column in kind.columns:
            yield f"{column.name}: is empty"
            yield f"{column.name}: 'a; b' is not {column.cell.says}"
            for _, advice in column.cell.hints:
                yield f"{column.name}: '1': {advice}"
            if column.refers is not None:
                refers = column.refers
                yield f"{column.name}: {refers.noun} 'x' is not known; import {refers.kind} first"
        for rule in kind.rules:
            yield rule.says


def of_statements() -> Iterator[tuple[str, str]]:
    """The parts of the sentences that our SQL makes of a row it refuses, with the statement that says them."""
    for path in sorted(SOURCE.rglob("*.py")):
        for each in ast.walk(ast.parse(path.read_text())):
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and " AS reason" in each.value:
                if "DELETE FROM pg_temp.incoming" not in each.value:
                    continue
                told = each.value.rpartition("RETURNING")[2]
                yield from ((part, path.name) for part in LITERAL.findall(told))


@pytest.mark.parametrize("sentence", sorted(set(of_cells())))
def test_what_is_said_of_a_cell_is_said_in_korean(sentence: str) -> None:
    [told] = reasons(sentence, KO, KIND)
    assert told != sentence
    assert HANGUL.search(told)
    assert not re.search(r" is | not |%\(", told)
    assert reasons(sentence, EN, KIND) == [sentence]


def test_what_a_statement_refuses_has_its_form() -> None:
    parts = [part for sentence in SENTENCES for part in SLOT.split(sentence)[::2]]
    told = list(of_statements())
    assert len(told) > 20
    assert [(part, where) for part, where in told if not any(part.strip() in known for known in parts)] == []


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        (
            "on_hand: 3 counted, but 1200 are reserved",
            ["현재고(on_hand): 실사 수량은 3개인데 이미 1,200개가 예약되어 있습니다"],
        ),
        ("gtin: 880 belongs to SKU tee-m", ["GTIN(gtin): 880은 SKU tee-m의 번호입니다"]),
        ("weight_g: is empty; units: is empty", ["무게(g, weight_g): 비어 있습니다", "수량(units): 비어 있습니다"]),
        (
            "sku: SKU 'tee' is not known; import skus first",
            ["SKU(sku): SKU 'tee'가 등록되어 있지 않습니다. 판매 단위(SKU) 파일을 먼저 가져오세요"],
        ),
        (
            "brand: 'a; sku: is empty; b' is not text of at most 200 characters on one line; units: is empty",
            [
                "브랜드(brand): 'a; sku: is empty; b'는 한 줄로 쓴 200자 이내의 글이 아닙니다",
                "수량(units): 비어 있습니다",
            ],
        ),
        (
            "the contract from 2026-01-01 until further notice overlaps this one: end that one first",
            ["2026-01-01부터 기한 없이 이어지는 계약과 겹칩니다. 그 계약의 종료일을 먼저 정해 주세요"],
        ),
        ("nobody knows this one; units: is empty", ["nobody knows this one", "수량(units): 비어 있습니다"]),
        ("", [""]),
    ],
)
def test_sentences_are_said_again(english: str, korean: list[str]) -> None:
    assert reasons(english, KO, KIND) == korean
    assert "; ".join(reasons(english, EN, KIND)) == english


def test_what_rows_are_counted_under_is_said_in_korean() -> None:
    names = [
        name for kind in KINDS.values() for column in kind.columns for name in (column.name, f"{column.name} unknown")
    ]
    rules = [f"{rule.name} rule" for kind in KINDS.values() for rule in kind.rules]
    repeated = [f"{', '.join(group)} repeated" for kind in KINDS.values() for group in (kind.key, *kind.unique)]
    for reason in (*names, *rules, *repeated, "unreadable line", "refused"):
        assert short(reason, KO) != reason
        assert HANGUL.search(short(reason, KO)) or reason in ("sku", "gtin"), reason


def test_every_kind_and_column_has_its_name() -> None:
    columns = {column.name for kind in KINDS.values() for column in kind.columns}
    assert sorted(columns - FIELDS.keys()) == []
    assert KIND.keys() == KINDS.keys()
    nouns = {column.refers.noun for kind in KINDS.values() for column in kind.columns if column.refers}
    assert nouns == NOUNS.keys()
