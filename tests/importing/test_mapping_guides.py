"""The guides' examples of a mapping: the table and the mapping that stand there give the figures that stand there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tiny

from reporting.application.service import Reporting
from reporting.domain.figures import format_value
from reporting.importing import import_mapped, mapping_of
from reporting.ledger import return_stream

DOCS = Path(__file__).resolve().parents[2] / "docs"


def block(guide: str, language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", guide, re.DOTALL)
    assert len(blocks) == 1, language
    return str(blocks[0])


@pytest.mark.parametrize("name", ["ja/対応表の書き方.md", "mappings.md"])
def test_the_example_of_the_guide_gives_what_it_says(service: Reporting, tmp_path: Path, name: str) -> None:
    guide = (DOCS / name).read_text(encoding="utf-8")
    tiny.define(service)
    written, table = tmp_path / "mapping.toml", tmp_path / "table.csv"
    written.write_text(block(guide, "toml"), encoding="utf-8")
    mapping = mapping_of(str(written))
    table.write_text(block(guide, "csv"), encoding=mapping.mapping.file.encoding)
    report = import_mapped(
        table, service, tiny.SYSTEM, mapping=mapping, election="tiny", form="final", slot="final"
    )
    assert not [note for note in report.notes if "≠" in note]
    given = []
    for unit in tiny.UNITS:
        case = service.return_case(return_stream("tiny", "final", "final", unit))
        given += [f"{unit} {key} {format_value(cell.value)}" for key, cell in sorted(case.cells.items())]
    assert given == block(guide, "text").splitlines()
