"""JSON and TOML files to plain values, and those to models."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from reporting.files.messages import message
from reporting.files.problems import FileProblem, FileRefused, not_readable, problems_of
from reporting.files.strict_json import NotStrict, strict_json

M = TypeVar("M", bound=BaseModel)


def read_file(path: Path) -> Any:
    """What a JSON or TOML file holds. FileRefused for what is neither; OSError."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
        if path.suffix == ".json":
            return strict_json(text)
        if path.suffix == ".toml":
            return read_toml(path.name, text)
    except json.JSONDecodeError as wrong:
        raise not_readable(path.name, text, "JSON", wrong.lineno, wrong.colno) from None
    except UnicodeDecodeError as wrong:
        row, broken = data.count(b"\n", 0, wrong.start) + 1, data[wrong.start : wrong.start + 4].hex(" ")
        raise FileRefused(
            path.name, [FileProblem(path.name, row, "", broken, message("utf_8_text"))]
        ) from None
    except NotStrict as wrong:
        raise FileRefused(
            path.name, [FileProblem(path.name, None, "", wrong.found, wrong.expected)]
        ) from None
    raise FileRefused(
        path.name,
        [
            FileProblem(
                path.name,
                None,
                "",
                path.suffix or path.name,
                message("json_or_toml"),
            )
        ],
    )


_AT = re.compile(r"\(at line ([0-9]+), column ([0-9]+)\)")


def read_toml(file: str, text: str) -> dict[str, Any]:
    """FileRefused naming the place where it ceases to be TOML."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        at = _AT.search(str(wrong))
        row, column = (int(at[1]), int(at[2])) if at else (None, None)
        raise not_readable(file, text, "TOML", row, column) from None


def checked(file: str, given: Any, model: type[M]) -> M:
    """What a file holds as its model; FileRefused naming every place that is wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as wrong:
        raise FileRefused(file, problems_of(file, None, wrong, given)) from None
