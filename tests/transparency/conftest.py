"""A small signed log, and the verifier as a program of its own."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from signed import NewSigner

from reporting.database.connect import Database
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def key() -> SignerKey:
    return SignerKey.generate("ledger.example.jp/live")


@pytest.fixture(scope="session")
def verifier() -> ModuleType:
    """The verifier, loaded from its file as an auditor has it."""
    spec = importlib.util.spec_from_file_location("verify", ROOT / "src" / "api" / "cli" / "verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
