"""Writes one module for each group of operations: its types, its waiting class and its asynchronous one."""

import builtins
import keyword
import textwrap
from collections.abc import Sequence
from typing import Final

from .document import Operation
from .types import Names, imports_of, uses

WIDTH: Final = 104  # Korean letters are wide

HEAD: Final = '''"""Calls of `client.{group}`. Made from the OpenAPI document by `make client`."""

'''


def module(group: str, operations: Sequence[Operation], names: Names) -> str:
    """The source of one group's calls, before formatting."""
    kinds = (
        (class_name(group), f"What `client.{group}` offers.", "Transport", False),
        (
            f"Async{class_name(group)}",
            f"What `client.{group}` of the asynchronous client offers.",
            "AsyncTransport",
            True,
        ),
    )
    body = "\n\n".join(
        f"class {title}:\n"
        f'    """{about}"""\n\n'
        f"    def __init__(self, transport: {transport}) -> None:\n"
        f"        self._transport = transport\n\n"
        + "\n".join(_method(each, names, asynchronous=asynchronous) for each in operations)
        for title, about, transport, asynchronous in kinds
    )
    ours = [name for name in ("call", "body_of") if f"{name}(" in body]
    # The group's own class may be called as a body is whose fields became arguments.
    taken = [name for name in names.all() if name != class_name(group) and uses(body, name)]
    imports = [
        *imports_of(body),
        f"from sangdan.client.call import {', '.join(ours)}",
        *(["from sangdan.client.page import Page"] if "Page[" in body else []),
        "from sangdan.client.transport import AsyncTransport, Transport",
        *([f"from sangdan.client.types import {', '.join(taken)}"] if taken else []),
    ]
    return HEAD.format(group=group) + "\n".join(imports) + "\n\n\n" + body


def class_name(group: str) -> str:
    """GS1 words and plain ones alike: `orders` is class Orders."""
    return "".join(part.capitalize() for part in group.split("_"))


def _method(each: Operation, names: Names, *, asynchronous: bool) -> str:
    """One method's source."""
    gives = "None"
    if each.gives is not None:
        gives = names.spelled(each.gives, request=False)
    elif each.media_type:
        gives = "bytes"
    places = [p for p in each.parameters if p.place == "path"]
    asked = [p for p in each.parameters if p.place == "query"]
    first = ["self", *(f"{_safe(p.name)}: {names.spelled(p.schema, request=True)}" for p in places)]
    named: list[str] = []
    body = ""
    if each.body is not None:
        fields, body = _body(each, names)
        named += fields
    elif each.raw:
        first.append("content: bytes")
        named.append(f"media_type: Literal[{', '.join(repr(kind) for kind in each.raw)}]")
        body = "body=content, media_type=media_type"
    for p in sorted(asked, key=lambda p: not p.required):
        kind = names.spelled(p.schema, request=True)
        named.append(
            f"{_safe(p.name)}: {kind}"
            if p.required
            else f"{_safe(p.name)}: {kind.removesuffix(' | None')} | None = None"
        )
    if each.keyed:
        named.append("key: str | None = None")
    signature = ", ".join([*first, *(["*", *sorted(named, key=lambda n: "=" in n)] if named else [])])
    parts = [gives if gives != "None" else "type(None)", f'"{each.method}"', f'"{each.path}"']
    if places:
        parts.append(f"at={{{', '.join(f'{p.name!r}: {_safe(p.name)}' for p in places)}}}")
    if asked:
        parts.append(f"query={{{', '.join(f'{p.name!r}: {_safe(p.name)}' for p in asked)}}}")
    if body:
        parts.append(body)
    if each.keyed:
        parts += ["key=key", "keyed=True"]
    opening, sending = ("async def", "await self._transport.send") if asynchronous else ("def", "self._transport.send")
    return (
        f"    {opening} {each.name}({signature}) -> {gives}:\n"
        f"{_docstring(each.about)}\n"
        f"        return {sending}(call({', '.join(parts)}))\n"
    )


def _body(each: Operation, names: Names) -> tuple[list[str], str]:
    """The arguments that a JSON body is made from, and how it is made: its fields one by one, or a list as it is."""
    schema = each.body
    assert schema is not None
    key = str(schema.get("$ref", "")).rpartition("/")[2]
    component = names.components.get(key)
    if component is None or "properties" not in component:
        kind = names.spelled(schema, request=True)
        return [f"rows: {_loose(kind)}"], "body=rows"
    required = set(component.get("required", ()))
    fields: list[str] = []
    for name, field in component["properties"].items():
        kind = _loose(names.spelled(field, request=True))
        unset = " | msgspec.UnsetType = msgspec.UNSET" if each.method == "PATCH" else " | None = None"
        fields.append(
            f"{_safe(name)}: {kind}" if name in required else f"{_safe(name)}: {kind.removesuffix(' | None')}{unset}"
        )
    spelled = ", ".join(f"{name}={_safe(name)}" for name in component["properties"])
    return fields, f"body=body_of({spelled})"


def _loose(kind: str) -> str:
    """A caller may give any sequence where the wire has an array."""
    if kind.startswith("tuple[") and kind.endswith(", ...]"):
        return f"Sequence[{kind.removeprefix('tuple[').removesuffix(', ...]')}]"
    if kind.startswith("tuple[") and kind.endswith(", ...] | None"):
        return f"Sequence[{kind.removeprefix('tuple[').removesuffix(', ...] | None')}] | None"
    return kind


def _safe(name: str) -> str:
    """The name of a parameter as Python takes it."""
    taken = keyword.iskeyword(name) or hasattr(builtins, name)
    return f"{name}_" if taken else name.replace("-", "_")


def _docstring(about: str) -> str:
    """A description as a docstring: a first sentence on its own line, the rest wrapped, paragraph by paragraph."""
    paragraphs = [" ".join(each.split()) for each in about.strip().split("\n\n")]
    if len(paragraphs[0]) > WIDTH:
        first, _, rest = paragraphs[0].partition(". ")
        paragraphs[:1] = [f"{first}.", rest] if rest else textwrap.wrap(first, WIDTH)
    if len(paragraphs) == 1:
        return f'        """{paragraphs[0]}"""'
    lines = [paragraphs[0]]
    for paragraph in paragraphs[1:]:
        lines += ["", *textwrap.wrap(paragraph, WIDTH)]
    inside = "\n".join(f"        {line}".rstrip() for line in lines[1:])
    return f'        """{lines[0]}\n{inside}\n        """'
