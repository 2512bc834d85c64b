"""docs/events.md, from the table of kinds."""

from typing import Final

from .kinds import KINDS, PARTS, Field, Kind

_BEGINNING: Final = """# Events

What happens in the alliance, for other systems: as pages and as a stream at `GET /v1/events`, pushed by
[webhooks](webhooks.md), in bulk by `sangdan export events`. Every event is a CloudEvent (1.0, JSON):

```json
{
    "specversion": "1.0",
    "id": "0198f0c2-6f5e-7c1a-9d40-2f6f7d1f3a51",
    "source": "/v1/events",
    "type": "parcel.delivered",
    "subject": "0198f0a1-1c2d-7e3f-8a4b-5c6d7e8f9a0b",
    "time": "2026-11-21T05:12:09.481Z",
    "datacontenttype": "application/json",
    "position": "48213",
    "data": {}
}
```

- `id` is the event's for ever, whoever receives it, however often: use it to notice what you know already.
- `position` counts up in one order for all. Remember the last one you have dealt with, and ask for what is `after` it.
- `subject` is the id of what it happened to: an order, a parcel, a payment, an ally, an endpoint.
- `time` is when we recorded it. When it happened, by a carrier's clock for one, is in `data`.
- Events carry ids, amounts and dates, never a shopper's name, address or number.
- Types and fields are added, never changed or taken away: ignore what you do not know.

## Who hears what

The shop hears all of its own orders. Every other ally hears what concerns it, reduced to its part: a seller its lines,
an operator the parcels of its nodes, a carrier those it carries, each its own statements. The tower hears everything. A
field whose column *Told to* names parts is absent for everybody else.

## Pages

`GET /v1/events?after=0&limit=100&types=order.placed&types=parcel.shipped` gives `items`, the position `next` from which
to go on, and `more`: whether to ask again at once. A page may be empty and still move `next`, when much happened that
concerns others. `since=2026-11-21T00:00:00Z` begins at a time instead.

## The stream

The same address with `Accept: text/event-stream` stays open and tells events as they happen:

```text
id: 48213
event: parcel.delivered
data: {"specversion":"1.0", ...}
```

Reconnect with the last `id` as `Last-Event-ID` (browsers do so by themselves) or as `after`, and nothing is lost or
told twice. Without either it begins with what happens next. Every fifteen seconds there is a sign of life, which moves
`id`, too. A client may have five streams at a time; one whose key is revoked ends within seconds.

This page is made by `sangdan webhooks types > docs/events.md`.

## Types
"""


def guide() -> str:
    """docs/events.md."""
    return "\n".join([_BEGINNING, *(_section(kind) for kind in KINDS.values())]).rstrip() + "\n"


def _section(kind: Kind) -> str:
    lines = [f"### {kind.name}", "", f"{kind.says[0].upper()}{kind.says[1:]}.", ""]
    lines += ["| Field | Holds | Meaning | Told to |", "|---|---|---|---|"]
    lines += [_row(field) for field in kind.fields]
    return "\n".join([*lines, ""])


def _row(field: Field) -> str:
    told = "all concerned" if field.parts == frozenset(PARTS) else ", ".join(p for p in PARTS if p in field.parts)
    return f"| `{field.name}` | {field.holds} | {field.means} | {told} |"
