"""Words of a file to codes of an election: units, areas above them, contests, candidates and parties."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cached_property

from reporting.application.catalog import KnownElection
from reporting.domain.election import Contest
from reporting.domain.units import AmbiguousCode
from reporting.importing.mapping import ChoiceSource, UnitSource, WideChoices
from reporting.importing.messages import message
from reporting.importing.words import plain
from reporting.suggest import with_hint

WEIGHTS = (6, 5, 4, 3, 2)
"""Of the check digit of Japan's local government codes (全国地方公共団体コード)."""


class Misread(Exception):
    """A word of a file that stands for nothing in the election. `stands`: as it is there; `expected` in both languages."""

    def __init__(self, stands: str, expected: str) -> None:
        self.stands, self.expected = stands, expected
        super().__init__(expected)


class ElectionWords:
    """What the words of a file mean in one election."""

    def __init__(self, election: KnownElection) -> None:
        self.election, self.roster = election, election.roster
        self._choices: dict[tuple[str, str], Mapping[str, str | None]] = {}
        self._kinds: dict[tuple[str, str], str] = {}
        self._by_code = {contest.code: contest for contest in election.definition.contests}

    def unit(self, text: str, source: UnitSource) -> str:
        """Code of the reporting unit that stands in a row; Misread."""
        if source.by == "name":
            return self._named(text, self._unit_names)
        code = _code(text, source)
        try:
            key = self.roster.key(code, self.roster.units)
        except AmbiguousCode as several:
            raise Misread(text, str(several.facts["expected"])) from None
        if key in self.roster.units:
            return key
        if source.digits is not None:  # without its leading zeros, and the authorities' code has them
            key = self.roster.key(_plain(text), self.roster.units)
            if key in self.roster.units:
                return key
        raise Misread(
            text,
            with_hint(
                message("a_unit_of_it"), code, {key: unit.name for key, unit in self.roster.units.items()}
            ),
        )

    def area(self, text: str, source: UnitSource) -> str:
        """Code of the area above the units that stands in a row of totals; Misread."""
        if source.by == "name":
            return self._named(text, self._area_names)
        code = _code(text, source) if source.by == "local_government_code" else _plain(text)
        codes = {area: node.name for (_, area), node in self.roster.nodes.items()}
        key = code if code in codes else self.roster.key(code, codes)
        if key not in codes:
            raise Misread(text, with_hint(message("an_area_of_it"), code, codes))
        return key

    def above(self, unit: str) -> frozenset[str]:
        """Areas, of whatever geography, that hold the whole unit."""
        return frozenset(area for path in self.roster.places[unit].values() for area in path)

    def contest_of_kind(self, unit: str, kind: str) -> str:
        """The one contest of this kind on which the unit reports; Misread for none or several."""
        if (unit, kind) not in self._kinds:
            codes = [
                code
                for code in sorted(self.election.contests_of_unit[unit])
                if self._by_code[code].kind == kind
            ]
            if len(codes) != 1:
                kinds = {contest.kind for contest in self._by_code.values()}
                raise Misread(kind, with_hint(message("one_contest_of_kind", kind=kind), kind, sorted(kinds)))
            self._kinds[unit, kind] = codes[0]
        return self._kinds[unit, kind]

    def contests_of_kind(self, kind: str) -> tuple[Contest, ...]:
        return tuple(contest for contest in self._by_code.values() if contest.kind == kind)

    def contest(self, code: str) -> Contest:
        """Misread for a contest that the election does not have."""
        if code not in self._by_code:
            labels = {contest.code: contest.label.ja for contest in self._by_code.values()}
            raise Misread(code, with_hint(message("a_contest_of_it"), code, labels))
        return self._by_code[code]

    def choice(self, contest: str, text: str, source: ChoiceSource | WideChoices) -> str:
        """Code of a candidate or party; Misread for none, and for a name that is several's."""
        if source.by == "code":
            return text
        if (contest, source.by) not in self._choices:
            self._choices[contest, source.by] = _names(self.contest(contest), source.by)
        names = self._choices[contest, source.by]
        code = names.get(plain(text))
        if code is None:
            label = self.contest(contest).label
            told = message("a_choice", contest_ja=label.ja, contest_en=label.en or label.ja)
            raise Misread(text, told)
        return code

    def _named(self, text: str, names: Mapping[str, str | None]) -> str:
        code = names.get(plain(text))
        if code is None:
            raise Misread(text, message("a_name_of_one"))
        return code

    @cached_property
    def _unit_names(self) -> Mapping[str, str | None]:
        """A unit's name, alone and behind that of each area above it → its code; None: several are called so."""
        names: dict[str, str | None] = {}
        for code, unit in self.roster.units.items():
            own = plain(unit.name)
            above = {
                plain(self.roster.nodes[geography, area].name)
                for geography, path in self.roster.places[code].items()
                for area in path
                if (geography, area) in self.roster.nodes
            }
            for name in {own, *(area + own for area in above)}:
                names[name] = code if names.get(name, code) == code else None
        return names

    @cached_property
    def _area_names(self) -> Mapping[str, str | None]:
        names: dict[str, str | None] = {}
        for (_, area), node in self.roster.nodes.items():
            name = plain(node.name)
            names[name] = area if names.get(name, area) == area else None
        return names


def _names(contest: Contest, by: str) -> Mapping[str, str | None]:
    """A name, or a name or party → the choice's code; None: several have it. A name goes before a party."""
    names: dict[str, str | None] = {}
    if by == "party":
        for choice in contest.choices:
            if choice.party:
                name = plain(choice.party)
                names[name] = choice.code if name not in names else None
    own: dict[str, str | None] = {}
    for choice in contest.choices:
        name = plain(choice.name)
        own[name] = choice.code if name not in own else None
    return names | own


def _code(text: str, source: UnitSource) -> str:
    code = _plain(text)
    if source.by == "local_government_code":
        return _local_government(text, code)
    return code.zfill(source.digits) if source.digits is not None and code.isdecimal() else code


def _local_government(text: str, code: str) -> str:
    """Five digits of a code of six, the last of which checks the others; spreadsheets take the zero in front away."""
    digits = code.zfill(6)
    if not (digits.isascii() and digits.isdecimal() and len(digits) == 6):
        raise Misread(text, message("local_government_code"))
    weighed = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=False))
    if int(digits[5]) != (11 - weighed % 11) % 10:
        raise Misread(text, message("check_digit", right=(11 - weighed % 11) % 10))
    return digits[:5]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
