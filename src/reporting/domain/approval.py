"""What may be done with a return as it stands: approve, send back, answer, certify, withdraw. Pure; refusals say what to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reporting.domain.actor import By
from reporting.domain.case import ReturnCase
from reporting.domain.four_eyes import FourEyes
from reporting.domain.messages import message
from reporting.domain.status import NotNow


def decide_approval(
    case: ReturnCase,
    chain: Sequence[str],
    level: str,
    by: By,
    cells: Iterable[str] | None = None,
    *,
    override: bool = False,
) -> Mapping[str, str]:
    """Figures of a ReturnApproved event: the named cells, or all that wait at this level.

    Errors: NotNow (nothing waits, a lower level has not looked yet, an undeclared state), FourEyes (also for who
    approved the same value at another level).
    """
    if level not in chain:
        raise _not_now("approve", case, chain, *message.words("this_level_does_not_approve"))
    if case.submitted_by is None:
        raise _not_now("approve", case, chain, *message.words("it_has_not_been_submitted"))
    waiting = case.waiting_at(level)
    wanted = waiting if cells is None else [key for key in cells if key in waiting]
    if not waiting:
        raise _not_now("approve", case, chain, *message.words("no_cell_waits"))
    if not wanted or (cells is not None and set(cells) - set(waiting)):
        raise _not_now("approve", case, chain, *message.words("some_of_these_cells_do_not"))
    below = {*chain[: chain.index(level)]}
    if below and not all(below <= case.cells[key].approvers.keys() for key in wanted):
        raise _not_now("approve", case, chain, *message.words("the_level_below_has_to_approve"))
    looked = [approvers for key in wanted if (approvers := case.cells[key].approvers)]
    others = {person for approvers in looked for at, person in approvers.items() if at != level}
    require_other_eyes(case, by, wanted, others, override=override)
    return {key: case.cells[key].text for key in sorted(wanted)}


def decide_sending_back(
    case: ReturnCase, chain: Sequence[str], level: str, cells: Sequence[str]
) -> tuple[str, ...]:
    """Cells of a CellsSentBack event. NotNow for cells that hold nothing, are back already, or after certification."""
    if case.certified:
        raise _not_now(
            "send back",
            case,
            chain,
            *message.words("after_certification_it_must_be_corrected"),
        )
    if level not in chain or not cells or any(k not in case.cells or case.cells[k].sent_back for k in cells):
        raise _not_now(
            "send back",
            case,
            chain,
            *message.words("name_cells_that_hold_a_value"),
        )
    return tuple(sorted(cells))


def decide_confirmation(case: ReturnCase, chain: Sequence[str], cells: Sequence[str]) -> tuple[str, ...]:
    """Cells of a CellsConfirmed event: sent back, edited above, or entered on the owner's behalf."""
    open_ = {k for k, c in case.cells.items() if c.sent_back or c.edited_above or c.on_behalf or c.objected}
    if not cells or set(cells) - open_:
        raise _not_now(
            "answer",
            case,
            chain,
            *message.words("these_cells_do_not_wait"),
        )
    return tuple(sorted(cells))


def decide_certification(
    case: ReturnCase, chain: Sequence[str], level: str, by: By, *, override: bool = False
) -> None:
    """NotNow unless every level up to `level` has approved every cell; FourEyes for an author of any."""
    upto = chain[: chain.index(level) + 1] if level in chain else ()
    if case.certified or not upto or not all(case.approved_by(lower) for lower in upto) or case.sent_back():
        raise _not_now("certify", case, chain, *message.words("every_cell_must_be_approved_first"))
    require_other_eyes(case, by, case.cells, override=override)


def require_other_eyes(
    case: ReturnCase, by: By, cells: Iterable[str], others: Iterable[str] = (), *, override: bool = False
) -> None:
    """FourEyes for an author of one of the cells, on whatever path its value came, and for one of the `others`."""
    involved = case.authors(cells) | set(others)
    if by.person in involved and not override:
        raise FourEyes(person=by.person)


def decide_withdrawal(case: ReturnCase, chain: Sequence[str]) -> None:
    if case.certified or case.withdrawn or not case.cells:
        raise _not_now("withdraw", case, chain, *message.words("only_a_return_that_is_not"))


def _not_now(operation: str, case: ReturnCase, chain: Sequence[str], ja: str, en: str) -> NotNow:
    return NotNow(operation=operation, status=case.status(chain).value, detail_ja=ja, detail_en=en)
