"""All settings, each with its meaning, in one list. They come from the environment: SANGDAN_<NAME>."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_type_hints

import msgspec
from msgspec import Meta

from .problems import Invalid

PREFIX: Final = "SANGDAN_"
_HIDDEN: Final = "********"
_OF_THE_TESTS: Final = frozenset({"realdata"})  # where the real data sets are; the product does not read it


class BadSettings(Invalid):
    """The environment holds values that cannot be used."""

    code = "bad-settings"


def default_home() -> Path:
    """Where data goes unless told otherwise: root's own home is closed to the account that PostgreSQL needs."""
    if os.geteuid() == 0:
        return Path("/var/lib/sangdan")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "sangdan"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What an operator may choose. The description of each field is the manual's."""

    home: Annotated[Path, Meta(description="Folder of the embedded database and of everything else we keep")]
    database_url: Annotated[
        Annotated[str, Meta(pattern="^postgres(ql)?://")] | None,
        Meta(
            description="Your own PostgreSQL 16 to 18, as postgresql://...; without it the embedded server runs",
            extra={"secret": True},
        ),
    ] = None
    backups: Annotated[
        Path | None,
        Meta(description="Folder, best on another disk, where the embedded database archives all it writes"),
    ] = None
    backups_lag_s: Annotated[
        int, Meta(ge=1, le=86_400, description="Longest time for which what was written stays unarchived, in seconds")
    ] = 60
    database_pool_size: Annotated[int, Meta(ge=1, le=500, description="Database connections of one process")] = 8
    picture: Annotated[
        Path | None,
        Meta(
            description="Folder, best in memory, where this machine's workers keep the picture of the stock that its "
            "servers quote from; without it they ask the database"
        ),
    ] = None
    search: Annotated[
        Path | None,
        Meta(description="Folder of this machine's search index; without it one beside the data; off: there is none"),
    ] = None
    host: Annotated[str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 opens it to the network")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes any free one")] = 8080
    public_url: Annotated[
        Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.\-]+(:[0-9]{1,5})?/?\Z")] | None,
        Meta(
            description="Address by which people reach the pages, https://tower.example: passkeys are bound to its "
            "name, and links in e-mail begin with it"
        ),
    ] = None
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="How much is logged to standard error")
    ] = "info"
    secret: Annotated[
        Annotated[str, Meta(min_length=32)] | None,
        Meta(
            description="Key that signs promises, 32 characters or more; without it one is made and kept",
            extra={"secret": True},
        ),
    ] = None
    master_key: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{64}\Z")] | None,
        Meta(
            description="Key under which personal data is encrypted, 64 hexadecimal digits; without it one is made and "
            "kept in a file beside the embedded database",
            extra={"secret": True},
        ),
    ] = None
    master_key_next: Annotated[
        Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{64}\Z")] | None,
        Meta(description="The master key to change to; set only while changing it", extra={"secret": True}),
    ] = None
    webhooks_private: Annotated[
        bool, Meta(description="Whether webhooks may go by http and to one's own network: for development alone")
    ] = False
    release_after_s: Annotated[
        int,
        Meta(
            ge=0,
            le=86_400,
            description="Seconds a paid order waits, and can be cancelled, before picking; less if its date needs it",
        ),
    ] = 300
    confirm_after_days: Annotated[
        int, Meta(ge=0, le=90, description="Days after delivery when an order confirms itself")
    ] = 7
    orders_waiting_max: Annotated[
        int, Meta(ge=1, le=100_000, description="Orders that may wait to be placed in one process; more get 503")
    ] = 1024
    holds_max: Annotated[
        int, Meta(ge=1, le=100_000, description="Promises that one client may hold at a time; more get 409")
    ] = 2000
    promise_ttl_s: Annotated[int, Meta(ge=1, le=86_400, description="Seconds for which a promise may be taken")] = 900
    relay_url: Annotated[
        Annotated[str, Meta(pattern="^https?://")] | None,
        Meta(description="Message relay for 알림톡 and SMS; without it messages to phones stay in a sandbox"),
    ] = None
    relay_key: Annotated[str | None, Meta(description="The relay's key for us", extra={"secret": True})] = None
    relay_number: Annotated[
        Annotated[str, Meta(pattern=r"^0[0-9]{7,11}\Z")] | None,
        Meta(description="Registered number that text messages come from, digits only"),
    ] = None
    relay_profile: Annotated[
        str | None, Meta(description="KakaoTalk channel that 알림톡 comes from; without it only text messages are sent")
    ] = None
    smtp_url: Annotated[
        Annotated[str, Meta(pattern="^smtps?://")] | None,
        Meta(
            description="Mail server, smtp://user:password@host:587; without it e-mail stays in a sandbox",
            extra={"secret": True},
        ),
    ] = None
    mail_from: Annotated[str | None, Meta(description="Address that e-mail comes from")] = None
    ads_opt_out: Annotated[
        str | None, Meta(description="Free number to refuse advertisements (080); without it none is sent")
    ] = None
    storefront: Annotated[
        Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")] | None,
        Meta(description="Partner whose shop the pages under /shop are; without it there is no shop"),
    ] = None
    visits_per_s: Annotated[
        int,
        Meta(
            ge=0,
            le=100_000,
            description="Open pages that one address may ask one process for in a second, in the long run; 0: no bound",
        ),
    ] = 30
    storefront_texts: Annotated[
        Path | None,
        Meta(
            description="TOML file of the shop's terms, privacy policy and withdrawal rules; without it our model texts"
        ),
    ] = None
    objects: Annotated[
        Annotated[str, Meta(pattern=r"^(s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w./-]*)?|(?![a-z0-9]+://).+)\Z")]
        | None,
        Meta(
            description="Photos of deliveries, sealed: a folder, or s3://bucket/prefix with AWS_ENDPOINT_URL, "
            "AWS_REGION and AWS keys in the environment; without it `objects` in SANGDAN_HOME"
        ),
    ] = None
    body_limit_bytes: Annotated[
        int, Meta(ge=1024, le=1 << 30, description="Largest request body; more is refused unread")
    ] = 8 * 1024 * 1024


