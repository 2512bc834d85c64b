"""The built assets: where they are, what each is called, and how they are sent."""

import gzip
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from sangdan.kit.problems import NotFound, Unavailable

FOLDER: Final = Path(__file__).with_name("static") / "built"
MANIFEST: Final = "manifest.json"
TYPES: Final = {
    ".css": "text/css",
    ".geojson": "application/geo+json",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}
LONGEST: Final = 200  # no file system takes names beyond 255 bytes
PACKED: Final = frozenset({".css", ".geojson", ".js", ".svg", ".wasm"})


class AssetsNotBuilt(Unavailable):
    """The pages' scripts, styles and fonts were not built on this machine."""

    code = "assets-not-built"


class NoSuchAsset(NotFound):
    """There is no file of that name among the built ones."""

    code = "no-such-asset"


class Manifest(msgspec.Struct, frozen=True):
    """What a build made.

    made_from  the hash of everything that it was made from
    files      by plain name (tower.js) the name under which it is served (tower-4F2K....js)
    """

    made_from: str
    files: dict[str, str]


class Asset(msgspec.Struct, frozen=True):
    """A built file as it is sent; `packed` is the same with gzip, None where that saves nothing."""

    media_type: str
    body: bytes
    packed: bytes | None


def manifest(folder: Path = FOLDER) -> Manifest | None:
    """What was built here; None when nothing was, or an older version of us did."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None


class Assets:
    """The files of one build, read as they are asked for.

    folder  where the build is
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._names = folder / MANIFEST
        self._known: tuple[int, Manifest] | None = None
        self.read = cache(self._read)

    def url(self, name: str) -> str:
        """The address of a file by its plain name.

        raises  AssetsNotBuilt
        """
        known = self._manifest()
        if known is None or name not in known.files:
            raise AssetsNotBuilt(
                f"{name} was not built: run `make setup`, or `python -m sangdan.doors.web.assets`, and load the page.",
                asset=name,
            )
        return f"/assets/{known.files[name]}"

    def _manifest(self) -> Manifest | None:
        """The names as they are now: a build may have come while we serve."""
        try:
            changed = self._names.stat().st_mtime_ns
        except OSError:
            return None
        if self._known is None or self._known[0] != changed:
            found = manifest(self._folder)
            if found is None:
                return None
            self._known = changed, found
        return self._known[1]

    def _read(self, name: str) -> Asset:
        """A file by the name under which it is served.

        raises  NoSuchAsset
        """
        file = self._folder / name[:LONGEST]
        kind = TYPES.get(file.suffix)
        if kind is None or file.name != name or not file.is_file():
            raise NoSuchAsset(f"There is no asset {name[:80]}.", asset=name[:80])
        body = file.read_bytes()
        return Asset(kind, body, gzip.compress(body, mtime=0) if file.suffix in PACKED else None)
