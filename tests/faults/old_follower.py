"""A follower of an earlier build that nobody stopped when the installation was updated."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from acknowledged import Book
from fault import Fault
from installation import Installation

from projections import versions

OLD = """
from projections import versions
versions.SCHEMA = versions.SCHEMA.replace("kana text, ", "").replace(", kana", "")
versions.SHAPE = versions.fingerprint(versions.SCHEMA)
versions.BUILD = versions.Build((0, 0, 1), 1)
from api.cli import main
main()
"""
"""Of fewer tables' columns, as one was."""
LASTS_S = 12.0


@contextmanager
def beside_a_new_one(at: Installation, book: Book) -> Iterator[None]:
    """It leaves the views of the newer build alone, whenever it looks, and they stay the same version."""
    with at.database.connect() as connection:
        before = versions.live(connection)
    old = at.begin_program((sys.executable, "-c", OLD, "projections", "follow"))
    try:
        yield
        assert old.poll() is None, old.communicate()
    finally:
        old.kill()
        _, said = old.communicate()
    with at.database.connect() as connection:
        after = versions.live(connection)
    assert before is not None
    assert after is not None
    assert (after.number, after.state) == (before.number, "active"), said.decode()
    assert b"views_of_a_later_build" in said, said.decode()


FAULTS = (
    Fault(
        "old-follower", "旧版の更新係が新しい版の集計のそばで動き続ける", "a follower of an earlier build beside newer views",
        "製品が自分で", "the product by itself", beside_a_new_one, lasts_s=LASTS_S,
    ),
)  # fmt: skip
