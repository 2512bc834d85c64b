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
    database_pool_size: Annotated[int, Meta(ge=1, le=500, description="Database connections of one process")] = 8
    host: Annotated[str, Meta(min_length=1, description="Address to listen on; 0.0.0.0 opens it to the network")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Meta(ge=0, le=65535, description="Port to listen on; 0 takes any free one")] = 8080
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
    release_after_s: Annotated[
        int,
        Meta(ge=0, le=86_400, description="Seconds a paid order waits, and may be cancelled freely, before picking"),
    ] = 300
    confirm_after_days: Annotated[
        int, Meta(ge=0, le=90, description="Days after delivery when an order confirms itself")
    ] = 7
    promise_ttl_s: Annotated[int, Meta(ge=1, le=86_400, description="Seconds for which a promise may be taken")] = 900
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
