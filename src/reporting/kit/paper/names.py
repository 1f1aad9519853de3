"""The proof sheet of names: each large, as it will be printed, with what it is made of and what becomes of it elsewhere.

Where a definition holds no reading of a name, the sheet leaves a box for it. A Shift_JIS file (Windows-31J, as other systems read it) holds no
variation selectors and not every character: what would stand there is shown beside the name.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from reporting.domain.election import Choice, Contest, ElectionDefinition
from reporting.kit.paper.fonts import GETA, Fonts, clusters, hidden, is_selector
from reporting.kit.paper.forms import MadePaper, PageTexts
from reporting.kit.paper.messages import message
from reporting.kit.paper.typesetting import typeset

SHIFT_JIS = "cp932"


@dataclass(frozen=True, slots=True)
class ProofCluster:
    """One character to a reader. `points`: `U+845B U+E0101`; `sequence`: whether a variation selector asks for one shape of it;
    `family`: the font it is printed in, empty: none has it (〓)."""

    text: str
    points: str
    sequence: bool
    family: str


@dataclass(frozen=True, slots=True)
class ProofName:
    """A candidate's or party's name. `elsewhere`: what a Shift_JIS file holds of it; `lost`: what of it that file does not hold as
    it is, as typed."""

    choice: Choice
    clusters: tuple[ProofCluster, ...]
    elsewhere: str
    lost: tuple[str, ...]


def proof_of(choice: Choice, fonts: Fonts) -> ProofName:
    parts: list[ProofCluster] = []
    elsewhere, lost = "", []
    for cluster in clusters(choice.name):
        made = fonts.set(cluster)
        points = " ".join(f"U+{ord(character):04X}" for character in cluster)
        sequence = any(is_selector(ord(character)) for character in cluster[1:])
        parts.append(ProofCluster(cluster, points, sequence, "" if made.missing else made.runs[0].family))
        held = in_shift_jis(cluster)
        elsewhere += held
        if held != cluster:
            lost.append(cluster)
    return ProofName(choice, tuple(parts), elsewhere, tuple(lost))


def in_shift_jis(cluster: str) -> str:
    """A cluster as a Shift_JIS file holds it: without selectors, marks joined to their letters; 〓 for what it has no code for."""
    plain = "".join(character for character in cluster if not is_selector(ord(character)))
    if not plain or hidden(plain):
        return GETA
    for shape in (plain, unicodedata.normalize("NFC", plain)):
        with suppress(UnicodeEncodeError):
            shape.encode(SHIFT_JIS)
            return shape
    return GETA


def make_proof(definition: ElectionDefinition, version: int, fonts: Fonts) -> MadePaper:
    """The sheet of an election's contests that have choices. `version`: of the definition."""
    texts = PageTexts(fonts)
    document = {
        "title": f"{definition.code} {message.words('proof_title').en}",
        "heading": message("proof_title"),
        "election": texts.set(definition.label.ja),
        "version": message("proof_of_definition", version=version),
        "notes": [message("test_election")] if definition.is_test else [],
        "heads": [
            message("number"), message("proof_name"), message("party"), message("proof_points"), message("proof_elsewhere"),
            message("proof_reading"),
        ],
        "contests": [
            {"label": texts.set(contest.label.ja), "rows": list(_rows(contest, texts, fonts))}
            for contest in definition.contests
            if contest.choices
        ],
        "words": {"how": message("proof_how"), "page": message("page")},
        "seals": [message("checked_by"), message("proof_compared_with"), message("written_at")],
    }  # fmt: skip
    return MadePaper(typeset("names", document, fonts), texts.left_out)


def _rows(contest: Contest, texts: PageTexts, fonts: Fonts) -> Iterator[list[object]]:
    for choice in contest.choices:
        proof = proof_of(choice, fonts)
        points = [
            [
                texts.set(part.text),
                part.points,
                message("proof_sequence") if part.sequence else "",
                part.family,
            ]
            for part in proof.clusters
        ]
        same = message("proof_same") if not proof.lost else ""
        number = "" if choice.number is None else str(choice.number)
        yield [
            number,
            texts.set(choice.name),
            texts.set(choice.party or ""),
            points,
            texts.set(proof.elsewhere),
            same,
            texts.set(choice.kana or ""),
        ]
