"""A shopper's place: by postcode, by district, and what is said where nobody delivers."""

import pytest
from msgspec.structs import replace

from sangdan.flows.choose_place import PlaceNotServed, ZoneUnknown, districts, place_at, place_in
from sangdan.offer.network.errors import PostcodeMalformed, PostcodeUnknown
from sangdan.offer.network.model import Lane, Network, Node, Postcode, Zone, lanes_by_pair

ZONES = {
    "gangnam": Zone("gangnam", "서울특별시 강남구", "Gangnam-gu, Seoul", 37_500_000, 127_030_000),
    "mapo": Zone("mapo", "서울특별시 마포구", "Mapo-gu, Seoul", 37_560_000, 126_900_000),
    "sejong": Zone("sejong", "세종특별자치시", "Sejong", 36_480_000, 127_280_000),
    "sinan": Zone("sinan", "전라남도 신안군", "Sinan-gun, Jeonnam", 34_830_000, 126_350_000),
    "abroad": Zone("abroad", "해외", "Abroad", 0, 0),
}
POSTCODES = {
    code: Postcode(code, zone_id, area)
    for code, zone_id, area in (
        ("06236", "gangnam", "mainland"), ("06100", "gangnam", "mainland"), ("04001", "mapo", "mainland"),
        ("30100", "sejong", "mainland"), ("58800", "sinan", "island"), ("58840", "sinan", "mainland"),
    )
}  # fmt: skip


def lane(to_zone: str, service: str) -> Lane:
    return Lane(
        lane_id=f"{service}.{to_zone}", from_zone="gangnam", to_zone=to_zone, service=service, carrier_id="swift",
        calendar_id="always", cut_offs=(), departures=(), due_local=None, transit_s=(), temperatures=("ambient",),
        currency="KRW", base_minor=0, per_kg_minor=0, max_weight_g=1, distance_m=1, co2e_mg_per_kg_km=1,
    )  # fmt: skip


STORE = Node(
    "store-1", "store", "mart", "마포점", "Mapo", "mapo", 37_560_000, 126_900_000, ("ambient",), "always", 900, 9, True
)
NETWORK = Network(
    version="1", nodes={"store-1": STORE}, zones=ZONES, postcodes=POSTCODES,
    lanes=lanes_by_pair([lane("gangnam", "standard"), lane("gangnam", "dawn"), lane("sinan", "standard")]),
    surcharges={}, calendars={}, reasons={},
)  # fmt: skip


def test_a_postcode_is_a_place_with_the_services_that_reach_it() -> None:
    place = place_at(NETWORK, "06236")
    assert (place.zone.name_ko, place.area, place.services) == ("서울특별시 강남구", "mainland", ("dawn", "standard"))
    assert place_at(NETWORK, "04001").services == ("pickup",)
    assert place_at(NETWORK, "58800").area == "island"


@pytest.mark.parametrize("postcode", ["6236", "0623a", "06236 ", "", "<b>06236</b>", "٠٦٢٣٦"])
def test_what_is_no_postcode_is_told_so(postcode: str) -> None:
    with pytest.raises(PostcodeMalformed):
        place_at(NETWORK, postcode)


def test_a_postcode_that_does_not_exist_and_one_that_nobody_serves_are_told_apart() -> None:
    with pytest.raises(PostcodeUnknown):
        place_at(NETWORK, "99999")
    with pytest.raises(PlaceNotServed) as refused:
        place_at(NETWORK, "30100")
    assert refused.value.facts == {"postcode": "30100", "place": "세종특별자치시"}
    closed = replace(NETWORK, lanes={}, nodes={})
    with pytest.raises(PlaceNotServed):
        place_at(closed, "06236")


def test_a_district_stands_for_itself_by_its_lowest_postcode_on_the_mainland() -> None:
    assert place_in(NETWORK, "gangnam").postcode == "06100"
    assert place_in(NETWORK, "sinan").postcode == "58840"
    for zone_id in ("abroad", "atlantis"):
        with pytest.raises(ZoneUnknown):
            place_in(NETWORK, zone_id)


def test_districts_stand_under_their_provinces_and_where_nobody_lives_is_left_out() -> None:
    assert {names: [zone.zone_id for zone in inside] for names, inside in districts(NETWORK).items()} == {
        ("서울특별시", "Seoul"): ["gangnam", "mapo"],
        ("전라남도", "Jeonnam"): ["sinan"],
        ("세종특별자치시", "Sejong"): ["sejong"],
    }
    assert next(iter(districts(NETWORK))) == ("서울특별시", "Seoul")
