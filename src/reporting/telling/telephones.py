"""Whom to telephone for a slot: who has not submitted, with the numbers of their office in the order in which it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reporting.domain.directory import Directory
from reporting.domain.units import Roster
from reporting.telling.addresses import Address


@dataclass(frozen=True, slots=True)
class Call:
    """`above`: names of the areas the unit lies in, the highest first. `office` is empty where none is registered, `number` where the office
    has told none."""

    unit: str
    name: str
    above: tuple[str, ...]
    office: str
    rank: int | None
    person: str
    number: str


def calls(
    units: Sequence[str], roster: Roster, geography: str, directory: Directory, addresses: Sequence[Address]
) -> list[Call]:
    """Of every unit at least one, in the order of the areas above, then of units and ranks."""
    numbers: dict[str, list[Address]] = {}
    for address in addresses:
        if address.channel == "telephone":
            numbers.setdefault(address.office, []).append(address)
    offices = {office.jurisdiction: code for code, office in sorted(directory.offices.items(), reverse=True)}
    listed: list[Call] = []
    for unit in units:
        path = roster.places.get(unit, {}).get(geography, ())
        above = tuple(roster.areas.get(area, area) for area in reversed(path) if area != unit)
        name, office = roster.units[unit].name, offices.get(unit, "")
        of_office = sorted(numbers.get(office, ()), key=lambda address: (address.rank, address.person))
        listed += [
            Call(unit, name, above, office, each.rank, each.person, each.address) for each in of_office
        ]
        if not of_office:
            listed.append(Call(unit, name, above, office, None, "", ""))
    return sorted(listed, key=lambda call: (call.above, call.unit))
