"""`python -m tools.client`: write the client's generated modules; with --check, tell whether they are up to date."""

import subprocess
import sys
from pathlib import Path
from typing import Any, Final, cast

from sangdan.doors.api.app import House, make_litestar
from sangdan.doors.api.desk import Desk
from sangdan.doors.api.documentation import describe
from sangdan.kit.clock import WallClock
from sangdan.kit.ids import Ids
from sangdan.kit.settings import load

from .calls import class_name, module
from .document import Operation, operations, reached
from .types import Names, imports_of, uses

FOLDER: Final = Path(__file__).resolve().parents[2] / "src" / "sangdan" / "client"

TYPES: Final = '''"""What `client.{group}` takes and gives. Made from the OpenAPI document by `make client`."""

{imports}

{body}
'''

ALL_TYPES: Final = '''"""What calls take and give. Made from the OpenAPI document by `make client`."""

{imports}

__all__ = [{every}]
'''

GROUPS: Final = '''"""The groups of calls, put together. Made from the OpenAPI document by `make client`."""

{imports}


class Groups:
    """What the client offers, by group."""

    def __init__(self, transport: Transport) -> None:
{sync}


class AsyncGroups:
    """What the asynchronous client offers, by group."""

    def __init__(self, transport: AsyncTransport) -> None:
{asynchronous}
'''


def document() -> dict[str, Any]:
    """The API's own description; it needs no database."""
    nowhere = cast(Any, None)
    return describe(make_litestar(House(nowhere, WallClock(), Ids(), load({}), Desk(bytes(32), 1), nowhere, nowhere)))


def sources(document: dict[str, Any]) -> dict[str, str]:
    """Every generated module by its place in the client, formatted."""
    names = Names(document["components"]["schemas"])
    groups: dict[str, list[Operation]] = {}
    for each in operations(document):
        groups.setdefault(each.group, []).append(each)
    homes: dict[str, str] = {}
    written: dict[str, str] = {}
    for group in sorted(groups):
        written[f"calls/{group}.py"] = module(group, groups[group], names)
        if types := _types(document, group, groups[group], names, homes):
            written[f"types/{group}.py"] = types
    written["calls/__init__.py"] = _groups(sorted(groups))
    written["types/__init__.py"] = _all_types(names, homes)
    return {name: _formatted(text) for name, text in written.items()}


def _types(document: dict[str, Any], group: str, own: list[Operation], names: Names, homes: dict[str, str]) -> str:
    """The types that a group is the first to need; '' for none.

    homes  which group each type lives with; those of this group are added
    """
    sent = {key for each in own for key in reached(document, each.body)}
    answered = {key for each in own for key in reached(document, each.gives)}
    taken_apart = {str((each.body or {}).get("$ref", "")).rpartition("/")[2] for each in own} - answered
    wanted: dict[str, None] = {}
    for each in own:
        wanted |= dict.fromkeys([*reached(document, each.body), *reached(document, each.gives)])
    needed = [
        key for key in wanted
        if key not in taken_apart and not names.is_page(key) and "properties" in names.components[key]
    ]  # fmt: skip
    body = "\n\n".join(names.struct(key, request=key in sent) for key in needed if key not in homes)
    elsewhere: dict[str, list[str]] = {}
    for key in needed:
        if key in homes and uses(body, names.of(key)):
            elsewhere.setdefault(homes[key], []).append(names.of(key))
        homes.setdefault(key, group)
    imports = [*imports_of(body), *(f"from .{home} import {', '.join(kinds)}" for home, kinds in elsewhere.items())]
    return TYPES.format(group=group, imports="\n".join(imports), body=body) if body else ""


def _all_types(names: Names, homes: dict[str, str]) -> str:
    """The module from which a program takes its types."""
    by_group: dict[str, list[str]] = {}
    for key, group in homes.items():
        by_group.setdefault(group, []).append(names.of(key))
    imports = "\n".join(f"from .{group} import {', '.join(sorted(by_group[group]))}" for group in sorted(by_group))
    every = ", ".join(f'"{name}"' for name in sorted(names.of(key) for key in homes))
    return ALL_TYPES.format(imports=imports, every=every)


def _groups(groups: list[str]) -> str:
    return GROUPS.format(
        imports="\n".join(
            [
                *(f"from .{group} import Async{class_name(group)}, {class_name(group)}" for group in groups),
                "from sangdan.client.transport import AsyncTransport, Transport",
            ]
        ),
        sync="\n".join(f"        self.{group} = {class_name(group)}(transport)" for group in groups),
        asynchronous="\n".join(f"        self.{group} = Async{class_name(group)}(transport)" for group in groups),
    )


def _formatted(text: str) -> str:
    ruff = str(Path(sys.executable).parent / "ruff")
    for arguments in (["check", "--select", "I", "--fix", "--quiet"], ["format", "--quiet"]):
        text = subprocess.run(
            [ruff, *arguments, "--stdin-filename", str(FOLDER / "__init__.py"), "-"],
            input=text, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    return text


def main() -> int:
    """Write what differs; --check writes nothing and gives 1 when something does."""
    check = "--check" in sys.argv[1:]
    differing = [
        (FOLDER / name, text)
        for name, text in sources(document()).items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text
    ]
    for file, text in differing:
        if not check:
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
        print(file.relative_to(FOLDER))
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
