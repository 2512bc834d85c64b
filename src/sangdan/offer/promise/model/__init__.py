"""How a promise is computed: pure, in integers, and the same to the byte wherever it is computed again."""

from .answer import Content, NotOffered, Parcel, Price, Quote, Reason, Way, WayLine
from .inputs import (
    Cell,
    Departures,
    Hours,
    Inbound,
    Inputs,
    LeftOut,
    Line,
    Node,
    Offer,
    Policy,
    Route,
    Seconds,
    Service,
    ServiceRule,
    Unpicked,
    decode,
    encode,
)
from .quote import quote, ways_of
from .start import overtaken, starts_by
from .words import Language, spoken

__all__ = [
    "Cell",
    "Content",
    "Departures",
    "Hours",
    "Inbound",
    "Inputs",
    "Language",
    "LeftOut",
    "Line",
    "Node",
    "NotOffered",
    "Offer",
    "Parcel",
    "Policy",
    "Price",
    "Quote",
    "Reason",
    "Route",
    "Seconds",
    "Service",
    "ServiceRule",
    "Unpicked",
    "Way",
    "WayLine",
    "decode",
    "encode",
    "overtaken",
    "quote",
    "spoken",
    "starts_by",
    "ways_of",
]
