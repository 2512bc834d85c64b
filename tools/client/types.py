"""Spells schemas as Python types, and components as msgspec structs."""

import re
from collections.abc import Mapping
from typing import Any, Final

from .document import REF, Schema

SIMPLE: Final = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}
STRINGS: Final = {"uuid": "UUID", "date-time": "datetime", "date": "date", "binary": "bytes"}
PAGE: Final = re.compile(r"Page\[(\w+)\]")


class Names:
    """What each component is called in the client: its title, or with its room before it where two share a title."""

    def __init__(self, components: Mapping[str, Schema]) -> None:
        self.components = components
        self._names = {key: self._name(key, str(schema.get("title", key))) for key, schema in components.items()}
        plain = [name for key, name in self._names.items() if not self.is_page(key)]
        assert len(set(plain)) == len(plain), f"two components of one name: {sorted(plain)}"

    @staticmethod
    def _name(key: str, title: str) -> str:
        parts = key.split("_")
        room = parts[1] if "_model_" in key else parts[-2] if "_" in key else ""
        return title if key == title or "[" in title else f"{room.capitalize()}{title}"

    def of(self, key: str) -> str:
        """The name of a component; Page[Order] for a page of them."""
        return self._names[key]

    def all(self) -> list[str]:
        """Every name, but for pages."""
        return sorted(name for key, name in self._names.items() if not self.is_page(key))

    def is_page(self, key: str) -> bool:
        """Whether a component is a page of others, which the client writes once."""
        return PAGE.fullmatch(str(self.components[key].get("title", ""))) is not None

    def spelled(self, schema: Schema, *, request: bool) -> str:
        """A schema as a type.

        request  what is sent is told exactly; what comes back may hold values that a later server has added
        """
        if "$ref" in schema:
            key = str(schema["$ref"]).removeprefix(REF)
            target = self.components[key]
            if self.is_page(key):
                return f"Page[{self._page_of(key)}]"
            return self.spelled(target, request=request) if "enum" in target else self.of(key)
        if "enum" in schema:
            return self._choice(schema["enum"], request=request)
        for several in ("oneOf", "anyOf"):
            if several in schema:
                return " | ".join(dict.fromkeys(self.spelled(each, request=request) for each in schema[several]))
        kind = schema.get("type")
        if isinstance(kind, list):
            kinds: list[str] = sorted(kind, key=lambda each: each == "null")  # pyright: ignore[reportUnknownArgumentType, reportUnknownLambdaType]
            return " | ".join(self.spelled({**schema, "type": each}, request=request) for each in kinds)
        return self._plain(str(kind), schema, request=request)

    def _plain(self, kind: str, schema: Schema, *, request: bool) -> str:
        if kind == "string":
            return STRINGS.get(str(schema.get("format")), "str")
        if kind == "array":
            return f"tuple[{self.spelled(schema.get('items', {}), request=request)}, ...]"
        if kind == "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {self.spelled(more, request=request) if more else 'Any'}]"
        return SIMPLE.get(kind, "Any")

    def _page_of(self, key: str) -> str:
        items: Schema = self.components[key]["properties"]["items"]["items"]
        return self.spelled(items, request=False)

    @staticmethod
    def _choice(values: list[Any], *, request: bool) -> str:
        words = [str(value) for value in values if value is not None]
        null = " | None" if None in values else ""
        return (f"Literal[{', '.join(repr(word) for word in words)}]" if request else "str") + null

    def struct(self, key: str, *, request: bool) -> str:
        """The source of a component's struct.

        request  it is sent: optional fields that are not given stay out of the JSON
        """
        schema = self.components[key]
        options = "frozen=True, kw_only=True" + (", omit_defaults=True" if request else "")
        lines = [f"class {self.of(key)}(msgspec.Struct, {options}):", f'    """{_about(schema)}"""', ""]
        required = set(schema.get("required", ()))
        for name, field in schema.get("properties", {}).items():
            kind = self.spelled(field, request=request)
            default = "" if name in required else f" = {_default(field, kind)}"
            if default == " = None" and "None" not in kind:
                kind += " | None"
            lines.append(f"    {name}: {kind}{default}")
        return "\n".join(lines) + "\n"


def imports_of(body: str) -> list[str]:
    """The lines for what a body uses of Python's own and of msgspec."""
    lines: list[str] = []
    if "Sequence[" in body:
        lines.append("from collections.abc import Sequence")
    dates = [name for name in ("date", "datetime") if uses(body, name)]
    if dates:
        lines.append(f"from datetime import {', '.join(dates)}")
    typing = [name for name in ("Any", "Literal") if uses(body, name)]
    if typing:
        lines.append(f"from typing import {', '.join(typing)}")
    if uses(body, "UUID"):
        lines.append("from uuid import UUID")
    if "msgspec." in body:
        lines.append("import msgspec")
    return lines


def uses(body: str, name: str) -> bool:
    """Whether a name stands in the code of a body, outside of words and longer names."""
    return re.search(rf"(?<![\w.\"'`]){name}(?![\w\"'`])", re.sub(r'"""(.|\n)*?"""', "", body)) is not None


def _about(schema: Schema) -> str:
    said = str(schema.get("description", "")).strip()
    return (said.splitlines()[0] if said else f"{schema.get('title', 'Something')}, as the API spells it.").replace(
        '"', "'"
    )


def _default(field: Schema, kind: str) -> str:
    if "default" in field and not isinstance(field["default"], dict | list):
        return repr(field["default"])
    return "()" if kind.startswith("tuple[") else "None"
