"""Shares of partial splits that the official list does not give: from a file of their own, each with its source."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from reporting.domain.area_changes import ShareRecord
from reporting.files.problems import FileProblem, FileRefused, problems_of, shown
from reporting.files.tables import read_table

SHARE_COLUMNS = ("date", "of", "into", "weight", "method", "source")

Shares = dict[tuple[date, str, str], ShareRecord]


def read_shares(path: Path | None = None) -> Shares:
    """(date, of, into) → share, of a CSV with the columns of SHARE_COLUMNS; the shipped ones when None. FileRefused."""
    name = path.name if path else "shares.csv"
    data = path.read_bytes() if path else (files("reporting.lineage") / "data" / name).read_bytes()
    shares: Shares = {}
    problems: list[FileProblem] = []
    for row, fields in read_table(name, data, SHARE_COLUMNS):
        try:
            day = date.fromisoformat(fields["date"])
            record = ShareRecord.model_validate({key: fields[key] for key in SHARE_COLUMNS[1:]})
        except ValidationError as wrong:
            problems += problems_of(name, row, wrong, fields)
        except ValueError:
            problems.append(FileProblem(name, row, "date", shown(fields["date"]), "YYYY-MM-DD"))
        else:
            shares[day, record.of, record.into] = record
    if problems:
        raise FileRefused(name, problems)
    return shares
