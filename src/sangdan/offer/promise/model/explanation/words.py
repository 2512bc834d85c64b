"""An explanation in sentences, Korean and English."""

from collections.abc import Iterator, Mapping
from typing import Final

from ..answer import Reason
from ..words import Language, cause_said, counted, money_said, percent_said, said
from .answer import DateExplained, Difference, Explanation, Item, ServiceExplained, Step, Verdict, WayExplained
from .shown import WITHHELD

_RULINGS: Final[Mapping[str, tuple[str, str]]] = {
    "no_stock": ("{sku} {units}개 중 {held}개만 있음", "it holds {held} of {units} {sku}"),
    "not_for_sale": ("{sku}: 파는 곳이 없음", "nobody sells {sku}"),
    "seller": ("{sku}: {seller_id}의 재고가 부족함", "too little of its {sku} is {seller_id}'s"),
    "unattended": ("{sku}: 사람이 직접 건네야 함", "{sku} must be handed over by a person"),
    "node_temperature": ("{sku}: {temperature} 보관을 할 수 없음", "it cannot keep {sku} {temperature}"),
    "lane_temperature": (
        "{sku}: {lane_id} 편이 {temperature} 배송을 하지 않음",
        "lane {lane_id} carries no {temperature} goods",
    ),
    "too_heavy": (
        "{weight_g} g은 {lane_id} 편의 한도 {max_weight_g} g을 넘음",
        "{weight_g} g is over the {max_weight_g} g of lane {lane_id}",
    ),
    "takes_nothing": ("상자를 내보내지 않는 곳", "it sends out no parcels"),
    "full": ("{from_at}부터 처리 시간대에 빈자리가 없음", "its hours from {from_at} on are full"),
    "closed": ("문을 열지 않음: {because}", "it does not open: {because}"),
    "closed_until": ("{opens_at}까지 문을 닫음: {because}", "it is closed until {opens_at}: {because}"),
    "queue": ("먼저 피킹할 주문이 {parcels}건", "it first has {parcels} order(s) to pick"),
    "cut_off": (
        "{cut_off_at} 마감({lane_id})에 맞출 수 없음",
        "it cannot make the cut-off of {cut_off_at} ({lane_id})",
    ),
    "too_late": (
        "{would_at}에야 도착하여 {latest_at}보다 늦음",
        "it would come at {would_at}, later than {latest_at}",
    ),
    "never": ("{latest_at}까지 나가는 편이 없음", "nothing leaves in time for {latest_at}"),
}  # fmt: skip
# The same where the asker may not know how much.
_IN_BRIEF: Final[Mapping[str, tuple[str, str]]] = {
    "no_stock": ("{sku} {units}개가 없음", "it does not hold {units} {sku}"),
    "queue": ("먼저 피킹할 주문이 너무 많음", "too many orders are to be picked first"),
    "cost": ("같은 가격에 비용이 더 듦", "the price is the same, fulfilling it costs more"),
}
_LOST_BY: Final[Mapping[str, tuple[str, str]]] = {
    "dated": ("아직 입고되지 않은 재고를 기다려야 함", "it would wait for goods that are not there yet"),
    "divided": ("한 상품을 나누어 보내야 함", "it would divide a line"),
    "price": ("고객이 {total} 더 냄", "the shopper would pay {total} more"),
    "cost": ("같은 가격에 비용이 {cost} 더 듦", "the price is the same, fulfilling it costs {cost} more"),
    "date": ("같은 비용에 {later} 늦음", "it costs the same and comes {later} later"),
    "parcels": ("같은 비용에 상자가 더 많음", "it costs the same in more parcels"),
    "far": ("더 가까운 매장에서 받을 수 있음", "a store nearer by has it"),
    "distance": ("다른 조건은 같고 더 멂", "all else being equal it is farther away"),
    "order": ("모두 같아 거점 이름 순서로 정함", "all is equal; the node's id decided"),
}
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "goods": ("상품", "goods"),
    "fee": ("배송비", "delivery fee"),
    "surcharge": ("지역 할증", "area surcharge"),
    "carriage": ("운송비", "carriage"),
    "carriage_by_weight": ("무게 운송비", "carriage by weight"),
    "carriage_surcharge": ("운송사 지역 할증", "the carrier's area surcharge"),
    "carrier": ("운송비", "carrier"),
    "parcel_fee": ("상자 처리비", "the operator's parcel fee"),
    "parcel_fees": ("상자 처리비", "parcel fees"),
    "unit_fees": ("개당 처리비", "unit fees"),
    "scarcity": ("희소가(출고지 선택에만 반영)", "scarcity (weighs in the choice, nobody pays it)"),
}
_STEPS: Final[Mapping[str, tuple[str, str]]] = {
    "margin": ("결정할 시간", "time to decide"),
    "supply": ("상품 입고 대기", "waiting for goods to arrive"),
    "closed": ("문을 열 때까지: {because}", "until it opens: {because}"),
    "full": ("빈 시간대까지 대기", "until an hour with room"),
    "handling": ("피킹·포장", "picking and packing"),
    "queue": ("먼저 피킹할 주문 {parcels}건", "{parcels} order(s) picked first"),
    "run": ("다음 출발 대기 (마감 {cut_off_at})", "waiting for the next run (cut-off {cut_off_at})"),
    "transit": ("운송 ({target} 확률의 소요 시간)", "on the way (as long as {target} of parcels take at most)"),
    "area": ("지역 추가 시간 ({area})", "the area's extra time ({area})"),
    "spoken": ("약속할 수 있는 시각까지 올림", "rounded up to what can be promised"),
}
_PAYS: Final[Mapping[str, tuple[str, str]]] = {
    "shopper": ("고객", "shopper"),
    "alliance": ("연합", "alliance"),
    "nobody": ("아무도 내지 않음", "nobody"),
}


