"""What a mutation of the desk answers: done, or refused for a named reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

import strawberry
from pydantic import BaseModel

from api.graphql.context import Info
from api.graphql.desk.differences import ReturnLook
from api.graphql.desk.findings import Finding
from api.graphql.desk.public import ReleaseRow
from api.graphql.desk.types import Disclosed
from api.graphql.messages import message
from api.graphql.mutations import (
    AnyCommandRefused,
    CommandIdReused,
    FiguresRefused,
    InvalidRequest,
    NotAuthorised,
    OtherCellsMoved,
    Refusal,
    UnknownReference,
    VersionConflict,
    refusal_of,
    with_elections,
)
from api.graphql.types import described
from reporting.application.acting import Done as DoneRecord
from reporting.application.desk import Desk
from reporting.application.dividing import PartsReported
from reporting.application.findings import RulesRefused as RulesRefusedError
from reporting.application.findings import RulesRefusedTogether
from reporting.application.looks import LookFirst
from reporting.application.merging import MergedReported
from reporting.application.proposals import ProposalClosed
from reporting.application.taken_away import FiguresTakenAway
from reporting.domain.actor import Actor
from reporting.domain.four_eyes import FourEyes as FourEyesError
from reporting.domain.status import NotNow as NotNowError
from reporting.errors import InvalidInput, ReportingError
from reporting.publication.disclosure import DisclosureUnexplained
from reporting.wording import asked_for

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


C = TypeVar("C", bound=BaseModel)
T = TypeVar("T")


@strawberry.type(description="Done, durably. Ask with minPosition = position to read your own write.")
class ReturnDone:
    unit: str = described("code of the reporting unit")
    status: str = described("missing, entered, submitted, sent_back, approved, certified or withdrawn")
    version: int = described("version of the return now")
    position: int = described("ledger position of its last event")
    repeated: bool = described("whether this command had been recorded before")

    @classmethod
    def of(cls, done: DoneRecord) -> ReturnDone:
        return cls(
            unit=done.unit,
            status=done.status.value,
            version=done.version,
            position=done.position,
            repeated=done.repeated,
        )


@strawberry.type(name="DraftSaved", description="The draft is kept.")
class DraftKept:
    unit: str = described("code of the reporting unit")
    version: int = described("version of the draft")


@strawberry.type(description="What is open in one return of a joint correction.")
class ReturnFindings:
    form: str = described("form code")
    slot: str = described("slot code")
    unit: str = described("code of the reporting unit")
    findings: list[Finding] = described("errors nobody declared and warnings nobody explained")


@strawberry.type(description="Rules stand in the way; the draft survives. Correct, declare or explain.")
class RulesRefused(Refusal):
    findings: list[Finding] = described("errors nobody declared and warnings nobody explained")
    returns: list[ReturnFindings] = described("of a joint correction, by return; else empty")


@strawberry.type(description="The same person may not do both.")
class FourEyes(Refusal):
    pass


@strawberry.type(description="The return is not in a state for this.")
class NotNow(Refusal):
    status: str = described("where it stands")
    looks: list[ReturnLook] = described(
        "what has to be looked at, cell by cell, before it is approved; mostly empty"
    )


@strawberry.type(
    description="The division of a unit cannot be made or undone: something was reported, or its proposal is closed."
)
class DivisionRefused(Refusal):
    pass


@strawberry.type(
    description="Withheld figures could be computed from the release. Withhold others with them, or send a `reason`."
)
class Discloses(Refusal):
    disclosures: list[Disclosed] = described("each with the equations that give it")


WhyLeftOut = Annotated[
    RulesRefused
    | FourEyes
    | NotNow
    | VersionConflict
    | FiguresRefused
    | NotAuthorised
    | InvalidRequest
    | CommandIdReused,
    strawberry.union("GreenRefusal", description="Why a return was left out of what was done to the others."),
]


WhyNotReminded = Annotated[
    NotAuthorised | UnknownReference | CommandIdReused,
    strawberry.union("ReminderRefusal", description="Why an office was not asked."),
]


@strawberry.type(description="A return that could not be approved, or made final, with the rest.")
class GreenException:
    unit: str = described("code of the reporting unit")
    reason: WhyLeftOut = described("why")


@strawberry.type(description="A unit whose office was not asked with the rest.")
class ReminderException:
    unit: str = described("code of the reporting unit")
    reason: WhyNotReminded = described("why")


@strawberry.type(description="What a bulk approval did: exceptions first.")
class GreenDone:
    exceptions: list[GreenException] = described("returns to look at by hand")
    approved: list[ReturnDone] = described("approved now")


@strawberry.type(description="What a bulk certification did: exceptions first.")
class CertifiedGreen:
    exceptions: list[GreenException] = described(
        "returns that are not final: not approved by all levels, not whole, one's own work, or something the rules find now"
    )
    certified: list[ReturnDone] = described("final now")


@strawberry.type(description="A slot went public, or there was nothing new to publish.")
class SlotReleasedDone:
    release: ReleaseRow | None = described("the release; null when nothing changed since the one before")


@strawberry.type(description="Whom a bulk reminder reached: exceptions first.")
class RemindedAll:
    exceptions: list[ReminderException] = described("units of which nobody was asked")
    reminded: list[str] = described("codes of the units whose office was asked")


RemindAllOutcome = Annotated[
    RemindedAll | AnyCommandRefused,
    strawberry.union("RemindAllOutcome", description="A bulk reminder, or why there was none."),
]
Outcome = Annotated[
    ReturnDone
    | FiguresRefused
    | RulesRefused
    | FourEyes
    | NotNow
    | VersionConflict
    | OtherCellsMoved
    | AnyCommandRefused,
    strawberry.union("ReturnOutcome", description="Done, or refused for a named reason."),
]
DraftOutcome = Annotated[
    DraftKept | FiguresRefused | FourEyes | VersionConflict | AnyCommandRefused,
    strawberry.union("DraftOutcome", description="Kept, or refused for a named reason."),
]
GreenOutcome = Annotated[
    GreenDone | AnyCommandRefused,
    strawberry.union("GreenOutcome", description="A bulk approval, or why there was none."),
]
CertifyGreenOutcome = Annotated[
    CertifiedGreen | AnyCommandRefused,
    strawberry.union("CertifyGreenOutcome", description="A bulk certification, or why there was none."),
]
ReleaseOutcome = Annotated[
    SlotReleasedDone | Discloses | VersionConflict | OtherCellsMoved | AnyCommandRefused,
    strawberry.union("ReleaseOutcome", description="A release, or why there was none."),
]


def refusal(error: ReportingError) -> Refusal:
    match error:
        case RulesRefusedError(findings=findings):
            together = error.returns if isinstance(error, RulesRefusedTogether) else ()
            returns = [
                ReturnFindings(
                    form=return_.place.form, slot=return_.place.slot, unit=return_.place.unit,
                    findings=[Finding.of(finding) for finding in return_.findings],
                )
                for return_ in together
            ]  # fmt: skip
            return RulesRefused.of(
                error, findings=[Finding.of(finding) for finding in findings], returns=returns
            )
        case DisclosureUnexplained(disclosures=disclosed):
            return Discloses.of(error, disclosures=[Disclosed.of(cell) for cell in disclosed])
        case FourEyesError():
            return FourEyes.of(error)
        case NotNowError():
            looks = error.looks if isinstance(error, LookFirst) else ()
            return NotNow.of(
                error, status=str(error.facts["status"]), looks=[ReturnLook.of(look) for look in looks]
            )
        case PartsReported() | MergedReported() | ProposalClosed() | FiguresTakenAway():
            return DivisionRefused.of(error)
    return refusal_of(error)


def _by_key(values: dict[str, Any]) -> None:
    """Lists of an input that its command holds by key."""
    for name, part in (("explanations", "text"), ("declarations", "reason_class")):
        if name in values:
            values[name] = once(name, ((entry["key"], entry[part]) for entry in values[name]))
    if "divisions" in values:
        values["divisions"] = once(
            "divisions",
            (
                (
                    value.pop("contest"),
                    {**value, "own": once("own", ((own["choice"], own["votes"]) for own in value["own"]))},
                )
                for value in values["divisions"]
            ),
        )


K = TypeVar("K")
V = TypeVar("V")


def once(field: str, pairs: Iterable[tuple[K, V]]) -> dict[K, V]:
    """What an input lists by key; InvalidInput for a key that stands there twice: nobody can say which is meant."""
    by_key: dict[K, V] = {}
    for key, value in pairs:
        if key in by_key:
            raise InvalidInput(field=field, found=key, expected=message("each_once"))
        by_key[key] = value
    return by_key


def request_of(kind: type[C], given: DataclassInstance) -> C:
    """The command of an input; InvalidInput naming the first field at fault."""
    values: dict[str, Any] = {
        key: value for key, value in strawberry.asdict(given).items() if value is not None
    }
    for part in (values, *values.get("returns", ())):
        _by_key(part)
    return asked_for(kind, values)


def run(info: Info, kind: type[C], given: DataclassInstance, do: Callable[[Desk, C, Actor], T]) -> T:
    """What `do` gives; a refusal is one of the same union, as the schema's test proves."""
    try:
        actor = info.context.require_actor()
        return do(info.context.desk, request_of(kind, given), actor)
    except ReportingError as error:
        return cast("T", refusal(with_elections(info, error)))
