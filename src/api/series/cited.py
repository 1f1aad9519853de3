"""The very observation that a citation names, for machines."""

from __future__ import annotations

from contextlib import ExitStack

import orjson
from starlette.datastructures import QueryParams

from api.execute import Asker
from api.graphql.context import RequestContext
from api.graphql.series.queries import cited_row
from api.series.arguments import wrong
from api.series.source import Route
from api.series_table import NAMES
from api.serving import Serving
from reporting.series.model import Citation


def cited_json(state: Serving, given: QueryParams, asker: Asker, request_id: str) -> bytes:
    """`citation` is the one parameter; with its position, as an observation gives it: another answer would not stay the same.
    InvalidInput, UnknownReference; who sees what as in GraphQL."""
    for name in given:
        if name != "citation" or len(given.getlist(name)) > 1:
            raise wrong("parameter", name[:40], "citation")
    text = given.get("citation", "")
    if Citation.parse(text).position is None:
        raise wrong("citation", text[:80], "position=…")
    asker.check_held(state)
    with ExitStack() as resources:
        context = RequestContext(state.reader, state.service, asker.actor, request_id, 0, resources)
        _, row = cited_row(Route(context), text, comparable=False)
    return orjson.dumps({name: getattr(row, name) for name in NAMES}) + b"\n"
