"""Errata of past publications: two official figures for the same thing, both kept, with where each is printed."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from reporting.domain.election import ElectionDefinition
from reporting.domain.errata import KnownErratum
from reporting.domain.labels import Code
from reporting.files.problems import FileProblem, FileRefused, problems_of
from reporting.files.tables import read_table
from reporting.series.messages import message


class Erratum(KnownErratum):
    """As it stands in a table of several elections. Columns in the order in which offices write them."""

    election: Code
    date: date

    @classmethod
    def of(cls, erratum: KnownErratum, definition: ElectionDefinition) -> Erratum:
        """That stands in an election's definition."""
        return cls(election=definition.code, date=definition.polling_date, **dict(erratum))

    @property
    def cell(self) -> tuple[str, str, str, str, str]:
        """(election, contest, area, item, breakdown)."""
        return (self.election, self.contest, self.area, self.item, self.breakdown)


ERRATA_COLUMNS = ("id", "election", "date", *(name for name in KnownErratum.model_fields if name != "id"))


def errata_of(definition: ElectionDefinition) -> list[Erratum]:
    """What offices have added to the election's definition, then the shipped ones, which are about Japan's elections. Of two about
    one cell the offices' counts."""
    own = [Erratum.of(erratum, definition) for erratum in definition.errata]
    cells, ids = {erratum.cell for erratum in own}, {erratum.id for erratum in own}
    shipped = errata() if definition.registry.partition("-")[0] == "japan" else ()
    return [
        *own,
        *(
            erratum
            for erratum in shipped
            if erratum.election == definition.code and erratum.cell not in cells and erratum.id not in ids
        ),
    ]


@lru_cache(maxsize=4)
def errata(path: Path | None = None) -> tuple[Erratum, ...]:
    """Errata of a CSV with the columns of Erratum; the known ones of Japan's general elections when None.
    FileRefused naming row and column."""
    name = path.name if path else "errata.csv"
    data = path.read_bytes() if path else (files("reporting.series") / "data" / name).read_bytes()
    corrections: list[Erratum] = []
    problems: list[FileProblem] = []
    for row, fields in read_table(name, data, ERRATA_COLUMNS):
        try:
            erratum = Erratum.model_validate(fields)
        except ValidationError as wrong:
            problems += problems_of(name, row, wrong, fields)
        else:
            if any(erratum.id == other.id or erratum.cell == other.cell for other in corrections):
                problems.append(FileProblem(name, row, "id", erratum.id, message("once")))
            corrections.append(erratum)
    if problems:
        raise FileRefused(name, problems)
    return tuple(corrections)
