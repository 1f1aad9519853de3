"""Errors as entries of a GraphQL answer: over HTTP and over a socket the same words, codes and facts."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from psycopg.errors import ReadOnlySqlTransaction
from starlette.exceptions import HTTPException

from api.graphql.invalid import CODE
from api.messages import message
from reporting.database.connect import AWAY
from reporting.database.replication import TakesNoChanges
from reporting.domain.place import Within
from reporting.domain.returns import CellProblem, FiguresRefused
from reporting.errors import InvalidInput, ReportingError, Unavailable

Payload = dict[str, Any]
LARGEST = 2**63 - 1
"""Number that is written as one, and that PostgreSQL takes (bigint): what somebody typed may be longer."""

log = structlog.get_logger(__name__)


def error_of(error: Exception, request_id: str = "") -> Payload:
    """One entry of `errors`. What nobody foresaw is logged with the request's id, and its words stay here."""
    if isinstance(error, ReadOnlySqlTransaction):  # it has just become a standby: nothing was changed
        error = TakesNoChanges.to(None)
    if isinstance(error, AWAY):
        log.warning("database_away", request_id=request_id, kind=type(error).__name__)
        error = Unavailable(detail=message("request", request_id=request_id))
    if not isinstance(error, ReportingError):
        log.error("request_failed", request_id=request_id, kind=type(error).__name__, exc_info=error)
        error = Unavailable(detail=message("request", request_id=request_id))
        return {"message": str(error), "extensions": {"code": "INTERNAL", "requestId": request_id}}
    facts = {
        name: str(value) if isinstance(value, int) and abs(value) > LARGEST else value
        for name, value in error.facts.items()
        if isinstance(value, str | int | float | bool | None) or _is_codes(value)
    }
    extensions: Payload = {
        "code": error.code.upper(),
        "ja": error.message_ja,
        "en": error.message_en,
        "facts": facts,
    }
    if isinstance(error, FiguresRefused):
        extensions["problems"] = [_cell_problem(problem) for problem in error.problems]
    return {"message": str(error), "extensions": extensions}


def _is_codes(value: object) -> bool:
    """Such as `suggestions`: programs offer them, and need not take a sentence apart."""
    return isinstance(value, list) and all(isinstance(code, str) for code in value)


def _cell_problem(problem: CellProblem) -> Payload:
    """As the type `CellProblem` of the schema has it: a read that is refused says at which cells, too."""
    cell, within = problem.cell, problem.within
    return {
        "contest": cell.contest, "item": cell.item, "breakdown": cell.breakdown, "choice": cell.choice,
        "kind": problem.kind, "found": problem.found, "expectedJa": problem.expected_ja, "expectedEn": problem.expected_en,
        **(dict.fromkeys(Within._fields) if within is None else within._asdict()),
    }  # fmt: skip


def wrong_variable(wrong: ReportingError) -> Payload:
    """A variable that does not fit its type is of the request, not of what it asks for."""
    made = error_of(wrong)
    made["extensions"]["code"] = CODE
    return made


def not_there(request: Request, error: Exception) -> Response:
    """To a program: an address that is none, or that takes other methods than this; the framework says it in its own words."""
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return Response(status_code=404)
    takes = (error.headers or {}).get("Allow", "")
    refused = InvalidInput(field="method", found=request.method, expected=takes or "—")
    return JSONResponse({"errors": [error_of(refused)]}, 405, error.headers)
