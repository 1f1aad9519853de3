"""What tests ask of series, through GraphQL and below it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from projections.read import Sees, ViewReader
from projections.series.plan import SeriesQuery
from projections.series.read import SeriesReader
from projections.series.rows import SeriesRow
from reporting.domain.layer import ENTERED

FIELDS = """nodes { election date area name level value obsStatus coverage previousElection previousValue difference preBreakValue
  numerator denominator method source position boundaries citation definition confStatus }"""
SERIES = (
    """query($item: [String!]!, $areas: [String!], $level: [String!], $boundaries: String! = "AS_REPORTED", $asOf: AsOfInput,
  $kind: [String!] = ["upper_house"], $choice: String, $tests: Boolean! = false) {
  series(item: $item, areas: $areas, level: $level, boundaries: $boundaries, asOf: $asOf, electionKind: $kind, contest: "pr",
         choice: $choice, includeTests: $tests, first: 20000) { """
    + FIELDS
    + " } }"
)
OBSERVATION = (
    "query($citation: String!) { observation(citation: $citation) " + FIELDS.removeprefix("nodes ") + " }"
)
WARDS = """query($day: Date!) { election(code: "sangiin-2022", validAt: $day) { contest(code: "pr") {
  totals(form: "final", slot: "final", geography: "administrative", items: ["electors"], areas: ["22130"]) { nodes {
    value reported expected children { nodes { code value } } } } } } }"""
WHY = """query($areas: [String!], $boundaries: String!, $item: [String!]! = "electors") { series(item: $item, areas: $areas, boundaries: $boundaries,
  electionKind: ["upper_house"], contest: "pr", includeTests: true, first: 20000) {
  nodes { election area value obsStatus preBreakValue }
  breaks { area cause change before after bridge source } unplaced { area amount into reason } } }"""


def rows(reader: ViewReader, *items: str, **told: Any) -> list[SeriesRow]:
    query = SeriesQuery(items, contest="pr", kinds=("upper_house",), choice="", limit=1_000_000)
    with reader.snapshot(sees=Sees.EVERYTHING) as snapshot:
        return SeriesReader(snapshot, replace(query, **told), lambda definition: ENTERED).rows()
