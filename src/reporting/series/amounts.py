"""Exact amounts: fractions while computing, decimals once more at the end."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from reporting.domain.figures import Value


def exact_decimal(number: Fraction) -> Decimal:
    """The same number as a Decimal, digit for digit; ValueError where it has no finite decimal form."""
    places, rest = 0, number.denominator
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest, power = rest // prime, power + 1
        places = max(places, power)
    if rest != 1:
        raise ValueError(f"{number} has no finite decimal form")
    scaled = number.numerator * 10**places // number.denominator
    digits = tuple(map(int, str(abs(scaled))))
    return Decimal((int(scaled < 0), digits, -places))


def number_of(value: Value | None) -> Fraction:
    """The number; 0 for an absence, so that it can be summed."""
    return Fraction(value) if isinstance(value, Decimal) else Fraction(0)


def joined(texts: Iterable[str]) -> str:
    """Each text once, in order."""
    return "; ".join(dict.fromkeys(text for text in texts if text))
