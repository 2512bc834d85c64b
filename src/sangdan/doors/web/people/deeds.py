"""What was done, in words, by what the audit calls it; and the values of the fields that it tells."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, cast

import msgspec

from sangdan.doors.web import states
from sangdan.doors.web.field_names import field_name
from sangdan.doors.web.tower.allies import BEARER, CYCLE
from sangdan.doors.web.tower.imports import KIND
from sangdan.doors.web.tower.network import CLOSED_BY, TEMPERATURE
from sangdan.doors.web.tower.network_terms import DAY_REASON
from sangdan.doors.web.tower.notices import STATE as NOTICE
from sangdan.doors.web.tower.reviews import STATE as REVIEW
from sangdan.doors.web.tower.sentences import CODES
from sangdan.doors.web.tower.stock import CAUSE
from sangdan.doors.web.tower.webhooks import STATE as WEBHOOK
from sangdan.doors.web.words import Words, mark

DEEDS: Final[Mapping[str, str]] = {
    "session.opened": mark("Signed in"),
    "staff.admitted": mark("Account made"),
    "staff.changed": mark("Role changed"),
    "staff.invited": mark("Invited"),
    "staff.shut-out": mark("Shut out"),
    "staff.let-in-again": mark("Let in again"),
    "staff.codes-dropped": mark("Codes taken away"),
    "staff.passkey-added": mark("Passkey added"),
    "staff.passkey-removed": mark("Passkey removed"),
    "staff.codes-set-up": mark("Codes set up"),
    "staff.codes-written": mark("New codes on paper"),
    "staff.password-chosen": mark("Password chosen"),
    "shopper.password-chosen": mark("Password chosen"),
    "shopper.passkey-added": mark("Passkey added"),
    "shopper.passkey-removed": mark("Passkey removed"),
    "client.made": mark("API key made"),
    "client.revoked": mark("API key revoked"),
    "node.closed": mark("Node closed"),
    "node.opened": mark("Node opened"),
    "node.reopened": mark("Node opened"),
    "node.terms-changed": mark("Node's terms changed"),
    "calendar.week-changed": mark("Weekly hours changed"),
    "calendar.day-changed": mark("Hours of a day changed"),
    "lane.closed": mark("Lane stopped"),
    "lane.opened": mark("Lane taken up again"),
    "lane.terms-changed": mark("Lane's terms changed"),
    "carrier.closed": mark("Carrier closed"),
    "carrier.opened": mark("Carrier opened"),
    "contract.entered": mark("Contract entered"),
    "contract.changed": mark("Contract changed"),
    "order.cancelled": mark("Order cancelled"),
    "order.confirmed": mark("Receipt confirmed"),
    "parcel.date-given": mark("Later date promised"),
    "parcel.sent-another-way": mark("Parcel sent another way"),
    "parcel.shopper-warned": mark("Shopper told of a delay"),
    "parcel.pick": mark("Parcel picked"),
    "parcel.pack": mark("Parcel packed"),
    "parcel.hand-over": mark("Parcel handed over"),
    "parcel.collect": mark("Parcel collected"),
    "parcel.load": mark("Parcel loaded"),
    "parcel.deliver": mark("Parcel delivered"),
    "parcel.fail": mark("Delivery failed"),
    "proof.seen": mark("Proof of delivery seen"),
    "stock.adjusted": mark("Stock corrected"),
    "stock.counted": mark("Stock counted"),
    "stock.received": mark("Goods received"),
    "stock.rule-withdrawn": mark("Stock rule withdrawn"),
    "stock.rules-applied": mark("Stock rules applied"),
    "settlement.closed": mark("Settlement closed"),
    "statement.closed": mark("Settlement closed"),
    "notice.sent-again": mark("Message sent again"),
    "review.shown": mark("Review shown"),
    "review.hidden": mark("Review hidden"),
    "fact.tried-again": mark("Failed work tried again"),
    "import.taken": mark("File imported"),
    "rows.imported": mark("Rows imported"),
    "vault.rotated": mark("Personal data keys rotated"),
    "webhook.made": mark("Webhook made"),
    "webhook.changed": mark("Webhook changed"),
    "webhook.removed": mark("Webhook removed"),
    "webhook.secret-rotated": mark("Webhook secret rotated"),
    "webhook.switched-on": mark("Webhook switched on"),
    "webhook.switched-off": mark("Webhook switched off"),
    "webhook.pinged": mark("Test event sent"),
    "webhook.replayed": mark("Webhook events told again"),
    "webhook.woken": mark("Webhook woken"),
}
# What the API notes of a route that says nothing else: its own name.
ROUTES: Final[Mapping[str, str]] = {
    "holds.hold": mark("Promise held"),
    "holds.release": mark("Held promise let go"),
    "placing.place": mark("Order placed"),
    "purchases.purchase": mark("Purchase in parts placed"),
    "parcels.track": mark("Parcel reported"),
    "parcels.track_many": mark("Parcels reported"),
    "payments.notify": mark("Payment reported"),
    "promises.ask": mark("Promise asked for"),
    "explanations.explain": mark("Explanation asked for"),
    "recipients.name": mark("Recipient named"),
    "reservations.reserve": mark("Stock reserved"),
    "reservations.release": mark("Reservation let go"),
    "reviews.write": mark("Review written"),
    "reviews.report": mark("Review reported"),
    "reviews.decide": mark("Review decided"),
    "sandbox.clock_move": mark("Sandbox clock moved"),
    "shoppers.write": mark("Shopper's details written"),
    "shoppers.erase": mark("Shopper erased"),
    "shoppers.consent": mark("Consent noted"),
    "shoppers.search": mark("Shoppers searched"),
    "tasks.number": mark("Labels numbered"),
    "tasks.pick": mark("Parcel picked"),
    "tasks.pack": mark("Parcel packed"),
    "tasks.hand_over": mark("Parcel handed over"),
    "webhooks.replay": mark("Webhook events told again"),
    "webhooks.ping": mark("Test event sent"),
    "imports.import_": mark("Rows imported"),
}
WHAT: Final[Mapping[str, str]] = DEEDS | ROUTES
# The values that a field may have, where they are words of ours.
VALUES: Final[Mapping[str, Mapping[str, str]]] = {
    "role": states.ROLE,
    "state": {**NOTICE, **WEBHOOK, **REVIEW, **states.ORDER},
    "service": states.SERVICE,
    "reason": {**CLOSED_BY, **DAY_REASON},
    "cause": CAUSE,
    "why": CODES,
    "kind": KIND,
    "settlement_cycle": {**CYCLE},
    "return_mind_bearer": {**BEARER},
    "return_defect_bearer": {**BEARER},
    "temperature": TEMPERATURE,
}  # fmt: skip


def deed(what: str, say: Words) -> str:
    """What was done; its own name where nobody has given it another."""
    known = WHAT.get(what)
    return what if known is None else say(known)


def spelled(field: str, value: Any, say: Words) -> str:
    """A field's value as people read it: named, with its thousands apart, in Korean time."""
    match value:
        case bool():
            return say.within("value", "yes") if value else say.within("value", "no")
        case int():
            return say.number(value)
        case str():
            return say(VALUES[field][value]) if value in VALUES.get(field, {}) else _told(value, say)
        case list():
            several = cast("list[Any]", value)
            return ", ".join(spelled(field, each, say) for each in several) or "–"
        case dict():
            parts = cast("dict[str, Any]", value)
            return " · ".join(f"{field_name(name, say)} {spelled(name, parts[name], say)}" for name in parts) or "–"
        case _:
            return "–" if value is None else msgspec.json.encode(value).decode()


def _told(text: str, say: Words) -> str:
    """A text, or the instant or the date that it is."""
    for kind, spell in ((Annotated[datetime, msgspec.Meta(tz=True)], say.when), (date, say.date)):
        try:
            return spell(msgspec.convert(text, kind))
        except msgspec.ValidationError:
            continue
    return text
