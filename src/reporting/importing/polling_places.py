"""Lists of polling places from one tidy table: every unit it names gets the places it says, and no others."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from reporting.application.authority import authorise
from reporting.application.catalog import KnownElection
from reporting.application.polling_places import PlacesRefused, PollingPlaces, RegisterPlaces
from reporting.application.service import Reporting
from reporting.domain.actor import Actor
from reporting.domain.polling_places import PlaceKind, PollingPlace
from reporting.domain.units import AmbiguousCode
from reporting.errors import UnknownReference, expected_instead
from reporting.files.problems import FileProblem, Problems, problems_of
from reporting.files.tables import read_stream
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, command_id, quiet, taken_file
from reporting.ledger.streams import polling_places_stream

COLUMNS = ("unit", "number", "name")
OPTIONAL = (
    "kind", "district", "address", "address_code", "facility", "opens", "closes", "valid_from", "valid_to",
)  # fmt: skip
KINDS = {words.ja: PlaceKind(kind) for kind, words in message.table("kind_of_place").items()}
"""What offices call them, beside the codes."""


@dataclass
class _Lists:
    """Unit → its places as they come; `rows`: the row of each; `named`: unit as typed → its key, None where it is none."""

    places: dict[str, list[PollingPlace]] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)
    named: dict[str, str | None] = field(default_factory=dict)

    def put(self, unit: str, row: int, place: PollingPlace) -> None:
        self.places.setdefault(unit, []).append(place)
        self.rows.setdefault(unit, []).append(row)


def import_places(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    election: str,
    encoding: str = "utf-8",
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """FileRefused naming every bad row; NotAuthorised for a unit whose figures the actor may not enter; UnknownReference for the
    election. A unit whose list stands as it is told is passed over."""
    defined = service.catalog.election(election)
    problems, lists = Problems(path.name), _Lists()
    with taken_file(path) as file:
        for number, fields in read_stream(path.name, file.content, COLUMNS, OPTIONAL, encoding):
            progress(number, file.lines, "read")
            _take(path.name, number, fields, defined, actor, lists, problems)
        digest = file.sha256
    problems.refuse()
    rows = sum(len(places) for places in lists.places.values())
    if not rows:
        problems.add(FileProblem(path.name, None, "", "", message("at_least_one_place")))
        problems.refuse()
    progress(rows, rows, "check")
    units = {unit: tuple(places) for unit, places in sorted(lists.places.items())}
    versions = service.ledger.stream_versions([polling_places_stream(election, unit) for unit in units])
    request = RegisterPlaces(
        command_id=command_id("places", digest, f"{election}/{versions}"), election=election, units=units
    )
    try:
        done = PollingPlaces(service).register(request, actor, dry_run=dry_run)
    except PlacesRefused as refused:
        for problem in refused.problems:
            at = lists.rows[problem.unit]
            row = at[0 if problem.place is None else problem.place]
            problems.add(FileProblem(path.name, row, problem.field, problem.stands, problem.expected))
        problems.refuse()
        raise
    changed = sum(len(units[unit]) for unit in done.units)
    return ImportReport(rows, len(done.units), rows - changed, done.position, done.repeated)


def _take(
    file: str,
    number: int,
    fields: dict[str, str],
    defined: KnownElection,
    actor: Actor,
    lists: _Lists,
    problems: Problems,
) -> None:
    typed = fields["unit"].strip()
    if typed not in lists.named:
        lists.named[typed] = _unit(file, number, typed, defined, actor, problems)
    elif lists.named[typed] is None:
        _unit(file, number, typed, defined, actor, problems)
    unit = lists.named[typed]
    given = {name: text.strip() for name, text in fields.items() if name != "unit" and text.strip()}
    given["kind"] = KINDS.get(given.get("kind", ""), given.get("kind", PlaceKind.POLLING))
    try:
        place = PollingPlace.model_validate(given)
    except ValidationError as wrong:
        for problem in problems_of(file, number, wrong, given):
            problems.add(problem)
        return
    if unit is not None:
        lists.put(unit, number, place)


def _unit(
    file: str, row: int, typed: str, defined: KnownElection, actor: Actor, problems: Problems
) -> str | None:
    """The key of the unit; NotAuthorised before anything is compared."""
    try:
        unit = defined.roster.key(typed, defined.roster.units)
        defined.roster.require_unit(unit)
    except UnknownReference as unknown:
        problems.add(FileProblem(file, row, "unit", typed, expected_instead(unknown)))
        return None
    except AmbiguousCode as several:
        problems.add(FileProblem(file, row, "unit", typed, str(several.facts["expected"])))
        return None
    authorise("import", actor, defined.roster, unit)
    return unit
