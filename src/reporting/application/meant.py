"""What a definition can be read to say and nobody can have meant, whether copied from an earlier one or pasted from a sheet."""

from __future__ import annotations

from collections.abc import Mapping

from reporting.application.seen_names import require_seen_names
from reporting.application.slot_times import require_times
from reporting.application.whole import require_levels
from reporting.domain.areas import GeographyRecord
from reporting.domain.election import ElectionDefinition


def require_meant(
    definition: ElectionDefinition,
    before: ElectionDefinition | None,
    geographies: Mapping[str, GeographyRecord],
) -> None:
    """InvalidInput for times, levels and names that cannot be meant. `before`: what stands already is not asked again."""
    require_times(definition, before)
    require_levels(definition, before, geographies)
    require_seen_names(definition, before)
