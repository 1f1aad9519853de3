"""What a check of a rule may say, evaluator by evaluator. Formulas are data; the evaluators know no item."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from reporting.domain.figures import CODE
from reporting.domain.labels import Code, Definition
from reporting.rules.messages import message

Severity = Literal["error", "warning"]
Number = Annotated[str, StringConstraints(pattern=r"^(\$[a-z_]+|-?[0-9]+(\.[0-9]+)?)$")]
"""A decimal as text, or `$name`: the setting of that name."""

TERM = re.compile(
    rf"(?P<sign>-?)(?P<item>{CODE.pattern})(\[(?P<breakdown>[^\]]*)\])?(\{{(?P<choices>[*+])\}})?(?P<optional>\??)"
)


class Text(Definition):
    """A sentence in both languages; `{name}` stands for a fact of the finding."""

    ja: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Term(Definition):
    """One summand, written `-item[sex=f]{*}?`: minus sign, item, breakdown, choices (`*`: all heads, summed; `+`: the
    members of the choice at hand), `?`: counts as 0 where nobody asked or answered."""

    item: Code
    negative: bool = False
    breakdown: str = ""
    choices: Literal["", "*", "+"] = ""
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        term = TERM.fullmatch(data)
        if term is None:
            raise ValueError(message("form_of_a_term"))
        return {
            "item": term["item"],
            "negative": term["sign"] == "-",
            "breakdown": term["breakdown"] or "",
            "choices": term["choices"] or "",
            "optional": term["optional"] == "?",
        }

    def __str__(self) -> str:
        breakdown = f"[{self.breakdown}]" if self.breakdown else ""
        over = "Σ" if self.choices else ""
        return f"{over}{self.item}{breakdown}"


class Check(Definition):
    """Shared by every evaluator. `part` tells the checks of one rule apart; `when`: settings under which it applies;
    `slots`: `final` limits it to a final report (Context.is_final), `interim` to the others."""

    part: Code = "a"
    severity: Severity | None = Field(None, description="instead of the rule's")
    when: dict[Code, tuple[str, ...]] = Field(default_factory=dict)
    slots: Literal["all", "final", "interim"] = "all"
    message: Text

    def chosen(self, settings: Mapping[str, str]) -> bool:
        """Whether an election's settings take it."""
        return all(settings.get(name) in words for name, words in self.when.items())

    def of_slot(self, final: bool) -> bool:
        """Whether it is looked at on such a slot."""
        return self.slots == "all" or (self.slots == "final") == final


class Balance(Check):
    """Σ left = Σ right, or ≤ for `not_above`; once per contest, per breakdown or per choice."""

    kind: Literal["sum_of_parts", "difference", "not_above"]
    left: tuple[Term, ...] = Field(min_length=1)
    right: tuple[Term, ...] = Field(min_length=1)
    per: Literal["contest", "breakdown", "choice"] = "contest"

    @property
    def required(self) -> list[Term]:
        """Terms without which it compares nothing."""
        return [term for term in (*self.left, *self.right) if not term.optional and term.choices != "+"]


class BreakdownSum(Check):
    """The values of `dimension` add up to the cell without it. `items` empty: every item broken down by it."""

    kind: Literal["sum_of_breakdown"]
    dimension: Code
    items: tuple[Code, ...] = ()


class Cumulative(Check):
    """No figure is below that of an earlier slot of a cumulative form, or of such a form this one is filled from."""

    kind: Literal["cumulative"]
    items: tuple[Code, ...] = Field(min_length=1)


class BelowLater(Check):
    """The other side of `cumulative`: no figure of a cumulative form is above that of a later slot, or of a form that is filled from this
    slot. Whichever of the two is corrected last is asked about."""

    kind: Literal["below_later"]
    items: tuple[Code, ...] = Field(min_length=1)


class SameValue(Check):
    """Two different items hold the same number of at least `at_least`."""

    kind: Literal["same_value"]
    items: tuple[Code, Code]
    at_least: Number = "1"
    bundle: Number = Field("0", description="while counting goes on, equal multiples of it are normal")


class AcrossContests(Check):
    """`same_across_contests`: one number ≥ `at_least` in two contests; `gap_across_contests`: they differ by more
    than `percent` of the larger and by more than `at_least`."""

    kind: Literal["same_across_contests", "gap_across_contests"]
    items: tuple[Code, ...] = Field(min_length=1)
    at_least: Number = "1"
    percent: Number = "0"
    bundle: Number = Field("0", description="while counting goes on, equal multiples of it are normal")


class Ratio(Check):
    """100·numerator/denominator above `above` percent, or further than `away` percent from 100."""

    kind: Literal["ratio"]
    numerator: Term
    denominator: Term
    above: Number | None = None
    away: Number | None = None


