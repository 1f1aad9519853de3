"""The publication clock: at its time a slot goes out with what is approved, whoever else is still correcting."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from uuid import uuid5

from reporting.application.acting import require_company
from reporting.application.authority import authorise
from reporting.application.commands import OtherCellsMoved
from reporting.application.desk import Desk
from reporting.application.desk_commands import ReleaseSlot
from reporting.application.once import once
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Channel, Role
from reporting.domain.election import ElectionDefinition
from reporting.domain.released import (
    LOTS,
    ChangeKind,
    kinds_in,
)
from reporting.domain.units import Roster
from reporting.domain.workflow_events import (
    FiguresReleased,
    SlotCommandTaken,
    SlotReleased,
)
from reporting.errors import InvalidInput, ReportingError, UnknownReference
from reporting.ledger import (
    Command,
    NewEvent,
    Recorded,
    Stands,
    command_stream,
    released_stream,
    slot_stream,
)
from reporting.ledger.registry import canonical
from reporting.publication.disclosure import DisclosureUnexplained
from reporting.publication.messages import message
from reporting.publication.package import AS_RELEASED, LAYOUT, WHOLE, Package, build
from reporting.publication.planned import (
    Release,
    ReleasePlan,
    clocked_at,
    completeness_of,
    release_of,
)
from reporting.publication.planning import Planning, last_release
from reporting.publication.public import PublicFigures
from reporting.rules.disclosure import Disclosure

CLOCK = Actor("publication clock", message("publication_clock"), Role.SYSTEM, "*")


class PackageDiffers(ReportingError):
    """facts: `release`, `published`, `made` (SHA-256 of manifests). The ledger no longer says what was published."""

    code = "package_differs"
    template_ja = "公表 {release} を再現した結果が公表時（{published}）と異なります（{made}）。記録の検証を行ってください。"
    template_en = "Release {release} comes out as {made}, published was {published}. Verify the ledger."


class ReleasedElsewhere(ReportingError):
    """facts: `release`, `log`. Another log of the installation published it. Its files name that log's positions, and are made from that
    log alone."""

    code = "released_elsewhere"
    template_ja = (
        "公表 {release} は台帳 {log} で行われました。署名付きのファイルは、台帳 {log} のサーバーが渡します。"
    )
    template_en = (
        "Release {release} was made in the ledger {log}. The server of {log} gives its signed files."
    )


class ReleaseMoved(OtherCellsMoved):
    """facts: `expected`, `now` (fingerprints). The release would not hold what whoever asks for it has seen."""

    code = "release_moved"
    template_ja = (
        "公表する内容が、確認した時点から変わっています。もう一度内容を確認してから公表してください。"
    )
    template_en = "What would be released has changed since you looked. Look again before you release it."


class NotForThePublic(ReportingError):
    """facts: `form`, `slot`. The definition has the slot collected and not published."""

    code = "not_for_the_public"
    template_ja = "{form}/{slot} は公表しない時点です（選挙の定義の public = false）。公表するときは、先に定義を改めてください。"
    template_en = "{form}/{slot} is collected and not published (`public = false` in the definition). Change the definition first."


@dataclass(frozen=True, slots=True)
class ReleasedContents:
    """A release as it went out: its event (of `position`, written at `recorded_at`), its signed package, and the definition and
    areas that stood then."""

    definition: ElectionDefinition
    roster: Roster
    head: SlotReleased
    position: int
    recorded_at: datetime
    package: Package


class Publication:
    """Any number of processes may run the clock: a release's number makes it happen once."""

    def __init__(self, reporting: Reporting, desk: Desk) -> None:
        self._reporting = reporting
        self._public = PublicFigures(reporting.ledger)
        self._planning = Planning(reporting, desk, self._public)
        self._held: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def due(self, election: str, now: datetime) -> Iterator[tuple[str, str]]:
        """(form, slot) that goes out by the clock: its time has come, it waits for nothing but its units' certification, or
        it was released before, by whomever. After its first release a slot follows its corrections; one that is not public does
        neither."""
        definition = self._reporting.catalog.election(election).definition
        if definition.workflow is None:
            return
        for form in definition.forms:
            for slot in form.slots:
                at = clocked_at(definition, slot)
                timed = at is not None and at <= now
                if slot.public and (timed or self._planning.released(election, form.code, slot.code)):
                    yield form.code, slot.code

    def certified_needed(self, election: str, form: str, slot: str) -> int:
        """So many units have to be certified before it is worth asking whether the slot can go out: 0 for one that does not
        wait for that, or is out. Cheap; `release` looks at the log itself."""
        asked = self._reporting.catalog.election(election)
        if asked.form(form, slot).slot(slot).publish is None or self._planning.released(election, form, slot):
            return 0
        return sum(bool(asked.roster.chains[unit]) for unit in asked.waited_for(form, slot))

    def tick(self, election: str, now: datetime) -> list[Release]:
        """Release whatever is due; nothing where nothing changed."""
        done = (self.release(election, form, slot, now, CLOCK) for form, slot in self.due(election, now))
        return [release for release in done if release is not None]

    def release(
        self,
        election: str,
        form: str,
        slot: str,
        now: datetime,
        actor: Actor,
        asked: ReleaseSlot | None = None,
    ) -> Release | None:
        """Release a slot by the clock, or as an office `asked`; None when it would change nothing. Appended only while definition
        and areas are those it was made by, for its files are made again by what stood at its position: an office's is decided
        anew, the clock looks again (VersionConflict). InvalidInput before its time; CommandIdReused. An office releases what
        lies below it whole: a prefecture its governor's election, not a national one. Asked again, the first answer is given
        again, "nothing new" included."""
        stands = self._require_may(election, form, slot, actor)
        ledger = self._reporting.ledger
        if asked is None:
            if not (events := self._events(election, form, slot, now, actor, None)):
                return None
            done = ledger.append(replace(_by_the_clock(events, actor), stands=stands))
        else:
            command = Command(asked.command_id, asked.body(), actor, Channel.API, (), asked.reason)

            def decide() -> Command:
                stands_now = self._require_may(election, form, slot, actor)
                if events := self._events(election, form, slot, now, actor, asked):
                    return command.deciding(events, stands_now)
                nothing = SlotCommandTaken(
                    kind="ReleaseSlot", election=election, form=form, slot=slot, upto=ledger.position()
                )
                return command.deciding([NewEvent(command_stream(command.command_id), 1, nothing)])

            done = once(ledger, command, decide, ledger.append)
        (first,) = ledger.read(done.first_position - 1, 1)
        return release_of(first.event, done.last_position) if isinstance(first.event, SlotReleased) else None

    def _require_may(self, election: str, form: str, slot: str, actor: Actor) -> tuple[Stands, ...]:
        """What a release decided from now on rests on."""
        defined = self._reporting.catalog.election(election)
        for unit in defined.reporting_units(form, slot) or (None,):
            authorise("release", actor, defined.roster, unit)
        if not defined.form(form, slot).slot(slot).public:
            raise NotForThePublic(form=form, slot=slot)
        return defined.stands

    def plan(self, election: str, form: str, slot: str, without: Collection[str] = ()) -> ReleasePlan:
        """What a release would hold, were it made now, with nothing new of the units `without`. UnknownReference without a
        workflow."""
        return self._planning.plan(election, form, slot, without)

    def disclosures(self, election: str, form: str, slot: str, plan: ReleasePlan) -> list[Disclosure]:
        """Withheld figures that could be computed once this is public. It reads what is public of the units' other forms and
        of the slots beside this one."""
        return self._planning.around(election, form, slot, plan).disclosed(plan.figures)

    def held_back(self, election: str, form: str, slot: str, plan: ReleasePlan) -> tuple[str, ...]:
        """Units of which the clock lets nothing new out: with it a withheld figure could be computed that cannot be
        computed now. An office withholds others with it, or releases by hand and says why."""
        return self._planning.around(election, form, slot, plan).held_back(plan.figures, plan.changed)

    def held_last(self, election: str, form: str, slot: str) -> tuple[str, ...]:
        """Units that the clock held back when it last looked at the slot."""
        return self._held.get((election, form, slot), ())

    def _events(
        self, election: str, form: str, slot: str, now: datetime, actor: Actor, asked: ReleaseSlot | None
    ) -> list[NewEvent]:
        """A release made now: its head, then the figures of each unit that changed; empty when it would change nothing.
        ReleaseMoved when an office `asked` for something else than it would be."""
        defined = self._reporting.catalog.election(election)
        stream = slot_stream(election, form, slot)
        plan = self.plan(election, form, slot)
        if actor == CLOCK:
            held = self.held_back(election, form, slot, plan) if plan.moves else ()
            self._held[election, form, slot] = held
            plan = self.plan(election, form, slot, held) if held else plan
        if plan.number == 1 and now < plan.begins:
            raise InvalidInput(
                field="slot",
                found=f"{form}/{slot}",
                expected=message("or_later", begins=plan.begins.isoformat()),
            )
        if asked is not None and asked.seen not in (None, plan.fingerprint):
            raise ReleaseMoved(expected=asked.seen, now=plan.fingerprint)
        if plan.number > 1 and not plan.moves:
            return []
        if plan.number == 1 and actor == CLOCK and plan.waits_for:
            return []
        if actor.person in plan.sole_eyes.values():
            require_company(self._reporting, actor)
        reasoned = asked is not None and asked.reason is not None
        if actor != CLOCK and not reasoned and (disclosed := self.disclosures(election, form, slot, plan)):
            raise DisclosureUnexplained(disclosed)
        release = str(uuid5(stream, str(plan.number)))
        where = {"election": election, "form": form, "slot": slot}
        last = last_release(self._reporting.ledger, stream, plan.number - 1) if plan.number > 1 else None
        gaps = completeness_of(defined, form, slot, plan)
        head = SlotReleased(
            **where,
            release=release,
            number=plan.number,
            upto=plan.upto,
            due=plan.due,
            approved=plan.approved,
            expected=plan.expected,
            under_correction=plan.under_correction,
            units_changed=len(plan.changed),
            changes=plan.changes,
            corrections=(last.corrections if last else 0)
            + any(change.kind is ChangeKind.CORRECTION for change in plan.changes),
            whole=gaps.whole,
            incomplete=gaps.incomplete,
            single_handed=tuple(sorted(plan.sole_eyes)),
            layout=LAYOUT,
            lots=plan.lots,
            bases=plan.bases,
            lot_notices=last.lot_notices + bool({*LOTS} & {*kinds_in((), plan.lots)}) if last else 0,
        )
        package = build(defined.definition, defined.roster, head, plan.figures, plan.partial)
        head = head.model_copy(update={"package": package.manifest_sha256})
        events = [NewEvent(stream, plan.number, head)]
        for unit, delta in sorted(plan.changed.items()):
            event = FiguresReleased(
                **where,
                unit=unit,
                release=release,
                figures=dict(sorted(delta.items())),
                **asdict(plan.partial.get(unit, WHOLE)),
            )
            events.append(
                NewEvent(released_stream(election, form, slot, unit), plan.versions.get(unit, 0) + 1, event)
            )
        return events

    def package(self, election: str, form: str, slot: str, number: int) -> tuple[SlotReleased, Package]:
        """The very files of a release, made again. UnknownReference; PackageDiffers when they are not what went out;
        ReleasedElsewhere."""
        made = self.contents(election, form, slot, number)
        return made.head, made.package

    def contents(self, election: str, form: str, slot: str, number: int) -> ReleasedContents:
        """The same with what it was made of. UnknownReference, PackageDiffers, ReleasedElsewhere."""
        stream = slot_stream(election, form, slot)
        stored = self._reporting.ledger.stream(stream)
        if not 1 <= number <= len(stored):
            among = [f"{form}/{slot}/{released.stream_version}" for released in stored]
            raise unknown_release(f"{form}/{slot}/{number}", among)
        recorded = stored[number - 1]
        head = recorded.event
        assert isinstance(head, SlotReleased)
        defined = self._reporting.catalog.election_at(election, head.upto)
        public = self._public.of(election, form, slot, list(defined.roster.units), _last_of(recorded, head))
        figures = {unit: there.figures for unit, there in public.items()}
        if head.layout >= AS_RELEASED:
            partial = self._public.rests_on(election, form, slot, public)
        else:
            partial = self._public.said(election, form, slot, dict.fromkeys(figures, head.upto))
        package = build(defined.definition, defined.roster, head, figures, partial)
        if package.manifest_sha256 != head.package:
            if (log := self._reporting.ledger.recorded_in(recorded.position)) is not None:
                raise ReleasedElsewhere(release=head.release, log=log)
            raise PackageDiffers(release=head.release, published=head.package, made=package.manifest_sha256)
        return ReleasedContents(
            defined.definition, defined.roster, head, recorded.position, recorded.recorded_at, package
        )


def unknown_release(asked: str, among: Collection[str] = ()) -> UnknownReference:
    """For `form/slot/number` that was not released; `among`: those that were."""
    return UnknownReference(kind="release", found=asked, among=among)


def _by_the_clock(events: Sequence[NewEvent], actor: Actor) -> Command:
    """However many processes run the clock, a release's number makes it happen once."""
    head = events[0].event
    assert isinstance(head, SlotReleased)
    body = canonical({"kind": "Release", **head.model_dump(include={"election", "form", "slot", "number"})})
    command_id = uuid5(slot_stream(head.election, head.form, head.slot), f"release/{head.number}")
    return Command(command_id, body, actor, Channel.API, tuple(events))


def _last_of(recorded: Recorded, head: SlotReleased) -> int:
    """Position of the last event of a release's command: its head stands first, one event for each changed unit after."""
    return recorded.position + head.units_changed
