"""What the guides say of the files is what is made."""

from __future__ import annotations

import re
from pathlib import Path

import released_night
from released_night import SECOND

from reporting.application.service import Reporting
from reporting.publication.distribution.facts import ValueStatus
from reporting.publication.distribution.publisher import UNNAMED
from reporting.publication.distribution.tables import data_set

DOCS = Path(__file__).resolve().parents[2] / "docs"
GUIDES = ("open-data.md", "ja/公開データの中身.md")


def test_every_file_and_column_is_in_both_guides(service: Reporting) -> None:
    night = released_night.play(service)
    facts, _ = night.distributions.facts(SECOND, UNNAMED)
    made = night.distributions.make(SECOND, UNNAMED)
    for guide in GUIDES:
        told = set(re.findall(r"`([^`\n]+)`", (DOCS / guide).read_text(encoding="utf-8")))
        columns = {
            re.sub("^by_[a-z_]+?(_name)?$", r"by_…\1", column.name)
            for column in data_set(facts).observations.columns
        }
        assert columns <= told
        assert {status.value for status in ValueStatus} <= told
        for name in made.contents:
            general = {
                name,
                re.sub("^core/.*", "core/…", name),
                re.sub(r"^excel/.*", "excel/….csv", name),
                re.sub(r"^\w+\.parquet$", "….parquet", name),
            }
            assert general & told, name
