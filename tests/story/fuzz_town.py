"""A served town in which two shops have orders under way, for whoever asks it odd questions."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import timedelta
from functools import cached_property
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from sangdan.client import Sangdan
from sangdan.client.types import Found, Placed, Recipient, Wanted, WishedFor, Work

from . import town
from .tower import Tower, until

T = TypeVar("T")

# Who has a part in the orders, by role; and allies that have none.
ROLES: Final[Mapping[str, str]] = {
    "tower": "tower",
    "onmaru-web": "shop",
    "deulnyeok-desk": "ally",
    "icheon-floor": "floor",
    "baram-app": "courier",
}
STRANGERS: Final[Mapping[str, str]] = {
    "dareun-web": "shop",
    "saebyeok-desk": "ally",
    "saebyeok-floor": "floor",
    "saebyeok-app": "courier",
}
NOBODY: Final = "nobody"
SHOPPERS: Final[Mapping[str, str]] = {"onmaru-web": "shopper-of-onmaru-alone", "dareun-web": "shopper-of-dareun-alone"}
PERSONS: Final[Mapping[str, Recipient]] = {
    "onmaru-web": Recipient(
        name="남궁아무개", phone="010-9876-5432", lines=("서울 중구 세종대로 110 옥탑",), note="뒷문 비밀번호 8282"
    ),
    "dareun-web": Recipient(
        name="제갈누구", phone="010-8765-1234", lines=("서울 중구 을지로 30 지하",), note="경비실에 맡겨 주세요"
    ),
}
SPARE: Final = "busan-1"  # a node that nobody needs
SPARE_LANE: Final = "jung.back"  # so are these
SPARE_CARRIER: Final = "hwamul"
_UNUSED: Final = dict(town.ROWS["lanes"][0]) | {"from_zone": "jung", "to_zone": "icheon"}
# Odd questions may empty the shelves of oil and gim; what is wished for well comes from this one.
SOUND: Final = "tea"
RELEASED_AFTER: Final = timedelta(minutes=6)


class Bench:
    """A sandbox of the small alliance.

    keys     each client's API key
    known    real values for the names of paths, queries and bodies
    secrets  by client: what no answer may tell it
    """

    def __init__(self, served: Tower, closing: ExitStack) -> None:
        self.served = served
        self.keys = dict(town.found(served))
        self._numbers = itertools.count(1)
        self._closing = closing
        self._clients: dict[str, Sangdan] = {}
        self._let_strangers_in()
        self.hooks: list[str] = []
        orders = {shop: self.placed(shop, SHOPPERS[shop], PERSONS[shop]) for shop in SHOPPERS}
        self.sent = self.handed_over(orders["onmaru-web"])
        self.known = self._known(list(orders.values()))
        self.secrets = self._secrets(orders)

    def __getitem__(self, name: str) -> Sangdan:
        """Asks as one client."""
        if name not in self._clients:
            self._clients[name] = self._closing.enter_context(Sangdan(self.served.address, self.keys[name]))
        return self._clients[name]

    def number(self) -> int:
        """One that was not given before."""
        return next(self._numbers)

    @cached_property
    def document(self) -> dict[str, Any]:
        """What the server says of itself."""
        with town.caller(self.served, self.keys["tower"]) as door:
            return door.get("/openapi.json").json()

    def _let_strangers_in(self) -> None:
        rows = {
            "partners": [
                {"partner_id": "saebyeok", "kind": "retailer", "name_ko": "새벽마켓", "name_en": "Saebyeok"},
                {"partner_id": SPARE_CARRIER, "kind": "carrier", "name_ko": "화물", "name_en": "Hwamul"},
            ],
            "nodes": [dict(town.ROWS["nodes"][0]) | {"node_id": SPARE}],
            "lanes": [_UNUSED | {"lane_id": SPARE_LANE}, _UNUSED | {"lane_id": "sea", "carrier_id": SPARE_CARRIER}],
        }
        with town.caller(self.served, self.keys["tower"]) as door:
            for kind, several in rows.items():
                body = b"\n".join(map(msgspec.json.encode, several))
                kinds = {"content-type": "application/x-ndjson"}
                door.post(f"/v1/imports/{kind}", content=body, headers=kinds).raise_for_status()
        for client_id, role in STRANGERS.items():
            if client_id not in self.keys:
                made = self["tower"].clients.make(client_id=client_id, role=_role(role), partner_id="saebyeok")
                self.keys[client_id] = made.key

    def token(self, shop: str, sku: str = SOUND) -> str:
        """A promise to be taken."""
        wished = [WishedFor(sku=sku, units=1)]
        return self[shop].promises.ask(postcode=town.POSTCODE, lines=wished).ways[0].token

    def placed(self, shop: str, shopper_id: str = "lee", recipient: Recipient | None = None) -> Placed:
        """An order that may still be cancelled."""
        return self[shop].orders.place(token=self.token(shop), shopper_id=shopper_id, recipient=recipient)

    def released(self, order: Placed | None = None) -> Work:
        """What a floor has to do for an order, a new one unless told otherwise."""
        order = order or self.placed("onmaru-web")
        shop, floor = self["onmaru-web"], self["icheon-floor"]
        shop.sandbox.clock_move(to=shop.sandbox.clock_now().now + RELEASED_AFTER)
        waiting: Iterator[Work] = floor.every(floor.tasks.list, node_id=town.GIMPO)
        return next(each for each in waiting if each.task.order_id == order.order_id)

    def picked(self, order: Placed | None = None) -> Work:
        """The same, its goods in hand."""
        work, floor = self.released(order), self["icheon-floor"]
        found = [Found(reservation_id=line.reservation_id, units=line.units) for line in work.lines]
        floor.tasks.pick(work.task.parcel_id, node_id=town.GIMPO, found=found)
        return work

    def packed(self, order: Placed | None = None) -> Work:
        """The same, with its label."""
        work, floor = self.picked(order), self["icheon-floor"]
        floor.tasks.number(town.GIMPO, gs1_prefix="88012340")
        floor.tasks.pack(work.task.parcel_id, node_id=town.GIMPO)
        return work

    def handed_over(self, order: Placed | None = None) -> Work:
        """The same, on the road."""
        work = self.packed(order)
        self["icheon-floor"].tasks.hand_over(work.task.parcel_id, node_id=town.GIMPO)
        return self._settled(work)

    def delivered(self) -> Work:
        """The same, arrived."""
        work = self.handed_over()
        at = self["tower"].sandbox.clock_now().now
        self["baram-app"].parcels.track(work.task.parcel_id, state="delivered", at=at)
        return self._settled(work)

    def hook(self, name: str) -> UUID:
        """An endpoint of a client's; its secret is one."""
        made = self[name].webhooks.make(url=f"https://hooks.example.com/{name}/{self.number()}")
        self.hooks.append(made.secret)
        return made.endpoint.endpoint_id

    def notice(self) -> UUID:
        """One that was not sent, as nobody knows the shopper."""
        shop, order = self["onmaru-web"], self.placed("onmaru-web")
        shop.sandbox.clock_move(to=shop.sandbox.clock_now().now + RELEASED_AFTER)
        told = until(lambda: shop.notices.list(order_id=order.order_id, state="suppressed").items, "a notice")
        return told[0].notice_id

    def call_key(self, order_id: UUID) -> str:
        """What the gateway knows an order's first payment call by."""
        asked = "SELECT key FROM payments.call WHERE order_id = %s AND kind = 'authorise'"
        with self.served.database() as conn:
            row = until(lambda: conn.execute(asked, (order_id,)).fetchone(), "the payment call")
        return row[0]

    def _settled(self, of: T) -> T:
        """The same, after all that is due was done."""
        clock = self["tower"].sandbox
        clock.clock_move(to=clock.clock_now().now)
        return of

    def _known(self, orders: Sequence[Placed]) -> Mapping[str, list[Any]]:
        line = Wanted(node_id=town.ICHEON, sku="gim", owner_id="deulnyeok", units=1)
        held = self["onmaru-web"].reservations.reserve(lines=[line])
        lists: Sequence[Callable[..., Any]] = (
            self["tower"].orders.list, self["tower"].catalogue.products, self["tower"].stock.balances,
        )  # fmt: skip
        return {
            "order_id": [str(order.order_id) for order in orders],
            "parcel_id": [str(parcel.parcel_id) for order in orders for parcel in order.parcels],
            "reservation_id": [str(each.reservation_id) for each in held.reservations],
            "notice_id": [str(self.notice())],
            "endpoint_id": [str(self.hook(name)) for name in ("tower", *SHOPPERS)],
            "events": [[str(each.id)] for each in self["tower"].events.list(limit=2).items],
            "node_id": [town.ICHEON, town.GIMPO],
            "lane_id": [SPARE_LANE],
            "carrier_id": [SPARE_CARRIER],
            "sku": ["oil", "gim"],
            "shopper_id": list(SHOPPERS.values()),
            "client_id": ["nobody"],
            "partner_id": ["onmaru", "saebyeok"],
            "owner_id": ["deulnyeok"],
            "seller_id": ["deulnyeok"],
            "shop_id": ["onmaru", "dareun"],
            "postcode": [town.POSTCODE],
            "phone": [person.phone for person in PERSONS.values()],
            "kind": ["stock", "offers", "members", "authorise"],
            "resource": ["orders", "stock", "parcels", "events"],
            "token": [self.token(shop) for shop in SHOPPERS],
            "state": ["released", "delivered"],
            "types": [["order.placed"]],
            "cursor": [page.next for page in (ask(limit=1) for ask in lists)],
            "code": ["no-such-order"],
        }

    def _secrets(self, orders: Mapping[str, Placed]) -> Mapping[str, list[str]]:
        ids = {
            shop: [str(order.order_id), *(str(each.parcel_id) for each in order.parcels), SHOPPERS[shop]]
            for shop, order in orders.items()
        }
        ids["onmaru-web"] += self.known["reservation_id"]
        persons = {shop: _telling(person) for shop, person in PERSONS.items()}
        onmaru, dareun = ids["onmaru-web"] + persons["onmaru-web"], ids["dareun-web"] + persons["dareun-web"]
        private = [text for several in persons.values() for text in several] + list(SHOPPERS.values())
        return {
            "tower": [],
            "onmaru-web": dareun,
            "dareun-web": onmaru,
            "deulnyeok-desk": private,
            "icheon-floor": private,
            "baram-app": [*persons["dareun-web"], *SHOPPERS.values()],  # it brings the other one's parcel
        } | dict.fromkeys((*set(STRANGERS) - {"dareun-web"}, NOBODY), onmaru + dareun)


def _telling(person: Recipient) -> list[str]:
    """Each of these would tell who it is."""
    assert person.note is not None
    local = person.phone.removeprefix("010-")
    return [person.name, local, local.replace("-", ""), *person.lines, person.note]


def _role(name: str) -> Any:
    return name
