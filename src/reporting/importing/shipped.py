"""Mappings by name or from a file: what is wrong with one is named with its line."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from pydantic import BaseModel

from reporting.errors import InvalidInput
from reporting.files.problems import FileProblem, FileRefused
from reporting.files.structured import checked, read_toml
from reporting.importing.mapping import FileMapping, MappingPart
from reporting.importing.messages import message
from reporting.suggest import with_hint

FOLDER = "reporting.importing.mappings"
MAX_BYTES = 200_000
_TABLE = re.compile(r"\s*\[(\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*("[^"]+"|'[^']+'|[\w-]+)\s*=""")


@dataclass(frozen=True, slots=True)
class NamedMapping:
    """A mapping and the SHA-256 (hex) of its text: the command of an import keeps both."""

    mapping: FileMapping
    sha256: str

    @property
    def told(self) -> str:
        return f"{self.mapping.mapping} sha256:{self.sha256}"


def shipped_mappings() -> tuple[str, ...]:
    """Names of the mappings that come with the program."""
    every = (entry.name for entry in resources.files(FOLDER).iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in every if name.endswith(".toml")))


def shipped_mapping(name: str) -> NamedMapping:
    """InvalidInput, with what was meant, for a name that does not come with the program."""
    if name not in shipped_mappings():
        expected = with_hint(message("a_shipped_mapping"), name, shipped_mappings())
        raise InvalidInput.at("mapping", name, expected)
    return read_mapping(f"{name}.toml", resources.files(FOLDER).joinpath(f"{name}.toml").read_bytes())


def mapping_of(name_or_file: str) -> NamedMapping:
    """A shipped mapping's name, or the path of a file of one's own. InvalidInput, FileRefused, OSError."""
    path = Path(name_or_file)
    if path.suffix == ".toml":
        return read_mapping(path.name, path.read_bytes())
    return shipped_mapping(name_or_file)


def read_mapping(file: str, given: bytes) -> NamedMapping:
    """FileRefused naming line and field of everything that is wrong, what is expected there, and what was meant."""
    if len(given) > MAX_BYTES:
        raise FileRefused(
            file, [FileProblem(file, None, "", f"{len(given):,}", message("mapping_bytes", most=MAX_BYTES))]
        )
    try:
        text = given.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        row, bytes_there = (
            given.count(b"\n", 0, wrong.start) + 1,
            given[wrong.start : wrong.start + 4].hex(" "),
        )
        raise FileRefused(file, [FileProblem(file, row, "", bytes_there, message("mapping_utf_8"))]) from None
    fields = read_toml(file, text)
    try:
        mapping = checked(file, fields, FileMapping)
    except FileRefused as refused:
        lines = dict(_lines(text))
        raise FileRefused(
            file, [_placed(_suggested(problem), lines) for problem in refused.problems]
        ) from None
    return NamedMapping(mapping, hashlib.sha256(given).hexdigest())


def _placed(problem: FileProblem, lines: Mapping[str, int]) -> FileProblem:
    """With the line of its field, or of what it stands in."""
    place = problem.column
    while place and place not in lines:
        place = place.rpartition(".")[0]
    return replace(problem, row=lines.get(place))


def _suggested(problem: FileProblem) -> FileProblem:
    """A field that there is not, beside none that is missing: what was meant, by all fields of a mapping."""
    name = problem.column.rpartition(".")[2]
    if name in FIELDS or not (meant := difflib.get_close_matches(name, FIELDS, 1)):
        return problem
    return replace(problem, expected=message("the_name", name=meant[0]))


def _fields(model: type[BaseModel]) -> Iterator[str]:
    yield from model.model_fields
    for kind in model.__subclasses__():
        yield from _fields(kind)


FIELDS = frozenset(_fields(MappingPart))


def _lines(text: str) -> Iterator[tuple[str, int]]:
    """(dotted path, line) of the tables and keys of a TOML text, as far as each stands at the beginning of its line."""
    above, counts = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), 1):
        if table := _TABLE.fullmatch(line):
            path = list(_steps(re.split(r"\s*\.\s*", table[2]), counts))
            above = ".".join(path)
            if table[1]:
                counts[above] = counts.get(above, -1) + 1
                above = f"{above}.{counts[above]}"
            yield above, number
        elif key := _KEY.match(line):
            name = key[1].strip("\"'")
            yield (f"{above}.{name}" if above else name), number


def _steps(names: Iterable[str], counts: Mapping[str, int]) -> Iterator[str]:
    """A table below `[[a]]` is that of the last one."""
    path = ""
    names = list(names)
    for place, name in enumerate(names):
        plain = name.strip("\"'")
        path = f"{path}.{plain}" if path else plain
        yield plain
        if path in counts and place < len(names) - 1:
            yield str(counts[path])
            path = f"{path}.{counts[path]}"
