"""Areas and elections from definition files."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from reporting.application.commands import DefinitionRecorded
from reporting.application.service import Reporting
from reporting.definitions.catalogue import shipped_catalogue
from reporting.definitions.compose import compose_file
from reporting.definitions.load import (
    SHIPPED_REGISTRIES,
    load_areas,
    load_election,
    load_registry,
    names_template,
)
from reporting.domain.actor import Actor
from reporting.domain.election import Contest, ElectionDefinition
from reporting.domain.registry import AreasOnDay, RegistryRefused
from reporting.errors import UnknownReference, expected_instead
from reporting.files.problems import FileProblem, FileRefused
from reporting.importing.messages import message
from reporting.importing.report import ImportReport, Progress, command_id, defined, digest, quiet
from reporting.ledger import election_stream, registry_stream


def import_areas(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    registry: str | None = None,
    reason: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """A registry file (.json, .toml, areas inside or in the CSV beside it), or a CSV for a `registry` that stands."""
    progress(0, 0, "read")
    if path.suffix == ".csv":
        if registry is None:
            wanted = message("a_registry_for_areas")
            raise FileRefused(path.name, [FileProblem(path.name, None, "", path.name, wanted)])
        code, geographies, areas = registry, service.catalog.geographies(registry), load_areas(path)
    else:
        definition = load_registry(path)
        code, geographies, areas = definition.registry, definition.geographies, definition.areas
    rows = {(area.geography, area.code, area.valid_from): row for row, area in enumerate(areas, 2)}
    told = digest(repr((code, geographies, areas)).encode())
    progress(len(areas), len(areas), "check")
    try:
        done = service.declare_registry(
            code,
            geographies,
            areas,
            actor,
            command_id("areas", told, _round(service, registry_stream(code))),
            dry_run=dry_run,
            reason=reason,
        )
    except RegistryRefused as refused:
        file = path.with_suffix(".csv").name
        raise FileRefused(
            path.name,
            [
                FileProblem(
                    file,
                    rows.get((problem.geography, problem.code, problem.valid_from)),
                    problem.code,
                    problem.kind,
                    problem.detail,
                )
                for problem in refused.problems
            ],
        ) from None
    return defined(len(areas), done, dry_run)


def import_election(
    path: Path,
    service: Reporting,
    actor: Actor,
    *,
    reason: str | None = None,
    dry_run: bool = False,
    progress: Progress = quiet,
) -> ImportReport:
    """An election definition (.json, .toml); one of the same code is replaced whole. `reason`: needed where figures that
    stand are touched."""
    progress(0, 0, "read")
    definition = compose_file(shipped_catalogue(), path) if names_template(path) else load_election(path)
    definition = by_keys(
        definition, service.catalog.registry(definition.registry)[1].at(definition.polling_date)
    )
    try:
        done = define(definition, service, actor, "election", reason=reason, dry_run=dry_run)
    except UnknownReference as unknown:
        first = _areas_first(service, definition.registry)
        problem = FileProblem(
            path.name, None, unknown.facts["kind"], unknown.facts["found"], first or expected_instead(unknown)
        )
        raise FileRefused(path.name, [problem]) from None
    return defined(1, done, dry_run)


def define(
    definition: ElectionDefinition,
    service: Reporting,
    actor: Actor,
    kind: str,
    *,
    reason: str | None = None,
    dry_run: bool = False,
) -> DefinitionRecorded:
    """As a file of this kind says it: the same again is the same command, as long as nothing else came between."""
    told = digest(repr(definition).encode())
    again = _round(service, election_stream(definition.code))
    return service.define_election(
        definition, actor, command_id(kind, told, again), dry_run=dry_run, reason=reason
    )


def by_keys(definition: ElectionDefinition, registry: AreasOnDay) -> ElectionDefinition:
    """The definition with the keys of its areas, which its file may name by the authorities' codes of the polling day."""

    def keyed(contest: Contest) -> Contest:
        geography = contest.area.geography
        area = contest.area.model_copy(update={"area": registry.key(geography, contest.area.area)})
        without = tuple(registry.key(geography, code) for code in contest.without)
        return contest.model_copy(update={"area": area, "without": without})

    of_units = definition.units.geography
    withdrawn = tuple(
        withdrawal.model_copy(update={"unit": registry.key(of_units, withdrawal.unit)})
        for withdrawal in definition.units.withdrawn
    )
    return definition.model_copy(
        update={
            "contests": tuple(map(keyed, definition.contests)),
            "units": definition.units.model_copy(update={"withdrawn": withdrawn}),
        }
    )


def _areas_first(service: Reporting, registry: str) -> str | None:
    """Which command is missing where the registry has no area at all yet."""
    version, _ = service.catalog.registry(registry)
    if version:
        return None
    file = f"--shipped {registry}" if registry in SHIPPED_REGISTRIES else f"{registry}.json"
    return message("first_import_areas", file=file)


def _round(service: Reporting, stream: UUID) -> str:
    """The same file is another command once the stream moved, or once what it proposed was not confirmed in time."""
    closed = sum(
        proposal.stream == stream and proposal.state != "open" for proposal in service.definitions.proposals()
    )
    version = service.ledger.stream_version(stream)
    return f"{version}/{closed}" if closed else str(version)
