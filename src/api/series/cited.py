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
    """`citation`, with its position, as an observation gives it: another answer would not stay the same; `comparable` as in a series.
    InvalidInput, UnknownReference; who sees what as in GraphQL."""
    for name in given:
        if name not in ("citation", "comparable") or len(given.getlist(name)) > 1:
            raise wrong("parameter", name[:40], "citation, comparable")
    if (comparable := given.get("comparable", "false")) not in ("true", "false"):
        raise wrong("comparable", repr(comparable)[:40], "true, false")
    text = given.get("citation", "")
    if Citation.parse(text).position is None:
        raise wrong("citation", text[:80], "position=…")
    asker.check_held(state)
    with ExitStack() as resources:
        context = RequestContext(state.reader, state.service, asker.actor, request_id, 0, resources)
        _, row = cited_row(Route(context), text, comparable=comparable == "true")
    return orjson.dumps({name: getattr(row, name) for name in NAMES}) + b"\n"
