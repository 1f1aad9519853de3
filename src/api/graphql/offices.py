"""Offices and who works for them: to read for those whose office it is, to manage for who may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated

import strawberry

from api.graphql.access import TOKEN, change, readable
from api.graphql.arguments import After, First
from api.graphql.context import Info
from api.graphql.desk.answers import run
from api.graphql.mutations import (
    ONLY_ONCE,
    AnyCommandRefused,
    VersionConflict,
)
from api.graphql.types import Label, PageInfo, Typist, cursor, described, page, parts_of
from reporting.application.authority import allowed, reach_of
from reporting.application.offices import EndMembership, GrantMembership, HandOver, Offices, RegisterOffice
from reporting.application.offices import Membership as MembershipRecord
from reporting.domain.access_events import AccessOpened
from reporting.domain.actor import Actor, Role
from reporting.domain.directory import JAPAN
from reporting.domain.office_events import OfficeRegistered

MAX_OFFICES = 500


@strawberry.type(description="Somebody's time at an office.")
class Membership:
    person: str = described("subject of the identity provider")
    valid_from: date = described("first day")
    valid_to: date | None = described("first day it is over; null: open")
    now: bool = described("whether it holds today (in Japan)")
    position: int = described("ledger position of the grant")
    granted_by: Typist | None = described("who recorded it")
    ended_at: int | None = described("ledger position of what made it shorter; null: nothing did")
    ended_by: Typist | None = described("who recorded that")
    deputy_for: str | None = described("subject of whom they stand in for; null: in their own right")

    @classmethod
    def of(cls, held: MembershipRecord, today: date) -> Membership:
        return cls(
            person=held.subject, valid_from=held.valid_from, valid_to=held.valid_to, now=held.holds(today),
            position=held.granted_at, granted_by=Typist.of(held.granted_by) if held.granted_by else None,
            ended_at=held.ended_at, ended_by=Typist.of(held.ended_by) if held.ended_by else None,
            deputy_for=held.deputy_for,
        )  # fmt: skip


@strawberry.type(description="An office and the area it answers for.")
class Office:
    code: str = described("code it is registered under")
    label: Label = described("name")
    role: str = described("ward, municipality, prefecture, ministry, auditor or analyst")
    jurisdiction: str = described("area whose returns it answers for; * for all")
    mine: bool = described("whether the asking person acts for its area in its role")
    members: list[Membership] | None = described(
        "by first day; null for who neither works for it, nor may manage offices, nor audits all of them"
    )

    @classmethod
    def of(cls, office: OfficeRegistered, actor: Actor, members: list[Membership]) -> Office:
        return cls(
            code=office.office, label=Label(ja=office.label_ja, en=office.label_en), role=office.role,
            jurisdiction=office.jurisdiction, mine=mine(office, actor), members=members if sees(office, actor) else None,
        )  # fmt: skip


@strawberry.type(description="Offices by code.")
class OfficeConnection:
    nodes: list[Office] = described("this page")
    page_info: PageInfo = described("how to go on")


@strawberry.type(description="Done, durably.")
class OfficeDone:
    position: int = described("ledger position of this command's event")


OfficeOutcome = Annotated[
    OfficeDone | VersionConflict | AnyCommandRefused,
    strawberry.union("OfficeOutcome", description="Recorded, or refused for a named reason."),
]


@strawberry.input(description="An office; one of the same code is restated.")
class RegisterOfficeInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    office: str = described("code")
    label: str = described("name")
    role: str = described("ward, municipality, prefecture, ministry, auditor or analyst")
    jurisdiction: str = described("code of the area it answers for, or *")


@strawberry.input(description="Somebody begins to work for an office.")
class GrantMembershipInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    office: str = described("code of the office")
    subject: str = described("subject of the identity provider")
    valid_from: date = described("first day")
    valid_to: date | None = strawberry.field(default=None, description="first day it is over; none: open")
    deputy_for: str | None = strawberry.field(
        default=None,
        description="subject of whom they stand in for, who works for the office on all those days; a deputy has an end",
    )


@strawberry.input(description="A day on which people leave an office and others come; all of it or nothing.")
class HandOverInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    office: str = described("code of the office")
    day: date = described("first day for those who come, and first day over for those who leave")
    leaving: list[str] = strawberry.field(default_factory=list, description="subjects who leave, at most 100")
    coming: list[str] = strawberry.field(default_factory=list, description="subjects who come, at most 100")
    valid_to: date | None = strawberry.field(
        default=None, description="first day it is over for those who come; none: open"
    )


@strawberry.input(description="Somebody does not work for an office any more.")
class EndMembershipInput:
    command_id: strawberry.ID = described(ONLY_ONCE)
    office: str = described("code of the office")
    subject: str = described("subject of the identity provider")
    valid_to: date = described("first day it is over")


def manages(actor: Actor) -> bool:
    return allowed("manage_offices", actor, reach_of(actor, None, None))


def oversees(actor: Actor) -> bool:
    """Whether every office's people are somebody's business: who registers them, and the auditors of everything."""
    return manages(actor) or (actor.role is Role.AUDITOR and actor.jurisdiction == "*")


def mine(office: OfficeRegistered | AccessOpened, actor: Actor) -> bool:
    """Whether somebody acts in its role and for its area."""
    return (office.role, office.jurisdiction) == (actor.role.value, actor.jurisdiction)


def sees(office: OfficeRegistered, actor: Actor) -> bool:
    """Who works where is nobody else's business than the office's, its registrars' and the auditors' of everything."""
    return mine(office, actor) or oversees(actor)


@strawberry.type(description="Who works where.")
class OfficeQueries:
    @readable(TOKEN, "offices that are registered, by code; each with its people for who may know them")
    def offices(
        self,
        info: Info,
        code: Annotated[str | None, strawberry.argument(description="only this office")] = None,
        containing: Annotated[
            str | None, strawberry.argument(description="only those whose code, name or area holds this text")
        ] = None,
        first: First = 100,
        after: After = None,
    ) -> OfficeConnection:
        actor, wanted = info.context.require_actor(), page(first, MAX_OFFICES)
        registrar = Offices(info.context.service)
        start = parts_of(after, str)
        listed = [
            office
            for key, office in sorted(registrar.directory().offices.items())
            if code in (None, key)
            and (start is None or key > start[0])
            and (containing is None or _holds(office, containing))
        ]
        shown = listed[:wanted]
        held = registrar.memberships() if any(sees(office, actor) for office in shown) else {}
        today = info.context.now().astimezone(JAPAN).date()
        nodes = [
            Office.of(office, actor, [Membership.of(span, today) for span in held.get(office.office, ())])
            for office in shown
        ]
        info_of_page = PageInfo.of(listed, wanted, lambda office: cursor(office.office))
        return OfficeConnection(nodes=nodes, page_info=info_of_page)

    @readable(TOKEN, "whether one may register offices and who works for them")
    def may_manage_offices(self, info: Info) -> bool:
        return manages(info.context.require_actor())


def _holds(office: OfficeRegistered, wanted: str) -> bool:
    told = (office.office, office.label_ja, office.label_en or "", office.jurisdiction)
    return any(wanted.casefold() in name.casefold() for name in told)


def _done(do: Callable[[], int]) -> OfficeDone:
    return OfficeDone(position=do())


@strawberry.type(description="Offices and their people.")
class OfficeMutations:
    @change("register an office, or restate it")
    def register_office(
        self, info: Info, input: Annotated[RegisterOfficeInput, strawberry.argument(description="the office")]
    ) -> OfficeOutcome:
        return run(
            info, RegisterOffice, input,
            lambda desk, request, actor: _done(lambda: Offices(info.context.service).register(
                request.command_id, request.office, request.label, Role(request.role), request.jurisdiction, actor
            )),
        )  # fmt: skip

    @change("let somebody work for an office from a day on; sessions follow within seconds")
    def grant_membership(
        self,
        info: Info,
        input: Annotated[GrantMembershipInput, strawberry.argument(description="who, where, when")],
    ) -> OfficeOutcome:
        return run(
            info, GrantMembership, input,
            lambda desk, request, actor: _done(lambda: Offices(info.context.service).grant(
                request.command_id, request.office, request.subject, request.valid_from, request.valid_to, actor,
                request.deputy_for,
            )),
        )  # fmt: skip

    @change("end somebody's work for an office; a session that stands on it is over within seconds")
    def end_membership(
        self,
        info: Info,
        input: Annotated[EndMembershipInput, strawberry.argument(description="who, where, when")],
    ) -> OfficeOutcome:
        return run(
            info, EndMembership, input,
            lambda desk, request, actor: _done(lambda: Offices(info.context.service).end(
                request.command_id, request.office, request.subject, request.valid_to, actor
            )),
        )  # fmt: skip

    @change("hand an office over on a day: who leaves, who comes, all of it or nothing")
    def hand_over_office(
        self,
        info: Info,
        input: Annotated[HandOverInput, strawberry.argument(description="which, when, who")],
    ) -> OfficeOutcome:
        return run(
            info, HandOver, input,
            lambda desk, request, actor: _done(lambda: Offices(info.context.service).hand_over(request, actor)),
        )  # fmt: skip
