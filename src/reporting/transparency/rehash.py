"""The whole log hashed again, and every head that was ever signed over it held against that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from reporting.transparency.errors import LogDisagrees
from reporting.transparency.log import SQL, entries
from reporting.transparency.merkle import Frontier
from reporting.transparency.messages import message

EVERY = 10_000
"""Events between two reports of progress."""
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Rehashed:
    """`position`: the last event; `heads`: how many signed ones hold; `signed`: events under the last of them; `roots`: of the sizes
    that were asked for and are there."""

    position: int
    heads: int
    signed: int
    roots: Mapping[int, bytes]


def rehash(
    connection: Connection[Any],
    asked: Collection[int] = (),
    progress: Progress = lambda done, total, what: None,
) -> Rehashed:
    """LogDisagrees at the first hole, or at the first signed head that the events do not make."""
    position = int(connection.execute(SQL["head"]).fetchall()[0][0])
    signed = dict(connection.execute(SQL["signed_roots"]).fetchall())
    tree, roots = Frontier(), {}
    for done, entry in enumerate(entries(connection, 0, position), 1):
        tree.append(entry.hash())
        if done in signed and tree.root() != bytes(signed[done]):
            raise LogDisagrees(position=done, detail=message("head_not_of_these_events", size=done))
        if done in asked:
            roots[done] = tree.root()
        if done % EVERY == 0 or done == position:
            progress(done, position, "")
    beyond = [size for size in signed if size > position]
    if beyond:
        raise LogDisagrees(position=position + 1, detail=message("no_event"))
    return Rehashed(position, len(signed), max(signed, default=0), roots)
