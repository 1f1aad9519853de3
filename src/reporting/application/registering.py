"""What figures leave in the register of differences: those said openly, and those that were made to go away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reporting.application.around import NOTHING, Beside
from reporting.application.desk_commands import Submit
from reporting.application.doubts import Doubt, both, held_in, in_order, settle, within
from reporting.application.elsewhere import DifferencesElsewhere
from reporting.application.findings import Findings
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.domain.discrepancy import ALTERED
from reporting.domain.events import Event
from reporting.domain.figures import format_value
from reporting.domain.workflow_events import DiscrepancyDeclared
from reporting.errors import InvalidInput
from reporting.rules.model import Finding


class Registering:
    """Decides; appends nothing."""

    def __init__(self, findings: Findings, elsewhere: DifferencesElsewhere) -> None:
        self._findings, self._elsewhere = findings, elsewhere

    def declared(
        self, request: Submit, opened: OpenReturn, values: dict[str, str], beside: Beside
    ) -> list[DiscrepancyDeclared]:
        """Differences said openly, and differences that were made to go away: one that somebody was shown, here or in
        another return that is compared with this one, and that is gone now stands in the register as altered until an
        approver has looked at it. Both need words."""
        register = opened.case.discrepancies
        waivable = {
            finding.key: finding
            for finding in self._findings.of(opened, values, request.divisions, beside)
            if finding.waivable
        }
        said = {
            key: reason
            for key, reason in sorted(request.declarations.items())
            if key in waivable
            and (key not in register or register[key].closed_at is not None or register[key].vanished)
        }
        settled = settle(
            self._doubts(opened, values, beside), list(waivable.values()), said, opened.case, values
        )
        declared = [
            declaration(opened, waivable[key], reason, values, settled.carried.get(key, {}))
            for key, reason in said.items()
        ]
        gone = settled.gone
        if (gone or declared) and request.reason is None:
            raise InvalidInput(
                field="reason",
                found="",
                expected=message("why_differing_figures_were_changed")
                if gone
                else message("why_figures_differ_in_words"),
            )
        return [*declared, *_altered(opened, gone)]

    def traces(self, opened: OpenReturn, values: Mapping[str, str], beside: Beside = NOTHING) -> list[Event]:
        """What values that come without a submission, into a return that somebody has vouched for, leave in its register.
        One that nobody has vouched for is submitted first, and then tells it."""
        if opened.case.submitted_by is None:
            return []
        findings = [
            finding for finding in self._findings.of(opened, values, beside=beside) if finding.waivable
        ]
        return [
            *_altered(
                opened, settle(self._doubts(opened, values, beside), findings, (), opened.case, values).gone
            )
        ]

    def _doubts(self, opened: OpenReturn, values: Mapping[str, str], beside: Beside) -> list[Doubt]:
        """Differences that somebody has seen, in this return or in another that is compared with it and loses it by these
        values."""
        doubts = dict(opened.draft.shown)
        for lost in self._elsewhere.submitted(opened, values, beside):
            doubts[lost.name] = doubts[lost.name].again(lost) if lost.name in doubts else lost
        return [doubts[name] for name in sorted(doubts)]


def declaration(
    opened: OpenReturn,
    finding: Finding,
    reason_class: str,
    texts: Mapping[str, str],
    before: Mapping[str, tuple[str, ...]],
) -> DiscrepancyDeclared:
    """A difference said openly: its cells as they were seen first, before these texts, and then with them."""
    seen = both(before, in_order([held_in(texts, finding.cells)]))
    return DiscrepancyDeclared(
        **opened.where, key=finding.key, rule=finding.rule, difference=_difference_of(finding), reason_class=reason_class,
        shown=_first(seen), between=_after(seen),
    )  # fmt: skip


def _altered(opened: OpenReturn, gone: Iterable[Doubt]) -> list[DiscrepancyDeclared]:
    """As they go into the register, but those that stand there with all these values and wait for a look already. What a
    level has not seen yet of an earlier one is told with it."""
    entered: list[DiscrepancyDeclared] = []
    for doubt in gone:
        entry, seen = opened.case.discrepancies.get(doubt.key), doubt.cells
        if entry is not None and entry.closed_at is None and within(seen, entry.values):
            continue
        if entry is not None and not set(opened.levels) <= set(entry.seen):
            seen = both(entry.values, seen)
        entered.append(
            DiscrepancyDeclared(
                **opened.where, key=doubt.key, rule=doubt.key.split("|")[0], difference="0", reason_class=ALTERED,
                shown=_first(seen), between=_after(seen),
            )
        )  # fmt: skip
    return entered


def _first(seen: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {cell: texts[0] for cell, texts in seen.items()}


def _after(seen: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    return {cell: texts[1:] for cell, texts in seen.items() if len(texts) > 1}


def _difference_of(finding: Finding) -> str:
    return "" if finding.difference is None else format_value(finding.difference)