class Deviation(Check):
    """100·numerator/denominator more than `points` from the previous election's; or |robust z| among siblings > `z`
    and more than `least` points from their median."""

    kind: Literal["deviation"]
    numerator: Term
    denominator: Term
    per: Literal["contest", "choice"] = "contest"
    points: Number
    z: Number
    least: Number = "0"


class Swap(Check):
    """Two choices whose shares fit the siblings or the previous election only when exchanged; `points`: by how much.
    While counting goes on, figures that are all multiples of `bundle` say nothing."""

    kind: Literal["swap"]
    item: Code
    points: Number
    bundle: Number = "0"


class Sign(Check):
    """`negative`: a signed item is below 0; `not_zero`: an item whose meaning has to be settled first."""

    kind: Literal["negative", "not_zero"]
    items: tuple[Code, ...] = Field(min_length=1)


class Apportionment(Check):
    """Proportional division: votes agree with the recomputation; without its inputs, residue and fractions fit. Of an
    open list, ballots with a party's name are divided as `party`, those with a person's as the first of `persons` that
    holds the person's votes."""

    kind: Literal["apportionment"]
    votes: Code
    party: Code
    persons: tuple[Code, ...]
    truncated: Code
    unattributed: Code


class Places(Check):
    """Σ of the polling places whose records are in (`item`) against the places there are (`of`), which another contest's
    form may have asked: they are the same places."""

    kind: Literal["places"]
    item: Code
    of: Code


class AtMost(Check):
    """Whatever is missing: the parts of an identity that stand are together not above the nearest whole that stands."""

    kind: Literal["at_most"]


class Whole(Check):
    """`blank`: what the form needs is neither there nor stated as absent; `unknown`: it is stated as not reported."""

    kind: Literal["blank", "unknown"]


class UsualShare(Definition):
    """What a part of a whole is without anybody wondering: percents, both ends included."""

    part: Code
    whole: Code
    low: Number = "0"
    high: Number = "100"
    on_the_day: bool = Field(False, description="comes in with the hours of the polling day")


class UsualSplit(Definition):
    """The same of each value of a dimension in what all of them make."""

    dimension: Code
    low: Number
    high: Number


class Rates(Check):
    """Every rate the form implies: `rate_bounds` outside of what is usual for it; `rate_curve` at a slot of the polling
    day above what its time allows; `rate_unlike` the neighbours' or the election's before. `z`: robust, with enough
    neighbours; `least`: points below which nothing is unlike; `points`: with few neighbours, and against before."""

    kind: Literal["rate_bounds", "rate_curve", "rate_unlike"]
    z: Number = "5"
    least: Number = "5"
    points: Number = "15"
    opens: Number = Field("7", description="the hour the polls open")
    ahead: Number = Field("25", description="percent of the day by which a slot may be ahead")
    usual: tuple[UsualShare, ...] = Field((), description="of parts and wholes, whatever form asks them")
    usual_split: tuple[UsualSplit, ...] = ()


class MostOf(Definition):
    """Items, each at most `most` (times the largest of the items `per`); of `least` and fewer nobody asks."""

    items: tuple[Code, ...] = Field(min_length=1)
    per: tuple[Code, ...] = ()
    most: Number
    least: Number = "0"


class Amounts(Check):
    """Counts that are part of nothing: `amount_per` for each of what this election says there is; `amount_before`, where it
    says nothing of it yet, of what the election before said; `amount_most` at all."""

    kind: Literal["amount_per", "amount_before", "amount_most"]
    amounts: tuple[MostOf, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _held_against_something(self) -> Self:
        if any(bool(limit.per) == (self.kind == "amount_most") for limit in self.amounts):
            raise ValueError(message("held_against_something"))
        return self


class Twin(Check):
    """All figures of the return equal a neighbour's, at least two of them being `at_least`."""

    kind: Literal["twin"]
    at_least: Number = "100"


class Zeros(Check):
    """Every number of the return is 0, where the unit is known to have `at_least` of something, or nothing is known."""

    kind: Literal["zeros"]
    at_least: Number = "100"


class Structural(Check):
    """Not decidable from one return's figures: `enforced` says what makes it hold."""

    kind: Literal["structural"]
    enforced: str


AnyCheck = Annotated[
    Balance
    | BreakdownSum
    | Cumulative
    | BelowLater
    | SameValue
    | AcrossContests
    | Ratio
    | Deviation
    | Swap
    | Sign
    | Apportionment
    | Places
    | AtMost
    | Whole
    | Rates
    | Amounts
    | Twin
    | Zeros
    | Structural,
    Field(discriminator="kind"),
]
