"""Germany's 299 constituencies of 2021 with made-up figures, as an election and as a `kerg2` file of the published form.

The form is that of the Bundeswahlleiterin's open data; no figure is: parties, candidates and numbers are drawn here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any
from uuid import uuid4

import tiny

from reporting.application.service import Reporting
from reporting.domain.areas import AreaRecord, GeographyRecord
from reporting.domain.election import ElectionDefinition

BUND = "99"
LAENDER = {
    "01": range(1, 12), "13": range(12, 18), "02": range(18, 24), "03": range(24, 54), "04": range(54, 56),
    "12": range(56, 66), "15": range(66, 75), "11": range(75, 87), "05": range(87, 151), "14": range(151, 167),
    "06": range(167, 189), "16": range(189, 197), "07": range(197, 212), "09": range(212, 258), "08": range(258, 296),
    "10": range(296, 300),
}  # fmt: skip
"""Land → its constituencies."""
PARTIES = ("SPD", "CDU", "CSU", "GRÜNE", "FDP", "AfD", "DIE LINKE")
ALONE = "EB: Mustermann"
"""Einzelbewerber: a candidate of no party, in every tenth constituency."""
HEAD = (
    "Wahlart;Wahltag;Gebietsart;Gebietsnummer;Gebietsname;UegGebietsart;UegGebietsnummer;Gruppenart;Gruppenname;"
    "Gruppenreihenfolge;Stimme;Anzahl;Prozent;VorpAnzahl;VorpProzent;DiffProzent;DiffProzentPkt;Bemerkung;Gewählt"
)
TITLE = (
    "# (c) Die Bundeswahlleiterin, Wiesbaden;;;;;;;;;;;;;;;;;;",
    ";;;;;;;;;;;;;;;;;;",
    "Made-up figures in the form of kerg2;;;;;;;;;;;;;;;;;;",
)


def land_of(number: int) -> str:
    return next(land for land, numbers in LAENDER.items() if number in numbers)


def parties_of(number: int, vote: int) -> list[str]:
    """Who stands there: the CSU in Bavaria and the CDU elsewhere."""
    others = [party for party in PARTIES if party != ("CDU" if land_of(number) == "09" else "CSU")]
    return [*others, *([ALONE] if vote == 1 and number % 10 == 0 else [])]


def definition() -> ElectionDefinition:
    def choice(number: int, party: str) -> dict[str, Any]:
        code = f"c{PARTIES.index(party) + 1}" if party in PARTIES else "eb"
        return {
            "code": code,
            "name": f"Kandidatur {number}-{code}" if number else party,
            "party": party or None,
        }

    count = [
        {"code": code, "label": tiny.label(code), "kind": "count"}
        for code in ("electors", "voters", "valid_votes", "invalid_votes")
    ]
    contests: list[dict[str, Any]] = [
        {"code": "bt", "label": tiny.label("Bund"), "kind": "electorate", "area": {"geography": "electoral", "area": BUND}}
    ]  # fmt: skip
    for land, numbers in LAENDER.items():
        contests.append(
            {
                "code": f"list{land}", "label": tiny.label(f"Landesliste {land}"), "kind": "list",
                "area": {"geography": "electoral", "area": land},
                "choices": [{**choice(0, party), "party": None} for party in parties_of(numbers[0], 2)],
            }
        )  # fmt: skip
        contests += [
            {
                "code": f"wk{n:03}", "label": tiny.label(f"Wahlkreis {n}"), "kind": "district", "seats": 1,
                "area": {"geography": "electoral", "area": f"{n:03}"},
                "choices": [choice(n, party) for party in parties_of(n, 1)],
            }
            for n in numbers
        ]  # fmt: skip
    final = [{"code": "final", "label": tiny.label("endgültig")}]
    return ElectionDefinition.model_validate(
        {
            "code": "bundestag-2021", "label": tiny.label("Bundestagswahl 2021"), "kind": "bundestag",
            "polling_date": "2021-09-26", "is_test": True, "registry": "germany", "geographies": ["electoral"],
            "units": {"geography": "electoral", "levels": ["constituency"]},
            "items": [*count, {"code": "votes", "label": tiny.label("Stimmen"), "kind": "votes", "unit": "votes", "by_choice": True}],
            "contests": contests,
            "forms": [
                {"code": "turnout", "label": tiny.label("Wahlbeteiligung"), "items": ["electors", "voters"],
                 "contest_kinds": ["electorate"], "slots": final},
                {"code": "result", "label": tiny.label("Ergebnis"), "items": ["valid_votes", "invalid_votes", "votes"],
                 "contest_kinds": ["district", "list"], "slots": final},
            ],
        }
    )  # fmt: skip


def define(service: Reporting) -> None:
    levels = [{"code": code, "label": tiny.label(code)} for code in ("nation", "land", "constituency")]
    geography = GeographyRecord.model_validate(
        {"code": "electoral", "label": tiny.label("Wahlgebiete"), "levels": levels}
    )

    def area(code: str, level: str, name: str, parent: str | None) -> AreaRecord:
        return AreaRecord(
            geography="electoral",
            code=code,
            level=level,
            name=name,
            parent=parent,
            valid_from=date(2020, 1, 1),
        )

    areas = [area(BUND, "nation", "Bundesgebiet", None)]
    for land, numbers in LAENDER.items():
        areas.append(area(land, "land", f"Land {land}", BUND))
        areas += [area(f"{n:03}", "constituency", f"Wahlkreis {n}", land) for n in numbers]
    service.declare_registry("germany", (geography,), tuple(areas), tiny.SYSTEM, uuid4())
    service.define_election(definition(), tiny.SYSTEM, uuid4())


@dataclass(frozen=True)
class Counted:
    """Numbers of one constituency: (group, vote) → number; `vote` is "" for electors and voters."""

    number: int
    counts: dict[tuple[str, str], int]


def counted(number: int) -> Counted:
    random = Random(number)
    counts = {("Wahlberechtigte", ""): random.randrange(150_000, 250_000)}
    counts["Wählende", ""] = random.randrange(100_000, 150_000)
    for vote in ("1", "2"):
        votes = {party: random.randrange(0, 15_000) for party in parties_of(number, int(vote))}
        counts |= {(party, vote): count for party, count in votes.items()}
        counts["Gültige", vote] = sum(votes.values())
        counts["Ungültige", vote] = random.randrange(0, 2_000)
    return Counted(number, counts)


def written(number: int) -> str:
    """With German separators, as some exports have them."""
    return f"{number:,}".replace(",", ".")


def kerg2() -> str:
    """The file, in the order of the published one: the nation, then each Land followed by its constituencies."""
    every = {n: counted(n) for numbers in LAENDER.values() for n in numbers}
    lines = [*TITLE, HEAD, *_rows("Bund", BUND, "Bundesgebiet", "", "", list(every.values()))]
    for land, numbers in LAENDER.items():
        within = [every[n] for n in numbers]
        lines += _rows("Land", land, f"Land {land}", "BUND", BUND, within)
        for one in within:
            lines += _rows("Wahlkreis", f"{one.number:03}", f"Wahlkreis {one.number}", "LAND", land, [one])
    return "\n".join(lines) + "\n"


def _rows(kind: str, code: str, name: str, above: str, parent: str, counts: list[Counted]) -> Iterator[str]:
    groups: dict[tuple[str, str], int] = {}
    for each in counts:
        for group, count in each.counts.items():
            groups[group] = groups.get(group, 0) + count
    for party in PARTIES:  # who does not stand there has a row without a number
        groups |= {(party, vote): groups.get((party, vote), -1) for vote in ("1", "2")}
    for place, ((named, vote), count) in enumerate(groups.items()):
        sort = (
            "Partei"
            if named in PARTIES
            else "Einzelbewerber/Wählergruppe"
            if named == ALONE
            else "System-Gruppe"
        )
        number = "" if count < 0 else written(count)
        yield ";".join([
            "BT", "26.09.2021", kind, code, name, above, parent, sort, named, str(place), vote, number, "12,345678",
            "1", "2,5", "-0,1", "-1,2", "", "",
        ])  # fmt: skip
    yield f"BT;26.09.2021;{kind};{code};{name};{above};{parent};System-Gruppe;Übrige;1000;2;;;;;;;;"
