"""What an approver looks at before it is approved with the rest: differences said openly or made to go away, and objections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from reporting.application.doubts import Doubt, doubt_of
from reporting.application.messages import message
from reporting.application.opened import OpenReturn
from reporting.domain.figures import Cell
from reporting.domain.status import NotNow
from reporting.domain.typed import as_said
from reporting.rules.model import Finding


@dataclass(frozen=True, slots=True)
class LookCell:
    """A cell to look at: what it held when the difference was first shown (None: nobody noted it), what it was shown with
    after that, and what it holds now."""

    key: str
    shown: str | None
    now: str | None
    between: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """Every value, first to last."""
        seen = (self.shown or "—", *self.between)
        return seen if self.between and seen[-1] == self.now else (*seen, self.now or "—")


@dataclass(frozen=True, slots=True)
class Look:
    """What an approver has to look at, cell by cell. `key`, `rule`: of the finding; empty for an objection."""

    kind: Literal["declared", "vanished", "objected"]
    key: str
    rule: str
    cells: tuple[LookCell, ...]


class LookFirst(NotNow):
    """facts: those of NotNow. `looks`: what is approved by who has looked at it, cell by cell, and not with all the others."""

    def __init__(self, opened: OpenReturn, looks: Iterable[Look]) -> None:
        self.looks = tuple(looks)
        shape = opened.shape
        told = []
        for look in self.looks:
            what = message.table("look")[look.kind]
            named = [shape.named(Cell.from_key(cell.key)) for cell in look.cells]
            rule = f" {look.rule}" if look.rule else ""
            paths = [[as_said(text) for text in cell.path] for cell in look.cells]
            told_ja = "、".join(
                f"{name.ja} {'→'.join(text.ja for text in path)}"
                for name, path in zip(named, paths, strict=True)
            )
            told_en = ", ".join(
                f"{name.en} {' → '.join(text.en for text in path)}"
                for name, path in zip(named, paths, strict=True)
            )
            told.append(
                message.words(
                    "look_at", what_ja=what.ja, what_en=what.en, rule=rule, cells_ja=told_ja, cells_en=told_en
                )
            )
        super().__init__(
            operation="approve",
            status=opened.status.value,
            **message.words(
                "look_first",
                looks_ja="。".join(words.ja for words in told),
                looks_en="; ".join(words.en for words in told),
            ).named("detail"),
        )


def to_look_at(
    opened: OpenReturn, level: str, findings: Iterable[Finding], lost: Iterable[Doubt] = ()
) -> list[Look]:
    """Everything of a return that this level does not approve with all the others: differences that are declared, or that
    somebody was shown and that are gone; cells the owner objects to. `findings`: every finding of what stands; `lost`:
    differences of other returns that what waits has made to go away."""
    case, findings = opened.case, list(findings)
    waiting = set(case.waiting_at(level))

    def look(
        kind: Literal["declared", "vanished"],
        key: str,
        seen: Mapping[str, tuple[str, ...]],
        cells: Iterable[str],
    ) -> Look:
        keys = dict.fromkeys((*seen, *(cell for cell in cells if cell in case.cells)))
        held = tuple(
            LookCell(
                cell,
                seen[cell][0] if cell in seen else None,
                case.cells[cell].text if cell in case.cells else None,
                seen[cell][1:] if cell in seen else (),
            )
            for cell in keys
        )
        return Look(kind, key, key.split("|")[0], held)

    at = case.differences_at(level)
    looks = [look("vanished" if said.vanished else "declared", said.key, said.values, ()) for said in at]
    told = {said.key for said in at}
    looks += [
        look("declared", finding.key, {}, finding.cells)
        for finding in findings
        if finding.declared and finding.key not in told and waiting & set(finding.cells)
    ]
    # Shown, and changed since by another way than submitting, which would have put it in the register.
    still = {doubt_of(finding.key) for finding in findings if finding.waivable}
    looks += [
        look("vanished", doubt.key, doubt.cells, ())
        for name, doubt in sorted(opened.draft.shown.items())
        if name not in still
        and any(key in waiting and case.cells[key].position > doubt.position for key in doubt.cells)
    ]
    looks += [look("vanished", gone.key, gone.cells, ()) for gone in lost if gone.key not in told]
    if objected := sorted(key for key in waiting if case.cells[key].objected):
        looks.append(
            Look("objected", "", "", tuple(LookCell(key, None, case.cells[key].text) for key in objected))
        )
    return looks
