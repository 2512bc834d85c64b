"""What happens to a person."""

from typing import ClassVar

from sangdan.kit.events import Fact, fact


@fact("shoppers.erased")
class ShopperErased(Fact, frozen=True):
    """Contact and consents are gone: whoever holds something of this person lets it go, and sends nothing more."""

    about: ClassVar[str] = "shopper_id"

    shop_id: str
    shopper_id: str

    @property
    def subject(self) -> str:
        """A shopper is known per shop."""
        return f"{self.shop_id}/{self.shopper_id}"
