"""What people type finds what they mean: graded questions, those that were kept out of tuning apart."""

from pathlib import Path

import pytest
from bench import relevance
from bench.relevance import AT, BLIND, KEPT_OUT, UNSEEN, ndcg

from sangdan.flows.search_goods.engine import Engine
from sangdan.offer.search.model.listing import Asked, Listing

ENOUGH = 0.85
# Of questions by somebody who knew neither the lists nor the program. The first set was looked into since (0.74 when
# first asked), nobody who works on searching has read the second (0.82).
ENOUGH_BLIND = {BLIND: 0.95, UNSEEN: 0.9}


def test_the_measure_is_the_one_of_the_books() -> None:
    graded = {"a": 3.0, "b": 2.0, "c": 0.0}

    assert ndcg(["a", "b", "c"], graded) == pytest.approx(1.0)
    assert ndcg(["b", "a"], graded) == pytest.approx((3 + 7 / 1.58496) / (7 + 3 / 1.58496), rel=1e-4)
    assert ndcg([str(number) for number in range(AT)] + ["a"], graded) == 0.0


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], relevance.Scores]:
    return relevance.scores(*relevance.korean(tmp_path_factory.mktemp("index") / "korean"))


def test_korean_questions_find_what_is_meant(korean: dict[tuple[str, str], relevance.Scores]) -> None:
    assert sum(korean[split, "all"].questions for split in ("tune", KEPT_OUT)) >= 200
    assert korean[KEPT_OUT, "all"].ours >= ENOUGH


@pytest.mark.parametrize("kind", ["plain", "spacing", "typo", "synonym", "initials", "keyboard", "brand"])
def test_no_kind_of_slip_is_left_to_luck(korean: dict[tuple[str, str], relevance.Scores], kind: str) -> None:
    found = korean[KEPT_OUT, kind]

    assert found.ours >= ENOUGH
    assert found.ours >= found.plain


@pytest.mark.parametrize("split", [BLIND, UNSEEN])
def test_questions_of_somebody_who_did_not_know_the_program_find_what_is_meant(
    korean: dict[tuple[str, str], relevance.Scores], split: str
) -> None:
    found = korean[split, "all"]

    assert found.ours >= ENOUGH_BLIND[split]
    assert found.ours >= 1.5 * found.plain


NAMES = [
    "산청 딸기",
    "과수원집 딸기 잼",
    "첫 겨울",
    "가벼운 구스다운 극세사 이불",
    "한돈 삼겹살 구이용",
    "냉동 대패삼겹살",
    "여름 샌들",
    "가죽 구두",
    "첫 두꺼운 책",
]


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    goods = [Listing(name, "all", name, "", None, [], [], None) for name in NAMES]
    return relevance.built(tmp_path_factory.mktemp("few") / "index", goods)


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("딸기잼", "과수원집 딸기 잼"),  # one syllable may be the thing itself
        ("겨울 이불", "가벼운 구스다운 극세사 이불"),  # nothing has both words: the last one says what is sought
        ("삼겹살", "한돈 삼겹살 구이용"),  # what it is for is not what it is
        ("첫 두꺼운 구두 추천해줘", "가죽 구두"),  # two words elsewhere do not outweigh the one that is sought
    ],
)
def test_what_the_thing_is_counts_most(few: Engine, typed: str, first: str) -> None:
    assert few.ask(Asked(text=typed), 3).hits[0].name_ko == first


@pytest.mark.realdata
def test_real_graded_questions_are_answered_better_than_by_plain_words(realdata: Path, tmp_path: Path) -> None:
    engine, questions = relevance.homedepot(tmp_path / "english", realdata)
    some = [each for each in questions if each.split == KEPT_OUT][::5]

    among = relevance.scores(engine, some, among=True)[KEPT_OUT, "all"]
    whole = relevance.scores(engine, some)[KEPT_OUT, "all"]

    assert among.ours > among.plain
    assert whole.ours > 1.1 * whole.plain
