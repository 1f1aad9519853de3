"""What an office of a role may do, in words: the authorisation matrix as a table of operations by reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.console.words import Words, said

REACHES = (
    ("own", said("自分の単位（上位が確定する）")),
    ("sole", said("自分の単位（自分で確定する）")),
    ("below", said("下の単位（さらに上位が確定する）")),
    ("last", said("下の単位（自分が確定する）")),
    ("beyond", said("下の単位（途中の委員会が確定する）")),
    ("all", said("すべて")),
)
"""How an office stands to a unit, nearest first; the words of docs/authority.md."""


@dataclass(frozen=True, slots=True)
class Right:
    """One operation: for each reach that is shown, what is written there: not at all, always, or in one phase alone."""

    operation: str
    marks: tuple[str, ...]


def reaches_of(role: str, jurisdiction: str) -> tuple[tuple[str, str], ...]:
    """Those that an office of the role can have: who reaches everywhere has none but that."""
    return tuple(reach for reach in REACHES if (reach[0] == "all") == (jurisdiction == "*"))


def rights_of(
    authority: Sequence[Mapping[str, Any]], role: str, jurisdiction: str, words: Words
) -> list[Right]:
    """Operations that the role has anywhere in its reaches, in the order of the matrix."""
    reaches = [code for code, _ in reaches_of(role, jurisdiction)]
    phases: dict[tuple[str, str], set[str]] = {}
    labels: dict[str, str] = {}
    for row in authority:
        if row["role"] == role and row["reach"] in reaches:
            labels[row["operation"]] = words.label(row["label"])
            phases.setdefault((row["operation"], row["reach"]), set()).add(row["phase"])

    def mark(there: set[str]) -> str:
        if not there:
            return "―"
        if len(there) == 2:
            return "○"
        return words.of("確定前だけ") if there == {"open"} else words.of("確定後だけ")

    return [
        Right(label, tuple(mark(phases.get((operation, reach), set())) for reach in reaches))
        for operation, label in labels.items()
    ]
