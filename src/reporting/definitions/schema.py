"""JSON Schemas of the definition files, for editors and other programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel

from reporting.domain.areas import AreaRegistryDefinition
from reporting.domain.election import ElectionDefinition

SCHEMAS: dict[str, type[BaseModel]] = {
    "registry.schema.json": AreaRegistryDefinition,
    "election.schema.json": ElectionDefinition,
}


def schemas(models: Mapping[str, type[BaseModel]] = SCHEMAS) -> dict[str, str]:
    """File name → JSON Schema (draft 2020-12) text."""
    return {
        name: json.dumps(
            {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()},
            ensure_ascii=False,
            indent=2,
        )
        + "\n"
        for name, model in models.items()
    }


def export(folder: Path, models: Mapping[str, type[BaseModel]] = SCHEMAS) -> None:
    """Write every schema into a folder that exists."""
    for name, text in schemas(models).items():
        (folder / name).write_text(text, encoding="utf-8")
