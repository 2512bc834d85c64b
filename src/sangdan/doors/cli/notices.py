"""`sangdan notices`: what shoppers are told, and in which words."""

from datetime import UTC, datetime
from typing import Final, Literal
from uuid import UUID

import msgspec
import uvicorn
from cyclopts import App
from msgspec.structs import replace

from sangdan.adapters.alimtalk import RelaySender
from sangdan.adapters.sandbox_relay import SandboxRelay
from sangdan.kit.clock import WallClock
from sangdan.kit.db import Conn
from sangdan.talk.notices import commands as notices
from sangdan.talk.notices.model import (
    Args,
    Language,
    Names,
    PartSaid,
    State,
    code,
    registered,
    render,
    sms_bytes,
    templates,
)

from .output import Json, Most, answer, local, table
from .session import in_database

app = App(name="notices", help="What shoppers are told, and in which words.")

FIRST: Final = UUID(int=0)
# What a preview speaks of.
SAMPLE: Final = Args(
    order_no="A1B2-C3D4",
    shop=Names("한마루 마켓", "Hanmaru Market"),
    timezone="Asia/Seoul",
    currency="KRW",
    items=((Names("유기농 우유 1L", "Organic milk 1 L"), 2), (Names("통밀 식빵", "Wholemeal bread"), 1)),
    missing=((Names("통밀 식빵", "Wholemeal bread"), 1),),
    total_minor=12_900,
    amount_minor=4_500,
    money="refund",
    why="not_on_shelf",
    by_at=datetime(2026, 11, 25, 9, tzinfo=UTC),
    was_at=datetime(2026, 11, 24, 15, tzinfo=UTC),
    chance_ppm=972_000,
    cancellable=True,
    place=Names("강남점", "Gangnam store"),
    carrier=Names("빠른택배", "Swift Parcel"),
    tracking_nos=("388012345600000017",),
    confirm_on="2026-12-02",
    parts=(
        PartSaid(((Names("유기농 우유 1L", "Organic milk 1 L"), 2),), datetime(2026, 11, 24, 22, tzinfo=UTC)),
        PartSaid(
            ((Names("통밀 식빵", "Wholemeal bread"), 1),), datetime(2026, 11, 25, 9, tzinfo=UTC),
            Names("강남점", "Gangnam store"),
        ),
    ),
)  # fmt: skip
SAMPLE_NAMES: Final = {"ko": "김하나", "en": "Hana Kim"}
SAMPLE_OPT_OUT: Final = "080-000-0000"


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    """A template as a relay has it approved."""

    code: str
    kind: str
    title: str
    text: str
    variables: tuple[str, ...]


@app.command(name="list")
def show_all(*, order: UUID | None = None, state: State | None = None, limit: Most = 50, json: Json = False) -> None:
    """List notices by the time of their orders.

    Parameters
    ----------
    order
        Only of this order.
    state
        Only notices in this state.
    limit
        How many at most, 1 to 10,000.
    """
    found = in_database(lambda conn: notices.page(conn, None, order, state, FIRST, limit))
    rows = [
        (
            each.notice_id,
            each.topic,
            each.template or "",
            each.state,
            each.because or "",
            each.receiver or "",
            local(each.sent_at or each.due_at),
        )
        for each in found
    ]
    names = ("notice", "about", "template", "state", "because", "receiver", "sent or due at")
    answer({"notices": found}, table(names, rows) if rows else "There is no such notice.", json=json)


@app.command
def show(notice_id: UUID, /, *, json: Json = False) -> None:
    """Show a notice, with its words when they are decided. The person's name is not in them."""
    found = in_database(lambda conn: notices.see(conn, notice_id, None))
    text = found.text()
    at = local(found.sent_at or found.due_at)
    told = [
        f"{found.notice_id}  {found.state}{f' ({found.because})' if found.because else ''}",
        f"order {found.order_id}, about {found.topic} because of {', '.join(found.causes)}",
        f"{found.channel or 'no channel yet'}, {found.receiver or 'no receiver yet'}, {at}, "
        f"failed tries: {found.attempts}",
    ]
    answer(found, "\n".join(told) + (f"\n\n{text.text}" if text else ""), json=json)


@app.command
def retry(notice_id: UUID, /, *, json: Json = False) -> None:
    """Have a notice that failed or was suppressed sent after all."""
    at = WallClock().now()

    async def standing(conn: Conn) -> dict[str, object]:
        seen = await notices.see(conn, notice_id, None)
        return {"state": seen.state, "because": seen.because}

    waiting = in_database(
        lambda conn: notices.again(conn, notice_id, None, at),
        what="notice.sent-again",
        subject=f"notice/{notice_id}",
        stands=standing,
    )
    answer(waiting, f"{notice_id} waits to be sent.", json=json)


@app.command(name="templates")
def show_templates(*, json: Json = False) -> None:
    """List every template as a relay has to approve it: its code, its text with #{variables}."""
    views: list[TemplateView] = []
    for name, found in templates().items():
        for language in ("ko", "en"):
            text, variables = registered(name, language)
            title = found.words(language).title
            views.append(
                TemplateView(code=code(name, language), kind=found.kind, title=title, text=text, variables=variables)
            )
    told = "\n\n".join(f"--- {each.code} ({each.kind})\n{each.text}" for each in views)
    answer({"templates": views}, told, json=json)


@app.command
def preview(template: str, /, *, lang: Language = "ko", json: Json = False) -> None:
    """Show a message as it would be sent, with made-up content.

    Parameters
    ----------
    template
        Its name, as `sangdan notices templates` lists it before the language.
    lang
        ko or en.
    """
    spoken_of = SAMPLE if template == "ready" else replace(SAMPLE, place=None)
    text = render(template, spoken_of, lang, SAMPLE_NAMES[lang], SAMPLE_OPT_OUT)
    answer(text, f"{text.text}\n\n({sms_bytes(text.text)} bytes as a text message)", json=json)


@app.command
def relay(
    *,
    port: int = 8090,
    key: str = "sandbox",
    number: str = "0212345678",
    profile: str = "@sangdan",
    log: Literal["info", "warning"] = "info",
) -> None:
    """Run a stand-in for a message relay on this machine: it checks like a real one and sends nothing.

    Point SANGDAN_RELAY_URL at http://127.0.0.1:8090, and SANGDAN_RELAY_KEY, _NUMBER and _PROFILE at the same values.

    Parameters
    ----------
    port
        The port to listen on, on this machine only.
    key
        The one key that is let in.
    number
        The one registered number that text messages may come from.
    profile
        The one registered KakaoTalk channel.
    log
        warning leaves out a line for each request.
    """
    uvicorn.run(
        SandboxRelay(key, RelaySender(number, profile)), host="127.0.0.1", port=port, log_level=log, lifespan="off"
    )
