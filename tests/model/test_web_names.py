"""Names in place of ids in the sentences that pages show."""

from random import Random

import pytest
from msgspec.structs import replace

from sangdan.doors.web.names import node_name, with_names
from sangdan.doors.web.words import words_in
from sangdan.offer.network.model import Network

from .network_cases import random_network

KO, EN = words_in("ko"), words_in("en")


@pytest.fixture(scope="module")
def network() -> Network:
    """Two nodes: the one's id begins the other's and stands in its name."""
    made = random_network(Random(1), nodes=1)
    [node] = made.nodes.values()
    nodes = {
        "seoul": replace(node, node_id="seoul", name_ko="서울", name_en="Seoul"),
        "seoul-2": replace(node, node_id="seoul-2", name_ko="seoul 둘", name_en="the second of seoul"),
    }
    return replace(made, nodes=nodes)


@pytest.mark.parametrize(
    ("sentence", "ko", "en"),
    [
        ("seoul-2, then seoul.", "seoul 둘, then 서울.", "the second of seoul, then Seoul."),
        ("seoul-2에서 seoul까지", "seoul 둘에서 서울까지", "the second of seoul에서 Seoul까지"),
        ("seoul-20 is another", "seoul-20 is another", "seoul-20 is another"),
    ],
)
def test_an_id_is_a_word_and_a_name_is_not_read_again(network: Network, sentence: str, ko: str, en: str) -> None:
    assert (with_names(sentence, network, {}, KO), with_names(sentence, network, {}, EN)) == (ko, en)


def test_a_node_that_is_gone_keeps_its_id(network: Network) -> None:
    assert [node_name(each, network, KO) for each in ("seoul", "busan")] == ["서울", "busan"]
