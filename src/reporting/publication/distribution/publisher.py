"""Who publishes, and under which licence: what an installation says of itself, and what is said where it says nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reporting.domain.election import ElectionDefinition
from reporting.domain.units import Roster
from reporting.errors import InvalidInput
from reporting.publication.distribution.facts import Licence, Publisher
from reporting.publication.distribution.messages import message
from reporting.words import Words

LICENCES: Mapping[str, Licence] = {
    licence.code: licence
    for licence in (
        Licence("CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/", message.words("cc_by")),
        Licence(
            "PDL-1.0",
            "https://www.digital.go.jp/resources/open_data/public_data_license_v1.0",
            message.words("public_data_license"),
        ),
    )
}
"""By code. The first is the default: the public data licence of the Japanese government says that it may be used like it."""


@dataclass(frozen=True, slots=True)
class PublisherChoice:
    """`name` None: named after the area of the election. `licence`: a key of LICENCES."""

    name: Words | None = None
    licence: str = "CC-BY-4.0"

    def of(self, definition: ElectionDefinition, roster: Roster) -> Publisher:
        """InvalidInput for a licence that there is not."""
        if self.licence not in LICENCES:
            raise InvalidInput.at("licence", self.licence, ", ".join(LICENCES))
        return Publisher(self.name or _of_the_area(definition, roster), LICENCES[self.licence])


UNNAMED = PublisherChoice()
"""Of an installation that says nothing."""


def _of_the_area(definition: ElectionDefinition, roster: Roster) -> Words:
    name = area_of_all(definition, roster)[1]
    return message.words("election_administration", name_ja=name.ja, name_en=name.en)


def area_of_all(definition: ElectionDefinition, roster: Roster) -> tuple[str, Words]:
    """Code and name of the top of the geography that offices stand in; of the election itself where several areas stand there."""
    geography = definition.units.geography if definition.workflow is None else definition.workflow.geography
    tops = [node for (where, _), node in roster.nodes.items() if where == geography and node.parent is None]
    if len(tops) != 1:
        return definition.code, definition.label.words
    return tops[0].code, Words(tops[0].name, tops[0].name_en or tops[0].name)
