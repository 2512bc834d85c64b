"""Problems with what is sold that a caller can act on."""

from sangdan.kit.problems import Invalid, NotFound


class SkuUnknown(Invalid):
    """One or more SKUs that the catalogue does not have."""

    code = "sku-unknown"


class GtinWrong(Invalid):
    """A barcode number of a wrong length or with a wrong check digit."""

    code = "gtin-wrong"


class BarcodeUnknown(NotFound):
    """A right barcode number that no SKU carries."""

    code = "barcode-unknown"


class ProductGone(NotFound):
    """A product that the catalogue does not have, or no longer."""

    code = "product-gone"
