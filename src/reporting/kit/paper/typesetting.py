"""Templates and texts become a PDF: tagged for readers (PDF/UA-1), without a date of its own, the same bytes for the same document.

What is typed by people reaches the typesetter as data, never as markup. Nothing is read from the network or the system.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from reporting.kit.paper.fonts import HOW, UNBROKEN, Fonts, PaperMissing, SetText


def typeset(template: str, document: Mapping[str, Any], fonts: Fonts) -> bytes:
    """`template`: a name in `templates`, without its ending; `document`: JSON-ready."""
    try:
        import typst
    except ImportError:
        raise PaperMissing(detail=HOW) from None
    folder = files("reporting.kit.paper").joinpath("templates")
    sources = {
        "main": folder.joinpath(f"{template}.typ").read_bytes(),
        "common.typ": folder.joinpath("common.typ").read_bytes(),
        "document.json": json.dumps({**document, "body": fonts.body}, ensure_ascii=False).encode(),
    }
    made = typst.compile(sources, font_paths=fonts.loaded, format="pdf", pdf_standards=["ua-1"])
    assert isinstance(made, bytes)
    return made


def printed(text: SetText) -> list[tuple[str, str, bool]]:
    """As the templates take it: family and text of each run, and whether a line may break anywhere in it (a long word)."""
    return [
        (run.family, word, len(word) >= UNBROKEN and word.isascii())
        for run in text.runs
        for word in re.split(r"(?<= )(?=[^ ])", run.text)
    ]


def qr(code: str) -> str:
    """A QR code as SVG, level M, with the quiet zone that the standard asks for (four modules)."""
    try:
        import segno
    except ImportError:
        raise PaperMissing(detail=HOW) from None
    out = io.BytesIO()
    segno.make_qr(code, error="m").save(out, kind="svg", border=4, xmldecl=False, nl=False)
    return out.getvalue().decode()
