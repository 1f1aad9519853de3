"""A document as a file: the code it carries, and whether the log makes the very same file again."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from reporting.application.desk import Desk
from reporting.kit.paper.approval_print import as_pdf, as_workbook
from reporting.kit.paper.approvals import approval_from
from reporting.kit.paper.fonts import PaperMissing, fonts_of
from reporting.kit.paper.reading import UnknownCode
from reporting.kit.paper.states import State, desk_at

CODE = re.compile(rb"(?:A1[PRS]|F1)-[0-9A-Z-]{20,80}")
PROPERTIES = "docProps/core.xml"
MOST = 100_000
"""Bytes of a workbook's properties."""


def code_in(data: bytes) -> str:
    """The code that a PDF or workbook made here carries in its properties. UnknownCode where there is none, or several."""
    where = data
    if data[:2] == b"PK":
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(PROPERTIES) as part:
                where = part.read(MOST)
        except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
            where = b""
    codes = sorted({match[0].decode() for match in CODE.finditer(where)})
    if len(codes) != 1:
        raise UnknownCode(" ".join(codes))
    return codes[0]


def as_made(desk: Desk, state: State, data: bytes, fonts: Path | None) -> bool:
    """Whether the document is made again from the log byte for byte; False also where nothing can be printed here."""
    approval = approval_from(desk_at(desk, state.position), state)
    if data[:2] == b"PK":
        return as_workbook(approval) == data
    try:
        return as_pdf(approval, fonts_of(fonts)).data == data
    except PaperMissing:
        return False