class Setting(msgspec.Struct, frozen=True):
    """One setting as it is shown: its variable, its value (hidden when secret), whether the environment set it."""

    name: str
    value: str
    chosen: bool
    meaning: str


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    environment  variables; the process's own when None
    gives        settings, defaults filled in
    raises       BadSettings with one line for each value that cannot be used, and for each SANGDAN_ name we do not know
    """
    variables = os.environ if environment is None else environment
    given = {n.removeprefix(PREFIX).lower(): v for n, v in variables.items() if n.startswith(PREFIX) and v}
    fields = _fields()
    unknown = given.keys() - fields.keys() - _OF_THE_TESTS
    wrong = [f"{PREFIX}{name.upper()} is not a setting." for name in unknown]
    read: dict[str, Any] = {"home": default_home()}
    for name, kind in fields.items():
        if name not in given:
            continue
        try:
            read[name] = msgspec.convert(given[name], kind, strict=False, dec_hook=_path)
        except msgspec.ValidationError as reason:
            shown = "its value" if _is_secret(kind) else repr(given[name])
            wrong.append(f"{PREFIX}{name.upper()}: {shown} cannot be used: {str(reason)[0].lower()}{str(reason)[1:]}.")
    if wrong:
        raise BadSettings("\n".join(sorted(wrong)) + "\nSee `sangdan config` for the list.", settings=sorted(wrong))
    return Settings(**read)


def shown(settings: Settings, environment: Mapping[str, str] | None = None) -> list[Setting]:
    """The settings as people may see them: secrets hidden.

    settings     what `load` gave
    environment  the variables it read, to tell what was chosen from what is a default
    gives        one entry a setting, in the order of the list
    """
    variables = os.environ if environment is None else environment
    entries: list[Setting] = []
    for name, kind in _fields().items():
        value = getattr(settings, name)
        text = "" if value is None else _HIDDEN if _is_secret(kind) else str(value)
        variable = PREFIX + name.upper()
        entries.append(Setting(variable, text, bool(variables.get(variable)), _meta(kind).description or ""))
    return entries


def _fields() -> dict[str, Any]:
    return get_type_hints(Settings, include_extras=True)


def _meta(kind: Any) -> Meta:
    meta: Meta = kind.__metadata__[0]
    return meta


def _is_secret(kind: Any) -> bool:
    return bool((_meta(kind).extra or {}).get("secret"))


def _path(kind: type, text: Any) -> Any:
    """A folder as people write it: ~ is their home."""
    assert kind is Path, kind
    return Path(text).expanduser().absolute()
