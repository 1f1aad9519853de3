"""What a file is, by its content: its name and what a browser says of it are never asked.

A document is served as an attachment and never shown, so that this is no search for malware; it keeps out what is not a scan."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from reporting.documents.messages import message
from reporting.errors import InvalidInput

Kind = Literal["pdf", "jpeg", "png"]
MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 20_000
"""Each way: an A3 page at 1,200 dpi."""

ACTIVE = (
    "JavaScript", "Rendition", "Launch", "SubmitForm", "ImportData", "EmbeddedFile", "EmbeddedFiles", "FileAttachment",
    "RichMedia", "XFA",
)  # fmt: skip
"""Names of what a PDF does or carries (ISO 32000-1, 7.11, 12.6.4): no scan has any. None of two letters: such a one stands by chance
among the coded data of every fifteenth scan of 20 MB. `JS` does nothing without `JavaScript` or `Rendition`."""
BEHIND_PDF = b"\0\t\n\f\r "
ZIP_END, ZIP_END_BYTES = b"PK\5\6", 22
"""Of an archive (APPNOTE 4.3.16): its last two bytes say how long the comment is that ends the file."""
PDF_WITHIN = 1_024
"""Bytes in which readers look for the beginning of a PDF."""
PNG = b"\x89PNG\r\n\x1a\n"
SIZES = frozenset((*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0)))
"""JPEG markers of a frame (ISO/IEC 10918-1, table B.1): height and width stand in it."""


class DocumentRefused(InvalidInput):
    """facts: those of InvalidInput."""

    code = "document_refused"


def _refused(stands: object, expected: str) -> InvalidInput:
    return DocumentRefused.at("document", stands, expected)


@dataclass(frozen=True, slots=True)
class JpegSegment:
    """Of a JPEG: bytes `start` to `end` of the file, marker included; of a scan with its coded data."""

    marker: int
    start: int
    end: int


def kind_of(content: bytes, *, trailing: bool = False) -> Kind:
    """DocumentRefused for what is none of the three, not whole, or of another type as well. `trailing`: data behind an image is let pass,
    and so is another type in what stands beside the picture, for who takes it out and asks again."""
    kind = _first_kind(content, trailing=trailing)
    if not trailing:
        _require_one_type(content, kind)
    return kind


def _first_kind(content: bytes, *, trailing: bool) -> Kind:
    if not 0 < len(content) <= MOST_BYTES:
        raise _refused(f"{len(content):,} B", message("at_most_bytes", most=MOST_BYTES // 1024**2))
    if content.startswith(b"%PDF-"):
        _require_pdf(content)
        return "pdf"
    if content.startswith(b"\xff\xd8\xff"):
        segments = list(jpeg_segments(content))
        if not trailing and segments[-1].end != len(content):
            raise _refused(f"+{len(content) - segments[-1].end:,} B", message("whole_file", kind="JPEG"))
        return "jpeg"
    if content.startswith(PNG):
        chunks = list(png_chunks(content))
        if not trailing and chunks[-1].end != len(content):
            raise _refused(f"+{len(content) - chunks[-1].end:,} B", message("whole_file", kind="PNG"))
        return "png"
    raise _refused(repr(content[:8]), message("one_of_three"))


def _require_one_type(content: bytes, kind: Kind) -> None:
    """A file that a program opens as an archive, or an image that one opens as a PDF, is more than the scan that people looked at."""
    at = content.rfind(ZIP_END)
    while at >= 0:
        if at + ZIP_END_BYTES + int.from_bytes(content[at + 20 : at + 22], "little") == len(content):
            raise _refused("ZIP", message("one_type", kind=kind.upper()))
        at = content.rfind(ZIP_END, 0, at)
    if kind != "pdf" and b"%PDF-" in content[:PDF_WITHIN]:
        raise _refused("PDF", message("one_type", kind=kind.upper()))


def _require_pdf(content: bytes) -> None:
    head = content[:16]
    ends = content.rstrip(BEHIND_PDF).endswith(b"%%EOF")
    whole = re.match(rb"%PDF-(1\.[0-7]|2\.0)[\r\n ]", head) and b"startxref" in content and ends
    if not whole:
        raise _refused(repr(head), message("whole_file", kind="PDF"))
    names = {_plain(name) for name in re.findall(rb"/([^\s/<>\[\](){}%]+)", content)}
    if "Encrypt" in names:
        raise _refused("Encrypt", message("closed_pdf"))
    for name in ACTIVE:
        if name in names:
            raise _refused(name, message("active_pdf", name=name))


def _plain(name: bytes) -> str:
    """A name may hide its letters as #xx (ISO 32000-1, 7.3.5)."""
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes.fromhex(code[1].decode()), name)
    return plain.decode("latin-1")


def jpeg_segments(content: bytes) -> Iterator[JpegSegment]:
    """From SOI to EOI. DocumentRefused where the chain breaks, or the image is too large or has no size."""
    at, sized = 2, False
    yield JpegSegment(0xD8, 0, 2)
    while True:
        if content[at : at + 1] != b"\xff" or at + 2 > len(content):
            raise _refused(f"@{at:,}", message("whole_file", kind="JPEG"))
        marker = content[at + 1]
        if marker == 0xD9:
            if not sized:
                raise _refused("no size", message("whole_file", kind="JPEG"))
            yield JpegSegment(marker, at, at + 2)
            return
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        end = at + 2 + length
        if marker < 0xC0 or length < 2 or end > len(content):
            raise _refused(f"@{at:,}", message("whole_file", kind="JPEG"))
        if marker in SIZES:
            _require_size(*(int.from_bytes(content[at + 5 + n : at + 7 + n], "big") for n in (0, 2)))
            sized = True
        if marker == 0xDA:
            end = _end_of_scan(content, end)
        yield JpegSegment(marker, at, end)
        at = end


def _end_of_scan(content: bytes, at: int) -> int:
    """Where the next marker stands: coded data has FF only before 00 or a restart."""
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise _refused("EOF", message("whole_file", kind="JPEG"))
        if content[at + 1] != 0 and not 0xD0 <= content[at + 1] <= 0xD7 and content[at + 1] != 0xFF:
            return at
        at += 1 if content[at + 1] == 0xFF else 2


@dataclass(frozen=True, slots=True)
class PngChunk:
    """Of a PNG: bytes `start` to `end` of the file, length and check sum included."""

    name: bytes
    start: int
    end: int


def png_chunks(content: bytes) -> Iterator[PngChunk]:
    """From IHDR to IEND, each with its check sum (ISO/IEC 15948). DocumentRefused."""
    at, coded = len(PNG), False
    while True:
        length, name = int.from_bytes(content[at : at + 4], "big"), content[at + 4 : at + 8]
        end = at + 12 + length
        told = content[end - 4 : end]
        whole = end <= len(content) and zlib.crc32(content[at + 4 : end - 4]).to_bytes(4, "big") == told
        if not whole or (name == b"IHDR") != (at == len(PNG)):
            raise _refused(f"@{at:,}", message("whole_file", kind="PNG"))
        if name == b"IHDR":
            _require_size(*(int.from_bytes(content[at + 8 + n : at + 12 + n], "big") for n in (0, 4)))
        coded = coded or name == b"IDAT"
        yield PngChunk(name, at, end)
        if name == b"IEND":
            if not coded:
                raise _refused("no IDAT", message("whole_file", kind="PNG"))
            return
        at = end


def _require_size(first: int, second: int) -> None:
    if not (0 < first <= MOST_PIXELS and 0 < second <= MOST_PIXELS):
        raise _refused(f"{first} × {second}", message("picture_of_this_size", most=MOST_PIXELS))
