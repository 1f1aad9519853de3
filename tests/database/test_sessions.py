"""What every session of ours is, whatever the server's own settings say."""

from __future__ import annotations

import asyncio
from contextlib import closing

import pytest

from reporting.database.connect import PROJECTOR, READER, WRITER, Database

ASK = "SHOW jit"


@pytest.mark.parametrize("role", [None, WRITER, PROJECTOR, READER])
def test_no_statement_is_compiled_before_it_begins(database: Database, role: str | None) -> None:
    """A packaged PostgreSQL compiles what it thinks dear: a series took longer than its time limit, whatever it read."""

    async def listening() -> object:
        listener = await database.listener(role or READER)
        async with listener:
            return await (await listener.execute(ASK)).fetchone()

    with database.connect(role) as connection:
        assert connection.execute(ASK).fetchone() == ("off",)
    for by_index in (False, True):
        with closing(database.pool(role, by_index=by_index)) as pool, pool.connection() as connection:
            assert connection.execute(ASK).fetchone() == ("off",)
    assert asyncio.run(listening()) == ("off",)
