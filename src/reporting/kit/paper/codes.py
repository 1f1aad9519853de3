"""What is printed as a QR code and beneath it: short enough to type, and the same whatever keyboard a scanner believes in.

`F1-K7Q2-9XWM-4TZ8HC-12-3-A8KD5Z`: a form of an election, a form with its slot, a unit (hashes of them), the version of the
return and of the definition it was printed from, a checksum over all of that with the codes themselves. Letters of
Crockford's base 32, digits and hyphens: no O or I to be taken for 0 or 1, nothing that a Japanese keyboard types otherwise.

`A1R-93QV-GY3S-H16FSE-120-…`: an approval document, with the ledger position it was made at and a fingerprint of its state.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from reporting.domain.place import Place

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LONGEST = 200
DASHES = re.compile(r"[-\u2010-\u2015\u2212\u30fc\uff70_ ]+")
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1"})
FORM = re.compile(r"F1-(\w{4})-(\w{4})-(\w{6})-(\d{1,7})-(\d{1,7})-(\w{6})", re.ASCII)


def mark(length: int, *parts: object) -> str:
    """`length` letters of a SHA-256 over the parts; five bits each."""
    digest = hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()
    return letters(int.from_bytes(digest, "big") >> (256 - 5 * length), length)


def letters(number: int, length: int) -> str:
    """A number in base 32, with zeros in front."""
    return "".join(LETTERS[number >> 5 * n & 31] for n in reversed(range(length)))


def typed(text: str) -> str:
    """A code as a person or a scanner sent it, in its one spelling: full-width letters, blanks and other dashes are read, and the
    letters that no code has for the digits they look like."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).strip().upper().translate(ALIKE)
    return DASHES.sub("-", plain).strip("-")


@dataclass(frozen=True, slots=True)
class FormCode:
    """What a printed form says of itself. `version`: of the return, `definition`: of the election's, when it was printed."""

    election: str
    page: str
    unit: str
    version: int
    definition: int
    check: str

    @classmethod
    def of(cls, place: Place, version: int, definition: int) -> FormCode:
        return cls(
            of_election(place.election), of_page(*place.page), of_unit(place.unit), version, definition,
            mark(6, "F1", *place, version, definition),
        )  # fmt: skip

    @classmethod
    def read(cls, text: str) -> FormCode | None:
        """None for what is no code of a form."""
        read = FORM.fullmatch(typed(text))
        if read is None:
            return None
        election, page, unit, version, definition, check = read.groups()
        return cls(election, page, unit, int(version), int(definition), check)

    def is_of(self, place: Place) -> bool:
        """Whether it was printed for this return: every hash, and the checksum over the whole."""
        return self == FormCode.of(place, self.version, self.definition)

    def __str__(self) -> str:
        return f"F1-{self.election}-{self.page}-{self.unit}-{self.version}-{self.definition}-{self.check}"


def of_election(code: str) -> str:
    return mark(4, "election", code)


def of_page(form: str, slot: str) -> str:
    return mark(4, "page", form, slot)


def of_unit(unit: str) -> str:
    return mark(6, "unit", unit)


def is_approval(text: str) -> bool:
    """Whether a code means to be an approval document's."""
    return typed(text).startswith("A1")


APPROVAL = re.compile(
    r"A1([PRS])-(\w{4})-(\w{4})-(\w{6})-(\d{1,12})-(\w{4})-(\w{4})-(\w{4})-(\w{4})-(\w{4})", re.ASCII
)
KINDS = {"R": "return", "S": "office", "P": "release"}
"""Letter of a code → what the document is of: one return, the returns of a slot in an office's area, what a slot's release would
hold."""
FINGERPRINT = 16
"""Letters of a state's SHA-256 in a code: 80 bits."""


@dataclass(frozen=True, slots=True)
class ApprovalCode:
    """What an approval document says of itself. `scope`: the unit, the office's area, nothing; `position`: of the ledger it was made
    at; `fingerprint`: of the state it shows; `check`: over the letters before it, so that a slip is told from another state."""

    letter: str
    election: str
    page: str
    scope: str
    position: int
    fingerprint: str
    check: str

    @classmethod
    def of(cls, letter: str, place: Place, position: int, sha256: str) -> ApprovalCode:
        """`place`: with the scope for a unit."""
        print_ = letters(int(sha256, 16) >> (256 - 5 * FINGERPRINT), FINGERPRINT)
        parts = (of_election(place.election), of_page(*place.page), of_unit(place.unit))
        return cls(letter, *parts, position, print_, mark(4, "A1", letter, *parts, position, print_))

    @classmethod
    def read(cls, text: str) -> ApprovalCode | None:
        """None for what is no code of an approval document, or has a slip in it."""
        read = APPROVAL.fullmatch(typed(text))
        if read is None:
            return None
        letter, election, page, scope, position, *print_, check = read.groups()
        parts, fingerprint = (election, page, scope), "".join(print_)
        if check != mark(4, "A1", letter, *parts, int(position), fingerprint):
            return None
        return cls(letter, *parts, int(position), fingerprint, check)

    def is_at(self, place: Place) -> bool:
        return (self.election, self.page, self.scope) == (
            of_election(place.election), of_page(*place.page), of_unit(place.unit),
        )  # fmt: skip

    def __str__(self) -> str:
        groups = "-".join(self.fingerprint[at : at + 4] for at in range(0, FINGERPRINT, 4))
        return (
            f"A1{self.letter}-{self.election}-{self.page}-{self.scope}-{self.position}-{groups}-{self.check}"
        )
