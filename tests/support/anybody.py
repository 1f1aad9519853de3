"""Commands by anybody on the tiny country's night, as rules of a state machine: any of them at any time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import uuid4

import night
import tiny
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from night import CITY, NATION, PREFECTURE, PREFECTURE_2, TOWN, WARD, WARD_2

from reporting.application import desk_commands as desks
from reporting.application.commands import CellInput, CorrectFigures, EnterFigures
from reporting.application.desk import Desk
from reporting.application.figures import FigureDoor
from reporting.application.opened import OpenReturn
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.domain.actor import Actor, Role
from reporting.domain.figures import format_value, parse_value
from reporting.errors import ReportingError
from reporting.publication.release import Publication

LATE = datetime.fromisoformat(night.ELEVEN) + timedelta(hours=1)
UNITS = ("11", "20")
BOTH_HATS = Actor(WARD.person, "市選管", Role.MUNICIPALITY, "10")
"""The ward's clerk is also on the city's list: two offices, still one pair of eyes."""
LENT = Actor(CITY.person, "県選管", Role.PREFECTURE, "P1")
"""The city's clerk is lent to the prefecture."""
ACTORS = (
    WARD, WARD_2, BOTH_HATS, LENT, CITY, TOWN, PREFECTURE, PREFECTURE_2, NATION,
    night.OTHER_WARD, tiny.AUDITOR, tiny.SYSTEM,
)  # fmt: skip
DEPUTY = Actor("代理", "町選管", Role.MUNICIPALITY, "20")
HOME = {"11": (WARD, WARD_2), "20": (TOWN, DEPUTY)}
CHANGES: tuple[dict[str, Any], ...] = (
    {},
    night.BALANCED,
    night.BALANCED,
    {"votes_a": 59, "votes_b": 39},
    {"invalid_votes": 5},
    {"ballots_counted": 118, "valid_votes": 116, "votes_a": 78},
    {"ballots_not_deposited": -18},
    {"voters": 250},
    {"voters": 100, "invalid_votes": 2},
    {"votes_b": "!not_reported"},
)
KEYS = ("pr|votes||a", "pr|voters||", "pr|invalid_votes||")
unit_ = st.sampled_from(UNITS)
anyone = st.sampled_from(ACTORS)
changes_ = st.sampled_from(CHANGES)
likely = st.integers(0, 3)
"""0: anybody at all; else somebody who may."""


