"""Where a series breaks, why, and what bridges it."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from reporting.errors import ReportingError
from reporting.lineage.graph import Lineage
from reporting.series.declared import Cause, DeclaredBreak, ItemVersion
from reporting.series.messages import message
from reporting.series.model import Observation, SeriesKey
from reporting.series.previous import previous_parts
from reporting.words import Words

REDRAWN = {"redistricted": Cause.REDISTRICTING}
"""Kinds of change that have a cause of their own."""


@dataclass(frozen=True, slots=True)
class Break:
    """Between two observations of one series. `before`, `after`: election codes; `date`: of the change itself (None:
    not known); `bridge`: `""` where nothing bridges it; `change`: id of the area change, declaration or version."""

    key: SeriesKey
    cause: Cause
    date: date | None
    before: str
    after: str
    change: str
    ja: str
    en: str
    bridge: str
    source: str


def find_breaks(
    observations: Iterable[Observation],
    lineage: Lineage | None = None,
    declared: Iterable[DeclaredBreak] = (),
    versions: Mapping[tuple[str, int], ItemVersion] | None = None,
) -> tuple[Break, ...]:
    """All breaks of all series, by series and date. As-reported series break where land moved; re-based ones where
    one side is an estimate (shares) and the other is not."""
    series: dict[SeriesKey, list[Observation]] = defaultdict(list)
    for observation in observations:
        series[observation.key].append(observation)
    declared = tuple(declared)
    breaks: list[Break] = []
    for key, members in series.items():
        members.sort(key=lambda member: (member.day, member.election))
        concerned = [declaration for declaration in declared if declaration.concerns(key)]
        for before, after in itertools.pairwise(members):
            breaks += _area_breaks(key, before, after, lineage)
            breaks += _version_breaks(key, before, after, versions or {})
            breaks += (
                _break(
                    key,
                    declaration.cause,
                    declaration.date,
                    before,
                    after,
                    declaration.id,
                    declaration.ja,
                    declaration.en,
                    declaration.bridge,
                    declaration.origin,
                )
                for declaration in concerned
                if before.day < declaration.date <= after.day
            )
    return tuple(breaks)


def area_breaks(after: Observation, day: date, before: str, lineage: Lineage | None) -> tuple[Break, ...]:
    """Where land moved into or out of an area, as reported, that had no figure of its own at the elections `before` (code, or
    several with ; between them), the first of them on `day`: it was made, or came under another code, since."""
    if lineage is None or after.area not in lineage or after.boundaries is not None:
        return ()
    bridged = all(
        share.weight is not None for share in previous_parts(after.area, after.day, day, lineage).values()
    )
    return tuple(
        Break(
            after.key,
            REDRAWN.get(change.kind, Cause.AREA),
            change.date,
            before,
            after.election,
            change.id,
            f"{change.kind}: {change.source}",
            f"{change.kind}: {change.source}",
            f"boundaries={after.day}" if bridged else "",
            change.source,
        )
        for change in lineage.changes(after.area, day, after.day)
    )


def _area_breaks(
    key: SeriesKey, before: Observation, after: Observation, lineage: Lineage | None
) -> Iterator[Break]:
    if after.boundaries is not None:
        if (before.method == "") != (after.method == ""):
            estimate = before if before.method else after
            yield _break(
                key,
                Cause.AREA,
                None,
                before,
                after,
                f"boundaries-{after.boundaries}",
                *message.words("one_side_is_estimated_with_shares"),
                estimate.method,
                estimate.source,
            )
        return
    if lineage is None or key.area not in lineage:
        return
    changes = lineage.changes(key.area, before.day, after.day)
    bridge = _bridge(lineage, before, after) if changes else ""
    for change in changes:
        label = f"{change.kind}: {change.source}"
        yield _break(
            key,
            REDRAWN.get(change.kind, Cause.AREA),
            change.date,
            before,
            after,
            change.id,
            label,
            label,
            bridge,
            change.source,
        )


def _bridge(lineage: Lineage, before: Observation, after: Observation) -> str:
    """How the earlier figure gets onto the later boundaries."""
    try:
        shares = lineage.shares(before.area, before.day, after.day)
    except ReportingError:
        return ""
    if not shares or any(share.weight is None for share in shares.values()):
        return ""
    methods = "; ".join(dict.fromkeys(share.method for share in shares.values() if share.method))
    return f"boundaries={after.day}" + (f" ({methods})" if methods else "")


def _version_breaks(
    key: SeriesKey,
    before: Observation,
    after: Observation,
    versions: Mapping[tuple[str, int], ItemVersion],
) -> Iterator[Break]:
    """One for each item the value rests on: its own, and those a rate is made of."""
    for item, new in after.versions.items():
        old = before.versions.get(item, new)
        if old == new:
            continue
        version = versions.get((item, new))
        text = f"{item} {old} → {new}"
        yield _break(
            key,
            Cause.ITEM_DEFINITION,
            None,
            before,
            after,
            f"{item}-{new}",
            *(Words(version.ja, version.en) if version else message.words("definition_of", change=text)),
            bridge_between(item, old, new, versions),
            version.source if version else "",
        )


def bridge_between(item: str, old: int, new: int, versions: Mapping[tuple[str, int], ItemVersion]) -> str:
    """Each version's bridge leads to the one before it, so several make a chain; empty where a link is missing."""
    steps = [versions.get((item, version)) for version in range(old + 1, new + 1)]
    if new < old or any(step is None or not step.bridge for step in steps):
        return ""
    return "; ".join(step.bridge for step in steps if step is not None)


def _break(
    key: SeriesKey,
    cause: Cause,
    day: date | None,
    before: Observation,
    after: Observation,
    change: str,
    ja: str,
    en: str,
    bridge: str,
    source: str,
) -> Break:
    return Break(key, cause, day, before.election, after.election, change, ja, en, bridge, source)
