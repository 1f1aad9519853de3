"""The area registry: a fold of its declarations, checked as a whole, read at a date."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.messages import message
from reporting.errors import ReportingError
from reporting.words import Words, in_both

FOREVER = date.max


@dataclass(frozen=True, slots=True)
class RegistryProblem:
    """One thing wrong with one record."""

    geography: str
    code: str
    valid_from: date
    kind: str  # unknown_geography | unknown_level | orphan | parent_level | overlap | cycle | official_code
    detail: str

    def __str__(self) -> str:
        return f"{self._where}: {self.detail}"

    def told(self) -> Words:
        """In Japanese and English."""
        ja, en = in_both(self.detail)
        return Words(f"{self._where}: {ja}", f"{self._where}: {en}")

    @property
    def _where(self) -> str:
        return f"{self.geography}/{self.code} ({self.valid_from}): {self.kind}"


class RegistryRefused(ReportingError):
    """facts: `problems` (list of RegistryProblem), `count`, `first_ja`, `first_en`."""

    code = "registry_refused"
    template_ja = "地域の登録に {count} 件の誤りがあります。最初の誤り: {first_ja}。直してから、もう一度登録してください。"
    template_en = "The areas have {count} problems; the first: {first_en}. Correct them and register again."

    def __init__(self, problems: Iterable[RegistryProblem]) -> None:
        self.problems = tuple(problems)
        ja, en = self.problems[0].told()
        super().__init__(
            problems=[str(problem) for problem in self.problems],
            count=len(self.problems),
            first_ja=ja,
            first_en=en,
        )


class AreaRegistry:
    """Effective-dated areas in parallel geographies. Mutable while folding; `at` gives an immutable view."""

    def __init__(self) -> None:
        self.geographies: dict[str, GeographyRecord] = {}
        self._records: dict[tuple[str, str], dict[date, AreaRecord]] = defaultdict(dict)

    def declare(self, geographies: Iterable[GeographyRecord]) -> None:
        for geography in geographies:
            self.geographies[geography.code] = geography

    def register(self, areas: Iterable[AreaRecord]) -> None:
        """Same (geography, code, valid_from) replaces the former record."""
        for area in areas:
            self._records[area.geography, area.code][area.valid_from] = area

    def copy(self) -> AreaRegistry:
        other = AreaRegistry()
        other.geographies = dict(self.geographies)
        for key, spans in self._records.items():
            other._records[key] = dict(spans)
        return other

    def records(self) -> Iterator[AreaRecord]:
        for spans in self._records.values():
            yield from spans.values()

    def check(self) -> None:
        """RegistryRefused naming every record at fault."""
        if problems := list(self.problems()):
            raise RegistryRefused(problems)

    def problems(self) -> Iterator[RegistryProblem]:
        levels = {
            geography.code: {level.code: place for place, level in enumerate(geography.levels)}
            for geography in self.geographies.values()
        }
        for (geography, _code), by_start in self._records.items():
            spans = sorted(by_start.values(), key=lambda area: area.valid_from)
            for earlier, later in itertools.pairwise(spans):
                if (earlier.valid_to or FOREVER) > later.valid_from:
                    yield _problem(
                        later,
                        "overlap",
                        message("overlaps_the_span_since", valid_from=earlier.valid_from),
                    )
            for area in spans:
                of_geography = levels.get(geography)
                if of_geography is None:
                    yield _problem(area, "unknown_geography", message("is_not_declared", geography=geography))
                elif area.level not in of_geography:
                    yield _problem(
                        area,
                        "unknown_level",
                        message("the_level_is_not_declared", level=area.level),
                    )
                elif area.parent is not None:
                    yield from self._parent_problems(area, of_geography)
        yield from self._cycles()
        yield from self._twice()

    def _twice(self) -> Iterator[RegistryProblem]:
        """Of a day a code, key or official, names one area of a geography: what is found by either has to be found."""
        by_official: dict[tuple[str, str], list[AreaRecord]] = defaultdict(list)
        for area in self.records():
            if area.official_code is not None:
                by_official[area.geography, area.official_code].append(area)
        for (geography, code), areas in by_official.items():
            keyed = self._records.get((geography, code), {}).values()
            for area in areas:
                for other in (*areas, *keyed):
                    if (
                        other.code != area.code
                        and _overlap(area, other)
                        and (
                            other.code == code
                            or (area.code, area.valid_from) > (other.code, other.valid_from)
                        )
                    ):
                        yield _problem(
                            area,
                            "official_code",
                            message("official_code_of_another", code=code, other=other.code, name=other.name),
                        )

    def _parent_problems(self, area: AreaRecord, levels: Mapping[str, int]) -> Iterator[RegistryProblem]:
        assert area.parent is not None
        spans = self._records.get((area.geography, area.parent))
        if not spans:
            yield _problem(area, "orphan", message("there_is_no_parent", parent=area.parent))
            return
        covered = area.valid_from
        for parent in sorted(spans.values(), key=lambda span: span.valid_from):
            if parent.valid_from <= covered < (parent.valid_to or FOREVER):
                covered = parent.valid_to or FOREVER
            if parent.level in levels and levels[parent.level] >= levels[area.level]:
                yield _problem(
                    area,
                    "parent_level",
                    message(
                        "the_parent_is_not_above", parent=parent.code, level=parent.level, lower=area.level
                    ),
                )
        if covered < (area.valid_to or FOREVER):
            yield _problem(
                area,
                "orphan",
                message("the_parent_is_not_valid", parent=area.parent, covered=covered),
            )

    def _cycles(self) -> Iterator[RegistryProblem]:
        """With level order checked a cycle needs an unknown level; looked for all the same, over all dates."""
        parents: dict[tuple[str, str], set[str]] = defaultdict(set)
        for area in self.records():
            if area.parent is not None:
                parents[area.geography, area.code].add(area.parent)
        for geography, code in parents:
            seen, todo = set(), [code]
            while todo:
                for parent in parents.get((geography, todo.pop()), ()):
                    if parent == code:
                        first = min(self._records[geography, code].values(), key=lambda area: area.valid_from)
                        yield _problem(first, "cycle", message("the_area_stands_above_itself"))
                        todo = []
                        break
                    if parent not in seen:
                        seen.add(parent)
                        todo.append(parent)

    def at(self, day: date) -> AreasOnDay:
        areas: dict[str, dict[str, AreaRecord]] = {geography: {} for geography in self.geographies}
        for (geography, code), spans in self._records.items():
            for area in spans.values():
                if area.valid_from <= day < (area.valid_to or FOREVER):
                    areas.setdefault(geography, {})[code] = area
        return AreasOnDay(day, dict(self.geographies), areas)


def _overlap(area: AreaRecord, other: AreaRecord) -> bool:
    return area.valid_from < (other.valid_to or FOREVER) and other.valid_from < (area.valid_to or FOREVER)


def _problem(area: AreaRecord, kind: str, detail: str) -> RegistryProblem:
    return RegistryProblem(area.geography, area.code, area.valid_from, kind, detail)


@dataclass(frozen=True)
class AreasOnDay:
    """All areas valid on one day; `areas[geography][code]`."""

    day: date
    geographies: Mapping[str, GeographyRecord]
    areas: Mapping[str, Mapping[str, AreaRecord]]

    def key(self, geography: str, code: str) -> str:
        """The key of an area of the day told by its key or its official code; a code that nobody has is given back."""
        areas = self.areas.get(geography, {})
        if code in areas:
            return code
        return next((key for key, area in areas.items() if area.official_code == code), code)

    def children(self, geography: str) -> dict[str | None, list[str]]:
        """Parent code (None: the roots) → child codes in code order."""
        below: dict[str | None, list[str]] = defaultdict(list)
        for code in sorted(self.areas.get(geography, {})):
            below[self.areas[geography][code].parent].append(code)
        return below

    def ancestors(self, geography: str, code: str) -> tuple[str, ...]:
        """The area itself first, its root last."""
        path: list[str] = []
        here: str | None = code
        while here is not None and here in self.areas[geography] and here not in path:
            path.append(here)
            here = self.areas[geography][here].parent
        return tuple(path)

    def leaves(self, geography: str, levels: Iterable[str]) -> list[str]:
        """Areas of these levels without a child, in code order."""
        parents = {area.parent for area in self.areas.get(geography, {}).values()}
        wanted = set(levels)
        return [
            code
            for code, area in sorted(self.areas.get(geography, {}).items())
            if area.level in wanted and code not in parents
        ]