class Commands(RuleBasedStateMachine):
    """`model`: unit → cell → text, from what was asked and answered alone. `above`: who looks at a unit's returns, or tries
    to; `officers`: one person for each level; `correctors`: offices that may touch what is certified."""

    flow: ClassVar[dict[str, Any] | None] = None
    above: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (CITY, BOTH_HATS, PREFECTURE, LENT, PREFECTURE_2, NATION),
        "20": (PREFECTURE, PREFECTURE_2, NATION, LENT),
    }
    officers: ClassVar[dict[str, Actor]] = {"city": CITY, "prefecture": PREFECTURE, "nation": NATION}
    publishing: ClassVar[dict[str, str]] = {"11": "prefecture", "20": "prefecture"}
    certifiers: ClassVar[dict[str, Actor]] = {"11": NATION, "20": NATION}
    correctors: ClassVar[dict[str, tuple[Actor, ...]]] = {
        "11": (PREFECTURE, NATION, tiny.SYSTEM),
        "20": (PREFECTURE, NATION, tiny.SYSTEM),
    }

    database: ClassVar[Database]
    service: ClassVar[Reporting]
    runs: ClassVar[int] = 0
    reached: ClassVar[dict[str, int]] = defaultdict(int)

    @initialize()
    def define(self) -> None:
        type(self).runs += 1
        self.code = f"{type(self).__name__.lower()}-{self.runs}"
        changes = {} if self.flow is None else {"workflow": self.flow}
        self.service.define_election(night.election(code=self.code, **changes), tiny.SYSTEM, uuid4())
        self.desk = Desk(self.service)
        self.clock = Publication(self.service, self.desk)
        self.model: dict[str, dict[str, str]] = {unit: {} for unit in UNITS}
        self.drafts: dict[str, dict[str, str]] = {unit: {} for unit in UNITS}

    def of(self, unit: str) -> dict[str, Any]:
        return {**night.of(unit), "election": self.code}

    def open(self, unit: str) -> OpenReturn:
        return self.desk.returns.open(self.code, "final", "final", unit)

    def attempt(self, what: str, do: Callable[[], object]) -> bool:
        """Whether it was done; any refusal by name is an answer, anything else a fault."""
        try:
            do()
        except ReportingError as refused:
            self.reached[f"{what}: {refused.code}"] += 1
            return False
        self.reached[what] += 1
        return True

    @rule(unit=unit_, steps=st.integers(1, 6), changes=st.sampled_from(CHANGES[:7]))
    def onward(self, unit: str, steps: int, changes: dict[str, Any]) -> None:
        """Some next steps of an orderly night, so that what is far along is met as often as what has just begun."""
        for _ in range(steps):
            one = self.open(unit)
            level = one.case.next_level(one.levels)
            if one.case.submitted_by is None or one.case.sent_back():
                self.submit(unit, HOME[unit][0], changes or night.BALANCED, True, True, 1, 0)
            elif level is not None:
                self.look(unit, level, self.officers[level])
            else:
                self.certify(unit, self.certifiers[unit], 2, None)

    def look(self, unit: str, level: str, actor: Actor) -> bool:
        """Approves by one who has looked at every cell that waits, differences in view."""
        cells = tuple(sorted(self.open(unit).case.waiting_at(level)))
        request = desks.Approve(**self.of(unit), cells=cells)
        return self.attempt("approve", lambda: self.desk.approve(request, actor))

    @rule(unit=unit_, steps=st.integers(1, 9))
    def onward_evenly(self, unit: str, steps: int) -> None:
        self.onward(unit, steps, night.BALANCED)

    @rule(unit=unit_, close=st.booleans(), first=st.booleans())
    def doubt(self, unit: str, close: bool, first: bool) -> None:
        """More ballots than voters, said openly; then somebody settles it, or tries to."""
        if self.open(unit).case.certified:
            self.submit(unit, self.correctors[unit][0], CHANGES[5], True, True, 0, 0)
        else:
            self.submit(unit, HOME[unit][0], CHANGES[5], True, True, 2, 0)
        self.settle(unit, HOME[unit][0 if close and first else 1], close, 0)

    @rule(above=st.booleans())
    def one_pair_of_eyes(self, above: bool) -> None:
        """Who typed it at the ward, or corrected it from above, approves it under another hat."""
        if above:
            self.type_directly("11", CITY, {"votes_a": 58, "votes_b": 40}, False, 0)
        else:
            self.submit("11", WARD, night.BALANCED, True, True, 2, 0)
        self.approve("11", CITY if above else BOTH_HATS, None, 0, 0)

    @rule(unit=unit_)
    def certify_ones_own(self, unit: str) -> None:
        """Who certifies has typed it; others of every office approve."""
        self.submit(unit, self.certifiers[unit], night.BALANCED, True, True, 0, 0)
        for level in self.open(unit).levels:
            by = self.officers[level]
            self.look(unit, level, Actor(f"{level}の次席", by.office, by.role, by.jurisdiction))
        self.certify(unit, self.certifiers[unit], 2, None)

    @rule(unit=unit_, key=st.sampled_from(KEYS), agrees=st.booleans())
    def query(self, unit: str, key: str, agrees: bool) -> None:
        """Sent back from above and answered, or left lying."""
        self.send_back(unit, PREFECTURE, key, 1, 2)
        if agrees:
            self.answer(unit, WARD, key, True, 1)

    @rule(unit=unit_, actor=anyone, changes=changes_, slip=st.sampled_from([0, 0, 0, 0, 1]))
    def draft(self, unit: str, actor: Actor, changes: dict[str, Any], slip: int) -> None:
        if not changes:
            return
        changes = {**changes, "voters": "12人"} if slip else changes
        cells = tuple(c for c in night.cells(**changes))
        if self.attempt(
            "draft", lambda: self.desk.save_draft(desks.SaveDraft(**self.of(unit), cells=cells), actor)
        ):
            self.drafts[unit] |= {c.cell().cell.key: c.value for c in night.cells(**changes)}

    @rule(
        unit=unit_, actor=anyone, changes=changes_, reason=st.booleans(), declare=st.booleans(), way=likely,
        who=st.integers(0, 1),
    )  # fmt: skip
    def submit(
        self,
        unit: str,
        actor: Actor,
        changes: dict[str, Any],
        reason: bool,
        declare: bool,
        way: int,
        who: int,
    ) -> None:
        actor = HOME[unit][who] if way else actor
        given = {
            **self.of(unit),
            "figures": night.cells(**changes),
            "reason": "確認済み" if reason else None,
            # Mostly one who has read the draft; sometimes one who would take along what others left in it.
            "draft_version": self.desk.returns.draft(self.code, "final", "final", unit).version
            if who or way
            else None,
        }
        declarations: dict[str, str] = {}
        if way == 2:  # notices that nothing of the draft would do, and types it again
            self._clear(unit, HOME[unit][who])
        try:
            one = self.open(unit)
            texts = {key: cell.text for key, cell in one.case.cells.items()} | _texts(
                self.drafts[unit], changes
            )
            if declare:
                declarations = {f.key: "recount" for f in self.desk.findings.of(one, texts) if f.waivable}
        except ReportingError:
            return  # what is drafted is no figure
        done = self.attempt(
            "submit", lambda: self.desk.submit(desks.Submit(**given, declarations=declarations), actor)
        )
        if done:
            self.model[unit] |= _texts(self.drafts[unit], changes)
            self.drafts[unit] = {}
        else:
            self._kept(unit, changes)

    def _kept(self, unit: str, changes: dict[str, Any]) -> None:
        """What was refused may stand in the draft now; nothing else may, and nothing of the draft may be gone."""
        before, sent = self.drafts[unit], {c.cell().cell.key: c.value for c in night.cells(**changes)}
        now = dict(self.desk.returns.draft(self.code, "final", "final", unit).cells)
        assert before.keys() <= now.keys()
        assert all(text in (before.get(key), sent.get(key)) for key, text in now.items())
        self.drafts[unit] = now

    @rule(unit=unit_, actor=anyone, changes=changes_, first=st.booleans(), way=likely)
    def type_directly(self, unit: str, actor: Actor, changes: dict[str, Any], first: bool, way: int) -> None:
        if not changes:
            return
        actor = HOME[unit][way - 1] if way in (1, 2) else actor
        where = {**self.of(unit), "expected_version": self.open(unit).case.version}
        figures = night.cells(**changes)
        if first:
            entry = EnterFigures(**where, figures=figures)
            done = self.attempt("enter", lambda: FigureDoor(self.service, self.desk).record(entry, actor))
        else:
            correction = CorrectFigures(**where, figures=figures, reason_class="typing_error", reason="誤り")
            done = self.attempt(
                "correct", lambda: FigureDoor(self.service, self.desk).record(correction, actor)
            )
        if done:
            self.model[unit] |= _texts({}, changes)

    @rule(unit=unit_, actor=anyone, override=st.sampled_from([None, None, None, "一人のため"]), way=likely,
          who=st.integers(0, 4))  # fmt: skip
    def approve(self, unit: str, actor: Actor, override: str | None, way: int, who: int) -> None:
        actor = self.above[unit][who % len(self.above[unit])] if way else actor
        request = desks.Approve(**self.of(unit), override=override)
        self.attempt("approve", lambda: self.desk.approve(request, actor))

    @rule(actor=anyone)
    def approve_green(self, actor: Actor) -> None:
        request = desks.ApproveGreen(
            command_id=uuid4(), election=self.code, form="final", slot="final", units=UNITS
        )
        self.attempt("green", lambda: self.desk.approve_green(request, actor))

    @rule(unit=unit_, actor=anyone, key=st.sampled_from(KEYS), way=likely, who=st.integers(0, 4))
    def send_back(self, unit: str, actor: Actor, key: str, way: int, who: int) -> None:
        actor = self.above[unit][who % len(self.above[unit])] if way else actor
        request = desks.SendBack(**self.of(unit), cells=(key,), reason_class="query", reason="確認")
        self.attempt("send back", lambda: self.desk.send_back(request, actor))

    @rule(unit=unit_, actor=anyone, key=st.sampled_from(KEYS), agrees=st.booleans(), way=likely)
    def answer(self, unit: str, actor: Actor, key: str, agrees: bool, way: int) -> None:
        actor = HOME[unit][0] if way else actor
        request = desks.Answer(**self.of(unit), cells=(key,), agrees=agrees, reason="原票のとおり")
        self.attempt("answer", lambda: self.desk.answer(request, actor))

    @rule(unit=unit_, actor=anyone)
    def declare(self, unit: str, actor: Actor) -> None:
        one = self.open(unit)
        found = [f for f in self.desk.findings.of(one) if f.waivable] if one.case.cells else []
        key = found[0].key if found else "J09|none"
        request = desks.Declare(**self.of(unit), key=key, reason_class="recount", reason="再点検")
        self.attempt("declare", lambda: self.desk.declare(request, actor))

    @rule(unit=unit_, actor=anyone, close=st.booleans(), who=st.integers(0, 3))
    def settle(self, unit: str, actor: Actor, close: bool, who: int) -> None:
        keys = sorted(self.open(unit).case.discrepancies)
        if not keys:
            return
        key = keys[who % len(keys)]
        if close:
            closing = desks.CloseDiscrepancy(**self.of(unit), key=key, reason_class="recount", reason="判明")
            self.attempt("close", lambda: self.desk.close_discrepancy(closing, actor))
        else:
            second = desks.ConfirmDiscrepancy(**self.of(unit), key=key)
            self.attempt("confirm", lambda: self.desk.confirm_discrepancy(second, actor))

    @rule(unit=unit_, actor=anyone, way=likely, override=st.sampled_from([None, None, None, "一人のため"]))
    def certify(self, unit: str, actor: Actor, way: int, override: str | None) -> None:
        actor = self.certifiers[unit] if way > 1 else self.above[unit][0] if way else actor
        request = desks.Certify(**self.of(unit), override=override)
        if self.attempt("certify", lambda: self.desk.certify(request, actor)):
            self.drafts[unit] = {}

    @rule(unit=unit_, actor=anyone, way=likely)
    def withdraw(self, unit: str, actor: Actor, way: int) -> None:
        actor = HOME[unit][1] if way == 1 else actor
        request = desks.Withdraw(**self.of(unit), reason="別の開票区")
        if self.attempt("withdraw", lambda: self.desk.withdraw(request, actor)):
            self.model[unit] = dict.fromkeys(self.model[unit], "!not_reported")

    @rule(unit=unit_, actor=anyone)
    def annotate(self, unit: str, actor: Actor) -> None:
        request = desks.Annotate(**self.of(unit), note_class="remark", note="備考")
        self.attempt("annotate", lambda: self.desk.annotate(request, actor))

    @rule(way=likely)
    def release(self, way: int) -> None:
        actor = tiny.SYSTEM if way else WARD
        self.attempt("release", lambda: self.clock.release(self.code, "final", "final", LATE, actor))

    def _clear(self, unit: str, actor: Actor) -> None:
        empty = tuple(
            CellInput(contest=c[0], item=c[1], breakdown=c[2], choice=c[3], value="")
            for c in (key.split("|") for key in self.drafts[unit])
        )
        if empty:
            request = desks.SaveDraft(**self.of(unit), cells=empty)
            if self.attempt("clear", lambda: self.desk.save_draft(request, actor)):
                self.drafts[unit] = {}


def _texts(draft: dict[str, str], changes: dict[str, Any]) -> dict[str, str]:
    """Canonical texts of a draft with changes on top; InvalidInput for what is no figure."""
    typed = draft | {c.cell().cell.key: c.value for c in night.cells(**changes)}
    return {key: format_value(parse_value(text)) for key, text in typed.items()}