class Teller:
    """Says one explanation in one language.

    explanation  from `explained`
    """

    def __init__(self, explanation: Explanation, language: Language) -> None:
        self._place = 0 if language == "ko" else 1
        self._language: Language = language
        self._currency = explanation.currency
        self._timezone = explanation.timezone

    def verdict(self, verdict: Verdict) -> str:
        """What became of a node."""
        if verdict.ruling == "chosen":
            return ("선택됨", "chosen")[self._place]
        if verdict.difference is not None and verdict.lost_by is not None:
            return self._feasible(verdict.lost_by, verdict.difference, verdict.instead_of)
        sentences = [
            self._filled(_ruled(ruling), {name: self._said(name, arg) for name, arg in ruling.args.items()})
            for ruling in verdict.rulings
        ]
        return ("제외: ", "ruled out: ")[self._place] + "; ".join(sentences)

    def item(self, item: Item) -> str:
        """What an amount is for, and who pays whom."""
        amount = money_said(item.amount_minor, self._currency, self._language)
        payee = "" if item.payee is None else f" → {item.payee}"
        return f"{self._filled(_PARTS[item.code], {})} {amount} ({_PAYS[item.payer][self._place]}{payee})"

    def step(self, step: Step) -> str:
        """What a stretch of time is for."""
        words = {name: self._said(name, arg) for name, arg in step.args.items()}
        if "target_ppm" in step.args:
            words["target"] = percent_said(int(step.args["target_ppm"]))
        until = self._said("until_at", step.until_at.isoformat())
        return f"{until}  +{self._span(step.lasts_s)}  {self._filled(_STEPS[step.code], words)}"

    def service(self, service: ServiceExplained) -> Iterator[str]:
        """Everything about a service, a line each."""
        for each in service.ways:
            yield from self._way(each)
        for verdict in service.verdicts:
            yield f"  {verdict.node_id} ({verdict.distance_m / 1000:.1f} km): {self.verdict(verdict)}"
        for left in service.left_out:
            named = f": {', '.join(left.named)}" if left.named else ""
            head = (f"{left.nodes}곳 제외", f"{left.nodes} left out")[self._place]
            yield f"  {head}, {cause_said(left.cause, self._language)}{named}"

    def _way(self, each: WayExplained) -> Iterator[str]:
        total = money_said(each.way.price.total_minor, self._currency, self._language)
        vat = money_said(each.way.price.vat_minor, self._currency, self._language)
        cost = money_said(each.way.cost_minor, self._currency, self._language)
        told = (
            f"  {total}, 부가세 {vat} 포함; 이행 비용 {cost}",
            f"  {total} with {vat} VAT inside; fulfilling it costs {cost}",
        )
        yield told[self._place]
        goods = {line.line_no: f"{line.sku} x{line.units}" for line in each.way.lines}
        for item in each.items:
            yield f"    {self.item(item)}" + (f": {goods[item.line_no]}" if item.line_no is not None else "")
        for date in each.dates:
            yield from self._date(date)

    def _date(self, date: DateExplained) -> Iterator[str]:
        by, chance = self._said("by_at", date.promised_at.isoformat()), percent_said(date.probability_ppm)
        where = f"{date.node_id} {date.lane_id or ''}".rstrip()
        told = (
            f"  {date.parcel_no}. {where}: {by}까지, 확률 {chance}",
            f"  {date.parcel_no}. {where}: by {by} at {chance}",
        )
        yield told[self._place]
        yield from (f"    {self.step(step)}" for step in date.steps)

    def _feasible(self, lost_by: str, differs: Difference, instead_of: str | None) -> str:
        words = {
            "total": money_said(differs.total_minor, self._currency, self._language),
            "later": self._span(differs.later_s),
        }
        text = _LOST_BY[lost_by]
        if differs.cost_minor is None or differs.scarcity_minor is None:
            text = _IN_BRIEF.get(lost_by, text)
        else:
            words["cost"] = money_said(differs.cost_minor + differs.scarcity_minor, self._currency, self._language)
        parts = ", ".join(
            f"{_PARTS[name.removesuffix('_minor')][self._place]} {amount:+,}"
            for name in (
                "goods_minor", "fee_minor", "surcharge_minor", "carrier_minor", "parcel_fees_minor", "unit_fees_minor",
                "scarcity_minor",
            )
            if (amount := getattr(differs, name))
        )  # fmt: skip
        place = "" if instead_of is None else (f"{instead_of} 대신 ", f" in place of {instead_of}")[self._place]
        head = (f"{place}가능", f"would do{place}")[self._place]
        why = self._filled(text, words)
        return f"{head}: {why}" + (f" [{parts}]" if parts else "")

    def _said(self, name: str, arg: str | int) -> str:
        return said(name, arg, self._language, self._timezone)

    def _filled(self, text: tuple[str, str], words: Mapping[str, str]) -> str:
        return counted(text[self._place].format_map(words))

    def _span(self, lasts_s: int) -> str:
        """A length of time in days, hours and minutes; seconds only below a minute."""
        sign = "-" if lasts_s < 0 else ""
        minutes, seconds = divmod(abs(lasts_s), 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        units = ("일", "시간", "분", "초") if self._place == 0 else ("d", "h", "min", "s")
        spoken = [
            f"{number}{unit}" if self._place == 0 else f"{number} {unit}"
            for number, unit in zip((days, hours, minutes, seconds), units, strict=True)
            if number and (unit != units[3] or abs(lasts_s) < 60)
        ]
        return sign + (" ".join(spoken) or "0")


def _ruled(ruling: Reason) -> tuple[str, str]:
    withheld = WITHHELD.get(ruling.code)
    texts = _RULINGS if withheld is None or withheld in ruling.args else _IN_BRIEF
    return texts[ruling.code]
