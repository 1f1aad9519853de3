"""A small signed log, and the verifier as a program of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from auditing import program
from signed import NewSigner

from reporting.database.connect import Database
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer


@pytest.fixture(scope="session")
def key() -> SignerKey:
    return SignerKey.generate("ledger.example.jp/live")


@pytest.fixture(scope="session")
def verifier() -> ModuleType:
    """The verifier, loaded from its file as an auditor has it."""
    return program()


@pytest.fixture
def new_signer(database: Database, key: SignerKey, tmp_path: Path) -> Iterator[NewSigner]:
    """`new_signer()` → a signer with the state in a file of this test; the one before is closed."""
    made: list[Signer] = []

    def new(**options: object) -> Signer:
        for old in made:
            old.close()
        state = options.pop("state", tmp_path / "signer.json")
        assert isinstance(state, Path)
        made.append(Signer(database, key, state, **options))  # type: ignore[arg-type]
        return made[-1]

    yield new
    for old in made:
        old.close()
