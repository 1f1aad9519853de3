"""From a request's body to the answer's JSON, in a thread: the one place where errors become codes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass

import structlog
from graphql import FieldNode, GraphQLError, OperationDefinitionNode, OperationType

from api.elsewhere import as_it_stands
from api.gate import GraphQLRequest, parse_body
from api.graphql.context import RequestContext
from api.graphql.invalid import CODE, NotInSchema
from api.graphql.limits import OncePerText, check, paged, wanted_position
from api.graphql.schema import schema
from api.graphql.variables import wrong_variables
from api.graphql.wide import as_json
from api.messages import message
from api.refusals import Payload, error_of, wrong_variable
from api.serving import Serving
from api.too_many import TooManyRequests
from projections.errors import ProjectionError
from reporting.database.connect import AWAY
from reporting.database.replication import TakesNoChanges
from reporting.domain.actor import Actor
from reporting.errors import NotAuthenticated, NotAuthorised, ReportingError, Unavailable
from reporting.logs.standing import LogsStanding
from reporting.watched import Fact, part
from reporting.words import Words

__all__ = ["Asker", "Payload", "as_json", "error_of", "execute", "status_of"]

log = structlog.get_logger(__name__)

schema.extensions = (*schema.extensions, OncePerText)
PAGES = paged(schema._schema)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: nobody, the bearer of a token, or (`logged_in`) somebody in a session after a login."""

    actor: Actor | None = None
    logged_in: bool = False

    def check_held(self, state: Serving) -> None:
        """NotAuthenticated for a session whose office is no longer theirs, and for an access that is over. May read the database."""
        if self.actor is not None and self.actor.access is not None:
            state.access.check(self.actor)
        elif self.logged_in and self.actor is not None:
            assert state.login is not None  # it alone makes who is logged in
            state.login.check_held(self.actor)


def execute(state: Serving, body: bytes, asker: Asker, request_id: str) -> tuple[Payload, int]:
    """(GraphQL answer, HTTP status). `state`: the application's, with `reader`, `service` and `login`."""
    try:
        state.budget.spend(asker.actor)
        asked = parse_body(body)
        asker.check_held(state)
    except ReportingError as refused:
        return {"errors": [error_of(refused)]}, status_of(refused)
    except AWAY as away:
        return {"errors": [error_of(away, request_id)]}, 503
    counted = state.usage.of(asker.actor, change="mutation" in asked.query)
    with structlog.contextvars.bound_contextvars(request_id=request_id), part("operation") as told, counted:
        answer = _execute(state, asked, asker.actor, request_id, told.facts)
        told.facts["outcome"] = outcome_of(answer)
    return answer, 200


def outcome_of(answer: Payload) -> str:
    """`done`, `refused` (a command, for a named reason) or `wrong` (the request itself)."""
    if answer.get("errors"):
        return "wrong"
    fields = (answer.get("data") or {}).values()
    return "refused" if any(isinstance(field, dict) and "code" in field for field in fields) else "done"


def _execute(
    state: Serving, asked: GraphQLRequest, actor: Actor | None, request_id: str, told: dict[str, Fact]
) -> Payload:
    """`told`: what watchers are told of the operation: its kind and its first field of the schema."""
    try:
        checked = check(asked.query, asked.variables, asked.operation_name, PAGES)
        told |= {"kind": checked.operation.operation.value, "field": root_of(checked.operation)}
        if checked.operation.operation is OperationType.MUTATION:
            state.changes_here.check()
        with ExitStack() as resources:
            wanted = wanted_position(checked, asked.variables)
            context = RequestContext(
                state.reader,
                state.service,
                actor,
                request_id,
                wanted,
                resources,
                checked,
                state.fonts,
                state.uploads,
                state.open_data,
                state.drills,
                state.outbox,
                state.documents,
                state.logs,
            )
            result = schema.execute_sync(
                asked.query, asked.variables, context_value=context, operation_name=asked.operation_name
            )
    except ReportingError as refused:
        return {"errors": [error_of(as_it_stands(refused, state.logs))]}
    except Exception as unexpected:
        return {"errors": [error_of(unexpected, request_id)]}
    payload: Payload = {"data": result.data}
    if result.errors:
        if not any(error.path for error in result.errors) and (
            wrong := wrong_variables(schema._schema, checked.operation, asked.variables)
        ):
            return {"errors": [wrong_variable(variable) for variable in wrong]}
        payload["errors"] = [_graphql_error(error, request_id, state.logs) for error in result.errors]
        if result.data is None and not any(error.path for error in result.errors):
            del payload["data"]
    return payload


def root_of(operation: OperationDefinitionNode) -> str:
    """Its first field that the schema has: no word of the caller's becomes a label."""
    kind = schema._schema.get_root_type(operation.operation)
    for selection in operation.selection_set.selections:
        if kind is not None and isinstance(selection, FieldNode) and selection.name.value in kind.fields:
            return selection.name.value
    return "other"


def _graphql_error(error: GraphQLError, request_id: str, logs: LogsStanding | None) -> Payload:
    original = error.original_error
    made: Payload
    if isinstance(error, NotInSchema):
        made = {"message": error.message, "extensions": dict(error.extensions or {})}
    elif original is None or isinstance(original, GraphQLError):
        made = _somewhere(error)
    else:
        made = error_of(as_it_stands(original, logs), request_id)
    if error.path:
        made["path"] = list(error.path)
    if error.locations:
        made["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return made


def _somewhere(error: GraphQLError) -> Payload:
    """For what no words are foreseen: only where it is."""
    place = error.locations[0] if error.locations else None
    at = message.words("at", line=place.line, column=place.column) if place else Words("", "")
    told = message.words("query_does_not_fit", at_ja=at.ja, at_en=at.en)
    return {"message": str(told), "extensions": {"code": CODE, **told._asdict()}}


def status_of(error: ReportingError) -> int:
    if isinstance(error, NotAuthenticated):
        return 401
    if isinstance(error, NotAuthorised):
        return 403
    if isinstance(error, TakesNoChanges):
        return 421
    if isinstance(error, TooManyRequests):
        return 429
    return 503 if isinstance(error, Unavailable | ProjectionError) else 400
