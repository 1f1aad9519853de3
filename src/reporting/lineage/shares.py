"""Shares of an area in other areas, and how shares of several changes in a row make one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from reporting.lineage.messages import message

ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one area lies in another: 0 < weight ≤ 1, or None where nobody has said. `exact`: the whole area,
    by the official list; otherwise an estimate by `method` from `source` (both empty when exact or unknown)."""

    weight: Fraction | None
    exact: bool
    method: str = ""
    source: str = ""


WHOLE = Share(ONE, True)
UNKNOWN = Share(None, False)
MINOR_METHOD = message("boundary_passed_over")
MINOR = Share(ONE, False, MINOR_METHOD)


def compose(first: Share, then: Share) -> Share:
    """A share of a share."""
    weight = None if first.weight is None or then.weight is None else first.weight * then.weight
    return Share(
        weight,
        first.exact and then.exact,
        _joined(first.method, then.method),
        _joined(first.source, then.source),
    )


def meet(shares: Iterable[Share]) -> Share:
    """Parts of one area that came to the same place by several ways."""
    parts = list(shares)
    if len(parts) == 1:
        return parts[0]
    weights = [part.weight for part in parts]
    stated = [weight for weight in weights if weight is not None]
    return Share(
        sum(stated, Fraction(0)) if len(stated) == len(weights) else None,
        False,
        _joined(*(part.method for part in parts)),
        _joined(*(part.source for part in parts)),
    )


def reunited(shares: Mapping[str, Share], lost: bool) -> dict[str, Share]:
    """Split and put together again is whole, whatever the shares in between, unless something was `lost` on the way;
    after a minor boundary change that was passed over it stays an estimate."""
    if lost or len(shares) != 1:
        return dict(shares)
    ((code, share),) = shares.items()
    return {code: MINOR if MINOR_METHOD in share.method else WHOLE}


def _joined(*texts: str) -> str:
    return "; ".join(dict.fromkeys(part for text in texts for part in text.split("; ") if part))
