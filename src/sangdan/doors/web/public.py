"""Under which address people reach the pages: the settings tell, for whoever asks could name any."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from litestar.di import NamedDependency

from sangdan.kit.ceremonies import Place
from sangdan.kit.settings import Settings

from .answers import Asked
from .errors import NoPasskeysHere

# A browser that says so looks at this very machine.
_OWN: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def public_url(request: Asked, settings: Settings) -> str | None:
    """Where links in messages lead.

    gives  without a slash at its end; None when nobody has told, and the pages are asked under a name of any kind
    """
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    if request.url.hostname in _OWN:
        return str(request.base_url).rstrip("/")
    return None


def base_url(request: Asked, settings: NamedDependency[Settings]) -> str:
    """What an address begins with that a page tells its own asker, without a slash at its end.

    gives  what the settings say; without it the name that the page was asked under, which leads nobody else astray
    """
    return public_url(request, settings) or str(request.base_url).rstrip("/")


def passkeys_at(request: Asked, settings: Settings) -> Place | None:
    """Where passkeys are good; None where there are none: they need a name, and a line that nobody listens to."""
    url = urlsplit(public_url(request, settings) or "")
    host = url.hostname or ""
    if not host or _is_number(host) or (url.scheme != "https" and host != "localhost"):
        return None
    return Place(host, f"{url.scheme}://{url.netloc.lower()}")


def passkeys_here(request: Asked, settings: Settings) -> Place:
    """Where passkeys are good.

    raises  NoPasskeysHere
    """
    place = passkeys_at(request, settings)
    if place is None:
        raise NoPasskeysHere("There are no passkeys at this address: set SANGDAN_PUBLIC_URL, or open localhost.")
    return place


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
