"""What an election asks of its returns before they count: rules in force, and who looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from reporting.domain.labels import Code, Definition, Label
from reporting.domain.messages import message


class RuleUse(Definition):
    """A rule of the catalogue in force for this election. `settings`: its parameters, as text."""

    code: Code
    severity: Literal["error", "warning"] | None = Field(None, description="instead of the catalogue's")
    settings: dict[Code, str] = Field(default_factory=dict)


class RuleLeftOut(Definition):
    """A rule that the forms' items permit and that is not in force all the same, with the reason."""

    code: Code
    reason: Label


class Workflow(Definition):
    """Who looks at a return before it counts as approved: levels of `geography`, from the unit up. A unit without an
    area at a level passes it by. What is approved at `publish_at_level` may be released; `certify_at_level` ends it;
    a unit without an office there is released and certified by the last it has."""

    geography: Code
    levels: tuple[Code, ...] = Field(min_length=1)
    publish_at_level: Code
    certify_at_level: Code
    self_managed: tuple[Code, ...] = Field(
        (),
        description="levels (of `levels`) whose units manage the election themselves: nobody above approves, another "
        "person of the unit's own office does",
    )

    @model_validator(mode="after")
    def _levels_are_of_the_chain(self) -> Self:
        if not {self.publish_at_level, self.certify_at_level} <= set(self.levels):
            raise ValueError(message("a_publish_at_level_and_certify"))
        if not set(self.self_managed) <= set(self.levels):
            raise ValueError(message("a_self_managed_that_is_among"))
        return self

    def chain(self, unit: str, path: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """(level, area) of every office that looks at a unit's returns, lowest first. `path`: (level, area) of the unit
        itself, if it is an area of `geography`, and of everything above it there, from below."""
        itself = bool(path) and path[0][1] == unit
        if itself and path[0][0] in self.self_managed:
            return (path[0],)
        above = dict(path[1:] if itself else path)
        return tuple((level, above[level]) for level in self.levels if level in above)

    def publishing(self, levels: Sequence[str]) -> str | None:
        """Of a unit's chain, the level whose approval makes its figures ready for release."""
        return self.publish_at_level if self.publish_at_level in levels else next(reversed(levels), None)

    def certifying(self, levels: Sequence[str]) -> int:
        """The place in a unit's chain from which on it may be certified."""
        at = self.certify_at_level
        return levels.index(at) if at in levels else len(levels) - 1
