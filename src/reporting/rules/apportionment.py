"""按分: ballots that fit several candidates, divided in proportion to the votes that are surely theirs.

Public Offices Election Act art. 68-2. Exact rationals throughout; nothing is ever a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from reporting.domain.figures import trimmed
from reporting.errors import InvalidInput
from reporting.rules.messages import message
from reporting.wording import is_in_words
from reporting.words import Words, listed

STEP = 1000
"""Shares are cut off below 1/1000 of a vote."""


class DivisionRefused(InvalidInput):
    """facts: `detail_ja`, `detail_en`, and those of InvalidInput."""

    code = "division_refused"
    template_ja = "按分できません。{detail_ja}"
    template_en = "The votes cannot be divided. {detail_en}"

    def __init__(self, detail_ja: str, detail_en: str) -> None:
        super().__init__(
            field="divisions", found="—", expected=f"{detail_ja} / {detail_en}", detail_ja=detail_ja, detail_en=detail_en
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """`ballots` (a whole number ≥ 0) that name no one of `choices` (two or more codes) alone."""

    choices: tuple[str, ...]
    ballots: int


@dataclass(frozen=True, slots=True)
class Division:
    """What is divided: each choice's own votes (whole, ≥ 0) and the groups. `exact`: fractions are kept, for a result
    so close that cutting them could decide it (J15); `reason` is then required."""

    own: Mapping[str, int]
    groups: tuple[Group, ...]
    exact: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GroupShares:
    """Σ shares + residue + unattributed = group.ballots, exactly."""

    group: Group
    shares: Mapping[str, Fraction]
    residue: Fraction
    unattributed: Fraction
    quotients: Mapping[str, Fraction]
    """Before anything is cut off; of the same choices as `shares`."""


@dataclass(frozen=True, slots=True)
class Apportioned:
    """`votes` = own + shares; `truncated` is k, `unattributed` is u (no candidate of the group has own votes)."""

    votes: Mapping[str, Fraction]
    groups: tuple[GroupShares, ...]
    truncated: Fraction
    unattributed: Fraction
    steps_ja: tuple[str, ...]
    steps_en: tuple[str, ...]


def divide(division: Division) -> Apportioned:
    """The votes of every choice; DivisionRefused for negative or unknown input or an exact division without reason."""
    _sound(division)
    votes = {choice: Fraction(own) for choice, own in division.own.items()}
    done: list[GroupShares] = []
    steps: list[Words] = []
    for group in division.groups:
        base = sum(division.own[choice] for choice in group.choices)
        names = listed(Words(choice, choice) for choice in group.choices).ja
        steps.append(
            message.words("common_ballots_are_divided", names=names, ballots=group.ballots, base=base)
        )
        shares: dict[str, Fraction] = {}
        quotients: dict[str, Fraction] = {}
        if base == 0:
            steps.append(message.words("nobody_has_votes_of_their_own", ballots=group.ballots))
        else:
            for choice in group.choices:
                own = division.own[choice]
                quotients[choice] = quotient = Fraction(group.ballots * own, base)
                shares[choice] = quotient if division.exact else Fraction(quotient * STEP // 1, STEP)
                votes[choice] += shares[choice]
                line = f"{choice}: {group.ballots} × {own} ÷ {base} = {shown(quotient)}"
                whole = f"{line} → {shown(shares[choice])}"
                steps.append(
                    message.words("kept_exact", line=line) if division.exact else Words(whole, whole)
                )
        given = sum(shares.values(), Fraction(0))
        residue = Fraction(0) if base == 0 else group.ballots - given
        unattributed = Fraction(group.ballots if base == 0 else 0)
        done.append(GroupShares(group, shares, residue, unattributed, quotients))
        steps.append(message.words("cut_off", residue=shown(residue), unattributed=shown(unattributed)))
    if division.exact:
        steps.append(message.words("reason_for_keeping_fractions", reason=division.reason))
    return Apportioned(
        votes,
        tuple(done),
        sum((divided.residue for divided in done), Fraction(0)),
        sum((divided.unattributed for divided in done), Fraction(0)),
        tuple(step.ja for step in steps),
        tuple(step.en for step in steps),
    )


def cross_check(division: Division, typed: Mapping[str, Decimal]) -> dict[str, Fraction]:
    """typed − recomputed, for every choice where they differ; of an exact division, where they differ by a thousandth or more,
    for no cell holds all of its decimals. Choices that were not typed are left out."""
    votes = divide(division).votes
    least = Fraction(1, STEP) if division.exact else Fraction(0)
    differences = {
        choice: Fraction(typed[choice]) - expected for choice, expected in votes.items() if choice in typed
    }
    return {
        choice: difference
        for choice, difference in differences.items()
        if difference and abs(difference) >= least
    }


def shown(number: Fraction) -> str:
    """`7.173`; a fraction that has no 3 decimals as `7.1739…`."""
    scaled = number * 10_000
    whole = scaled.numerator // scaled.denominator
    text = f"{whole // 10_000}.{whole % 10_000:04d}"
    if scaled.denominator != 1:
        return text + "…"
    return trimmed(text)


def cut(number: Fraction) -> Decimal:
    """The number as a figure, without what is below a thousandth."""
    return Decimal(number * STEP // 1).scaleb(-3)


def decimal(number: Fraction) -> Decimal:
    """The number as a figure; DivisionRefused when it has more than 3 decimals."""
    scaled = number * STEP
    if scaled.denominator != 1:
        raise DivisionRefused(
            **message.words("needs_more_than_3_decimals", number=shown(number)).named("detail"),
        )
    return Decimal(scaled.numerator).scaleb(-3)


def _sound(division: Division) -> None:
    if division.exact and not is_in_words(division.reason):
        raise DivisionRefused(
            **message.words("reason_is_missing").named("detail"),
        )
    numbers: Sequence[int] = [*division.own.values(), *(group.ballots for group in division.groups)]
    if any(number < 0 for number in numbers):
        raise DivisionRefused(**message.words("votes_are_not_negative").named("detail"))
    for group in division.groups:
        if len(set(group.choices)) != len(group.choices) or len(group.choices) < 2:
            raise DivisionRefused(
                **message.words("at_least_two_candidates").named("detail"),
            )
        if unknown := [choice for choice in group.choices if choice not in division.own]:
            raise DivisionRefused(
                **message.words("own_votes_are_missing", unknown=unknown).named("detail"),
            )
