"""What is asked of the register of incidents, and why it is refused there."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from reporting.application.commands import Request, Text, WordedIfAny
from reporting.application.messages import message
from reporting.domain.four_eyes import FourEyes
from reporting.domain.incident_events import IncidentFacts
from reporting.domain.incident_words import IncidentWords
from reporting.domain.incidents import IncidentState
from reporting.domain.labels import Code
from reporting.errors import ReportingError

PersonalWord = Annotated[str, StringConstraints(min_length=1, max_length=100)]
OptionalText = Annotated[str, StringConstraints(max_length=2_000), WordedIfAny]
STATES = message.table("incident_state")
"""By value of an IncidentState."""
WAITS = message.table("incident_wait")
"""Why nothing is done to a case now."""


class OfUnit(Request):
    """`command_id` makes sending again safe."""

    command_id: UUID
    election: Code
    unit: Code


class RecordIncident(OfUnit):
    """`account`: what happened; `measure`, `prevention`: what was done at once, and so that it does not happen again; empty while
    nobody knows. `personal`: words in them by which a person could be known: no public extract holds them."""

    facts: IncidentFacts
    account: Text
    measure: OptionalText = ""
    prevention: OptionalText = ""
    personal: tuple[PersonalWord, ...] = Field((), max_length=50)

    def words(self) -> IncidentWords:
        return IncidentWords(
            _kept(self.account), _kept(self.measure), _kept(self.prevention), personal=self.personal
        )


class CorrectIncident(RecordIncident):
    """Takes the place of what stood at position `seen`, whole. `withdrawn`: it turned out to be no case."""

    number: int = Field(ge=1)
    seen: int = Field(ge=1)
    reason_class: Code
    reason: Text
    withdrawn: bool = False

    def words(self) -> IncidentWords:
        return replace(super().words(), correction=_kept(self.reason))


def _kept(text: str) -> str:
    """Without the blanks around it, as it is read back."""
    return text.replace("\r\n", "\n").strip()


class ReviewIncident(OfUnit):
    """One level's word on the version of position `seen`; sent back: with `reason_class` and `reason`. `level`: of an office that
    reaches everywhere; none: whose turn it is."""

    number: int = Field(ge=1)
    seen: int = Field(ge=1)
    accepted: bool
    level: Code | None = None
    reason_class: Code | None = None
    reason: Text | None = None


class ReleaseIncident(OfUnit):
    """The version of position `seen` becomes public, without persons."""

    number: int = Field(ge=1)
    seen: int = Field(ge=1)


class OwnIncident(FourEyes):
    """facts: `person`. Nobody reviews or releases a case that they told, nor reviews it twice."""

    template_ja = "{person} はこの事案を記録・訂正したか、別の段階で確認した本人です。確認・公表は別の人が行ってください。"
    template_en = "{person} told or corrected this case, or reviewed it at another level. Ask someone else to review or release it."


class IncidentNotNow(ReportingError):
    """facts: `state`, `detail_ja`, `detail_en`."""

    code = "incident_not_now"
    template_ja = "この事案は「{state_ja}」の状態です。{detail_ja}"
    template_en = "This case is {state_en}. {detail_en}"

    def __init__(self, state: IncidentState, detail: str, **facts: str) -> None:
        """`detail`: key of WAITS."""
        told, wait = STATES[state.value], WAITS[detail]
        super().__init__(
            state=state.value, state_ja=told.ja, state_en=told.en,
            detail_ja=wait.ja.format_map(facts), detail_en=wait.en.format_map(facts),
        )  # fmt: skip
