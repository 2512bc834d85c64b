"""What calls take and give. Made from the OpenAPI document by `make client`."""

from .analytics import Accuracy, Cause, Cost, Report, Share, Speed, StateCount
from .catalogue import Node, Offer, Partner, Product, Sku, SkuView
from .clients import Client, ClientKey
from .events import Event, EventPage
from .imports import Imported, Rejected
from .notices import NoticeView
from .orders import (
    CancelledLine,
    ContentView,
    LineView,
    OrderSummary,
    OrderView,
    ParcelView,
    Placed,
    PlacedParcel,
    Recipient,
    Sums,
    Told,
)
from .outages import Outage, OutOfService, Quarantine
from .parcels import DeliveryParcel, ParcelReport, Refusal, Taken, Tracked, Tracking
from .payments import Heard
from .promises import Content, NotOfferedView, Price, PromiseParcel, Quoted, Reason, Way, WayLine, WayView, WishedFor
from .recipients import RecipientView
from .reservations import Hold, Reservation, Wanted
from .sandbox import Moved
from .shoppers import Consent, Erased, Kept, KeptPerson, Reading, ShopperView
from .statements import Line, StatementView, Turnover
from .stock import Balance, Count, Receipt, Received
from .tasks import Found, Numbering, Task, TaskLine, Work
from .webhooks import Delivery, EndpointView, MadeEndpoint, NewSecret, Pinged

__all__ = [
    "Accuracy",
    "Balance",
    "CancelledLine",
    "Cause",
    "Client",
    "ClientKey",
    "Consent",
    "Content",
    "ContentView",
    "Cost",
    "Count",
    "Delivery",
    "DeliveryParcel",
    "EndpointView",
    "Erased",
    "Event",
    "EventPage",
    "Found",
    "Heard",
    "Hold",
    "Imported",
    "Kept",
    "KeptPerson",
    "Line",
    "LineView",
    "MadeEndpoint",
    "Moved",
    "NewSecret",
    "Node",
    "NotOfferedView",
    "NoticeView",
    "Numbering",
    "Offer",
    "OrderSummary",
    "OrderView",
    "OutOfService",
    "Outage",
    "ParcelReport",
    "ParcelView",
    "Partner",
    "Pinged",
    "Placed",
    "PlacedParcel",
    "Price",
    "Product",
    "PromiseParcel",
    "Quarantine",
    "Quoted",
    "Reading",
    "Reason",
    "Receipt",
    "Received",
    "Recipient",
    "RecipientView",
    "Refusal",
    "Rejected",
    "Report",
    "Reservation",
    "Share",
    "ShopperView",
    "Sku",
    "SkuView",
    "Speed",
    "StateCount",
    "StatementView",
    "Sums",
    "Taken",
    "Task",
    "TaskLine",
    "Told",
    "Tracked",
    "Tracking",
    "Turnover",
    "Wanted",
    "Way",
    "WayLine",
    "WayView",
    "WishedFor",
    "Work",
]
