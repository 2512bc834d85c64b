"""Money in whole minor units, and the only roundings the house allows: half even, and largest remainder."""

from collections.abc import Sequence
from typing import Final

PPM: Final = 1_000_000

# Decimal places of the minor unit, where ISO 4217 says other than 2.
EXPONENT: Final = {
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0,
    "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}  # fmt: skip


def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit: 0 for the won, 2 unless ISO 4217 says otherwise."""
    return EXPONENT.get(currency, 2)


def divided(numerator: int, denominator: int) -> int:
    """Divide and round half even, exactly.

    numerator    any integer
    denominator  > 0
    gives        the nearest integer; of two equally near, the even one
    """
    assert denominator > 0
    quotient, rest = divmod(numerator, denominator)
    twice = 2 * rest
    if twice > denominator or (twice == denominator and quotient % 2 == 1):
        return quotient + 1
    return quotient


def share_ppm(amount_minor: int, ppm: int) -> int:
    """A rate's share of an amount.

    amount_minor  any sign
    ppm           the rate in parts per million, >= 0
    gives         minor units, rounded half even once
    """
    assert ppm >= 0
    return divided(amount_minor * ppm, PPM)


def gross_vat(gross_minor: int, vat_ppm: int) -> int:
    """The VAT that a price already includes.

    gross_minor  price with VAT, any sign
    vat_ppm      rate on the net price, parts per million, >= 0
    gives        minor units, so that net = gross - VAT
    """
    assert vat_ppm >= 0
    return divided(gross_minor * vat_ppm, PPM + vat_ppm)


def convert(amount_minor: int, source: str, target: str, rate_ppm: int) -> int:
    """An amount in another currency, whatever the two minor units are.

    amount_minor  minor units of `source`, any sign
    rate_ppm      one major unit of `source` buys rate_ppm / 1e6 major units of `target`; > 0
    gives         minor units of `target`, rounded half even once
    """
    assert rate_ppm > 0
    return divided(
        amount_minor * rate_ppm * 10 ** exponent(target),
        PPM * 10 ** exponent(source),
    )


def allocate(amount_minor: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weight without losing or making a minor unit.

    amount_minor  any sign
    weights       >= 0 each, at least one; all zero counts as all equal, so that nothing is lost
    gives         one share a weight, summing to `amount_minor`, each within one unit of its exact share
    source        largest remainder (Hamilton); ties go to the earlier index
    """
    assert weights, "an amount needs somebody to bear it"
    assert min(weights) >= 0
    if amount_minor < 0:
        return [-share for share in allocate(-amount_minor, weights)]
    bearing = weights if any(weights) else [1] * len(weights)
    total = sum(bearing)
    shares = [amount_minor * weight // total for weight in bearing]
    remainders = [amount_minor * weight % total for weight in bearing]
    left = amount_minor - sum(shares)
    for index in sorted(range(len(bearing)), key=lambda i: (-remainders[i], i))[:left]:
        shares[index] += 1
    return shares


def spelled(amount_minor: int, currency: str) -> str:
    """An amount as people write it: 12,300 for won, 123.00 for reais; no sign of the currency."""
    places = exponent(currency)
    sign = "-" if amount_minor < 0 else ""
    major, minor = divmod(abs(amount_minor), 10**places)
    return f"{sign}{major:,}" + (f".{minor:0{places}d}" if places else "")
