"""Lower House 2021 and 2024: exact fractional votes, and every published total compared; what the publisher got wrong
is listed here by name and nothing is bent to fit."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
import sources
from sources import Hanishina, LowerHouse, block_code, read
from thorough import some
from tiny import SYSTEM
from world import World

from projections.verify import verify
from reporting.database.connect import Database
from reporting.definitions.load import shipped_registry

KNOWN_DIFFERENT = {
    # (district, candidate): (total published in the same file, sum of the units published there)
    2021: {
        ("04-3", "浅田こうじ"): (Decimal("5716"), Decimal("5890")),
        ("14-9", "吉田大成"): (None, Decimal("24547")),
        # The file holds this candidate's rows twice, with other figures; the first set is the one that was taken.
        ("22-7", "城内みのる"): (Decimal("130024"), Decimal("129463")),
        ("27-19", "いとう信久"): (Decimal("13295"), Decimal("68209")),
        ("27-19", "北村みき"): (Decimal("2133"), Decimal("9258")),
        ("27-19", "谷川とむ"): (Decimal("10796"), Decimal("52052")),
        ("27-19", "長安たかし"): (Decimal("6588"), Decimal("32193")),
    },
    2024: {},
}
PUBLISHED_TOTALS = {2021: (860, 427), 2024: (1026, 444)}
NO_ROW_TOTALS: dict[int, set[str]] = {2021: {"08"}, 2024: set()}
DOUBLED_ROW_TOTALS: dict[int, set[str]] = {2021: {"39"}, 2024: set()}
TWO_LABELS = {"NHK党": "NHKと裁判してる党弁護士法72条違反で"}  # Aomori and Akita 2021

Votes = dict[tuple[str, str], Decimal]


@pytest.fixture(scope="module", params=some([2021, 2024], 1))
def election(request: pytest.FixtureRequest, world: World, shared: Path) -> LowerHouse:
    source = LowerHouse(shared, request.param)
    registry = shipped_registry()
    if source.registry != registry.registry:
        registry = source.areas(registry)
    world.service.declare_registry(registry.registry, registry.geographies, registry.areas, SYSTEM, uuid4())
    world.service.define_election(source.definition(), SYSTEM, uuid4())
    assert world.take(source.code, source.rows()).rows > 23_000
    return source


def different(published: Votes, found: Votes) -> dict[tuple[str, str], tuple[Decimal | None, Decimal | None]]:
    return {
        key: (published.get(key), found.get(key))
        for key in sorted(published.keys() | found.keys())
        if published.get(key) != found.get(key)
    }


def test_candidates_by_district(world: World, election: LowerHouse) -> None:
    totals = [row for row in election.smd if row["row_type"] == "T"]
    assert len(totals) == PUBLISHED_TOTALS[election.year][0]
    published = {(sources.district_code(row), row["candidate"]): Decimal(row["votes"]) for row in totals}
    found: Votes = {}
    for district, candidates in election.candidates.items():
        for node in world.totals(
            election.code, district, "count", "lower_house", items=["votes"], areas=[district]
        ):
            found[district, candidates[int(node["choice"]) - 1][0]] = Decimal(node["value"])
    assert different(published, found) == KNOWN_DIFFERENT[election.year]


def test_every_unit_adds_up_to_its_published_row_total(election: LowerHouse) -> None:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in election.pr:
        if row["row_type"] == "M":
            sums[sources.unit_code(row)] += Decimal(row["votes"])
    published = {
        sources.unit_code(row): Decimal(row["votes"]) for row in election.pr_sums if row["row_type"] == "M"
    }
    units = {code for code in sums if code in published}
    doubled = {code for code in units if published[code] == 2 * sums[code] != 0}
    assert {code[:2] for code in sums.keys() - units} == NO_ROW_TOTALS[election.year]
    assert {code[:2] for code in doubled} == DOUBLED_ROW_TOTALS[election.year]
    assert all(published[code] == sums[code] for code in units - doubled)


def by_party(world: World, election: LowerHouse, geography: str, level: str) -> Votes:
    names = {code: name for name, code in election.party_codes.items()}
    found: Votes = defaultdict(Decimal)
    for block in range(1, 12):
        for node in world.totals(
            election.code, f"B{block:02d}", "count", geography, items=["votes"], level=level
        ):
            if node["value"] is not None:
                found[node["code"], names[node["choice"]]] += Decimal(node["value"])
    return dict(found)


def test_parties_by_prefecture(world: World, election: LowerHouse) -> None:
    totals = [row for row in election.pr if row["row_type"] == "T"]
    assert len(totals) == PUBLISHED_TOTALS[election.year][1]
    published = {(row["pref_code"].zfill(2), row["party"]): Decimal(row["votes"]) for row in totals}
    for geography in ("counting", "lower_house"):
        assert different(published, by_party(world, election, geography, "prefecture")) == {}


def test_parties_by_block_equal_another_publication(world: World, election: LowerHouse, shared: Path) -> None:
    rows = read(shared / "data" / "jp-visualizing-turnout" / "pr_block_party_votes_2005-2026.csv")
    wanted = [row for row in rows if row["date"] == election.day.isoformat() and row["party"] != "__TOTAL__"]
    published = {(block_code(row["block"]), row["party"]): Decimal(row["votes"]) for row in wanted}
    found: Votes = defaultdict(Decimal)
    for (block, party), votes in by_party(world, election, "lower_house", "block").items():
        found[block, TWO_LABELS.get(party, party)] += votes
    assert different(published, found) == {}


def test_fractions_are_exact_in_the_nation(world: World, election: LowerHouse) -> None:
    expected: dict[str, Decimal] = defaultdict(Decimal)
    for row in election.pr:
        if row["row_type"] == "M":
            expected[row["party"]] += Decimal(row["votes"])
    found: dict[str, Decimal] = defaultdict(Decimal)
    for (_, party), votes in by_party(world, election, "counting", "nation").items():
        found[party] += votes
    # `by_party` adds the blocks up: a block's total at the level of the nation is the block's own
    assert found == expected
    assert any(votes != int(votes) for votes in found.values())


def test_three_prefectures_agree_in_two_geographies(world: World, shared: Path) -> None:
    """Hokkaido, Aomori, Iwate 2021: districts and prefectures over the same 263 units equal their published totals."""
    election = LowerHouse(shared, 2021)
    source = Hanishina(shared)
    world.take("hanishina", source.rows(election.code))
    items = {"smd": "smd", "pr": "pr"}
    for contest in items:
        for geography, level in (
            ("counting", "prefecture"),
            ("lower_house", "prefecture"),
            ("lower_house", "district"),
        ):
            rows = source.of_level(level)
            codes = [
                row["jis_code"][:2]
                if level == "prefecture"
                else f"{row['district'][:2]}-{int(row['district'][2:])}"
                for row in rows
            ]
            nodes = world.totals(
                election.code,
                contest,
                "turnout",
                geography,
                items=["electors", "voters", "valid_votes"],
                areas=codes,
            )
            found = {(node["code"], node["item"]): node["value"] for node in nodes}
            for code, row in zip(codes, rows, strict=True):
                for item, column in (
                    ("electors", "electors"),
                    ("voters", f"{contest}_voters"),
                    ("valid_votes", f"{contest}_valid"),
                ):
                    assert found[code, item] == row[column], (geography, code, item)
    (turnout,) = world.totals(election.code, "smd", "turnout", "counting", items=["turnout"], areas=["JP"])
    assert (turnout["reported"], turnout["expected"]) == (263, turnout["expected"])
    assert turnout["expected"] > 1900


WHOLE_WARD, BLOCK, ITS_DISTRICTS = "14118", "B04", ["14-7", "14-8"]
"""Tsuzuki ward of Yokohama, 2021: two districts split it, and it counted the proportional vote as one."""
UNPLACED = """query($election: String!, $contest: String!, $areas: [String!]) { election(code: $election) {
  contest(code: $contest) { totals(form: "count", slot: "final", geography: "lower_house", items: ["votes"], areas: $areas,
                                   first: 2000) {
    nodes { code choice value reported expected } unplaced { unit areas } } } } }"""


def test_a_ward_that_districts_split_counts_the_proportional_vote_as_one(
    world: World, election: LowerHouse
) -> None:
    """In one contest a whole ward beside parts of others; its districts' own totals by its parts. Each geography has it where
    it holds all of the ward, and a district that holds a part says which unit its sum of the proportional vote lacks."""
    if not election.whole_in_pr:
        assert election.year == 2024
        assert all(one.units is None for one in election.definition().contests)
        return
    voting = world.service.catalog.election(election.code).roster.contest_units
    parts = [code for code in election.units if code.startswith(f"{WHOLE_WARD}-")]
    assert len(parts) == 2
    assert WHOLE_WARD in voting[BLOCK]
    assert not set(parts) & set(voting[BLOCK])
    assert [unit for code in ITS_DISTRICTS for unit in voting[code] if unit.startswith(WHOLE_WARD)] == parts
    own = {
        election.party_codes[row["party"]]: Decimal(row["votes"])
        for row in election.pr
        if sources.unit_code(row) == WHOLE_WARD
    }
    ward = world.totals(election.code, BLOCK, "count", "counting", items=["votes"], areas=[WHOLE_WARD])
    assert {node["choice"]: Decimal(node["value"]) for node in ward if node["value"]} == own
    data = world.ask(UNPLACED, election=election.code, contest=BLOCK, areas=[*ITS_DISTRICTS, BLOCK])
    totals = data["election"]["contest"]["totals"]
    assert totals["unplaced"] == [{"unit": WHOLE_WARD, "areas": ITS_DISTRICTS}]
    found = {(node["code"], node["choice"]): node for node in totals["nodes"] if node["value"] is not None}
    block: dict[str, Decimal] = defaultdict(Decimal)
    for row in election.pr:
        if row["row_type"] == "M" and election.block_of[row["pref_code"].zfill(2)] == BLOCK:
            block[election.party_codes[row["party"]]] += Decimal(row["votes"])
    for choice, votes in own.items():
        assert Decimal(found[BLOCK, choice]["value"]) == block[choice] > votes
        for district in ITS_DISTRICTS:
            node = found[district, choice]
            assert node["expected"] - node["reported"] == 1
    # The ward's candidates' votes by district, from the same area of the same geography.
    for district, part in zip(ITS_DISTRICTS, parts, strict=True):
        rows = [row for row in election.smd if sources.unit_code(row) == part]
        votes = sum((Decimal(row["votes"]) for row in rows), Decimal(0))
        nodes = world.totals(
            election.code, district, "count", "counting", items=["votes"], areas=[WHOLE_WARD]
        )
        assert sum(Decimal(node["value"]) for node in nodes) == votes > 0


def test_live_equals_rebuilt_equals_fold(
    world: World, election: LowerHouse, module_database: Database
) -> None:
    result = verify(module_database)
    assert result.differences == []
    assert result.figures > 23_000
