"""Names as people type them: signs that formats write with, characters that XML cannot hold, what spreadsheets take for formulas."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import night
import pytest
import read_back
import released_night
from released_night import SECOND

from reporting.application import seen_names, whole
from reporting.application.service import Reporting
from reporting.publication.distribution.making import make
from reporting.publication.distribution.publisher import PublisherChoice
from reporting.publication.distribution.store import write_whole
from reporting.words import Words

ODD = ('=HYPERLINK("http://x","甲")', "乙,\r\n\"']]>&<b>\x0b\ufffe𠮷{}\t;--")


@pytest.mark.shared
def test_odd_names_come_through_every_format(
    service: Reporting, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "_unseen", lambda definition: ())  # as earlier releases took it
    monkeypatch.setattr(seen_names, "is_plain", lambda text: True)
    contests = night.election().model_dump(mode="json")["contests"]
    contests[0]["choices"] = [
        {"code": code, "name": name, "party": name} for code, name in zip("ab", ODD, strict=True)
    ]
    contests[0]["label"] = {"ja": ODD[1], "en": ODD[0]}
    played = released_night.play(service, contests=contests, label={"ja": ODD[1]})
    publisher = PublisherChoice(Words(ODD[1], ODD[0]))
    facts, contents = played.distributions.facts(SECOND, publisher)
    made, folder = make(facts, contents.package), tmp_path / "odd"
    write_whole(folder, made.contents)
    files, expected = made.contents, read_back.of_events(facts)
    assert read_back.by_pandas(files, facts) == expected
    assert read_back.by_duckdb(folder, facts) == expected
    assert read_back.by_pysdmx(folder, facts) == expected
    assert read_back.by_calamine(files, facts) == expected
    assert read_back.by_csvw(folder, facts) == expected
    votes = read_back.votes_of(facts)
    assert read_back.by_cdf_json(files["cdf.json"]) == votes
    assert read_back.by_cdf_xml(files["cdf.xml"]) == votes
    read_back.valid_cdf(files, shared)
    assert len(read_back.graph_of(files["dcat.jsonld"])) > 100
    told = list(csv.DictReader(io.StringIO(files["choices.csv"].decode(), newline="")))
    assert [row["choice_name"] for row in told] == list(ODD)
    parties = json.loads(files["cdf.json"])["Party"]
    assert parties[1]["Name"]["Text"][0]["Content"] == ODD[1]
