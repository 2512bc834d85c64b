"""Types of fields that several routes take, with their bounds."""

from typing import Annotated, TypeAlias

from msgspec import Meta

Code: TypeAlias = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z", description="A short name: node, SKU, partner, client.")
]
Postcode: TypeAlias = Annotated[
    str, Meta(pattern=r"^[0-9]{5}\Z", description="Five digits as text; a leading zero counts.")
]
Units: TypeAlias = Annotated[int, Meta(ge=1, le=1_000_000_000, description="Sellable units.")]
Text: TypeAlias = Annotated[str, Meta(max_length=500)]
