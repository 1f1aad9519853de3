"""What a scan or photograph tells beside its picture (place, time, device, author), taken out. The picture is not coded anew: its bytes
stay as they are."""

from __future__ import annotations

import re

from reporting.documents.checking import PNG, DocumentRefused, Kind, jpeg_segments, png_chunks
from reporting.documents.messages import message

EXIF = b"Exif\0\0"
TOLD = frozenset((b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"))
ORIENTATION = 0x0112
"""Tag of how the picture is to be turned (Exif 2.3, 4.6.4)."""


def stripped(content: bytes, kind: Kind) -> bytes:
    """Of a document that `kind_of` found whole, but for data behind an image, which is cut off. DocumentRefused for a PDF whose metadata
    stand compressed: nothing is said to be gone that is not."""
    return {"jpeg": _jpeg, "png": _png, "pdf": _pdf}[kind](content)


def _jpeg(content: bytes) -> bytes:
    parts, turned = [], 1
    for segment in jpeg_segments(content):
        data = content[segment.start : segment.end]
        if segment.marker == 0xE1 and data[4:].startswith(EXIF):
            turned = _orientation(data[4 + len(EXIF) :])
        kept = segment.marker in (0xE0, 0xEE) or (
            segment.marker == 0xE2 and data[4:].startswith(b"ICC_PROFILE\0")
        )
        if kept or not (0xE0 <= segment.marker <= 0xEF or segment.marker == 0xFE):
            parts.append(data)
    if turned != 1:
        parts.insert(1, _turning(turned))
    return b"".join(parts)


def _orientation(tiff: bytes) -> int:
    """1 to 8; 1 where it is not told, or not as the standard has it."""
    order = {b"II": "little", b"MM": "big"}.get(tiff[:2])
    if order is None:
        return 1

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], "little" if order == "little" else "big")

    first = number(4, 4)
    for entry in range(first + 2, first + 2 + 12 * min(number(first, 2), 500), 12):
        if number(entry, 2) == ORIENTATION:
            return turned if 1 <= (turned := number(entry + 8, 2)) <= 8 else 1
    return 1


def _turning(turned: int) -> bytes:
    """A segment that tells nothing but how the picture is to be turned."""
    entry = ORIENTATION.to_bytes(2, "big") + b"\0\3" + b"\0\0\0\1" + turned.to_bytes(2, "big") + b"\0\0"
    body = EXIF + b"MM\0*\0\0\0\x08" + b"\0\1" + entry + b"\0\0\0\0"
    return b"\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body


def _png(content: bytes) -> bytes:
    return PNG + b"".join(
        content[chunk.start : chunk.end] for chunk in png_chunks(content) if chunk.name not in TOLD
    )


def _pdf(content: bytes) -> bytes:
    """Overwritten with blanks of the same length, so that every offset in the file stays."""
    if b"/ObjStm" in content or b"/XRef" in content:
        raise DocumentRefused.at("document", "ObjStm", message("hidden_in_pdf"))
    plain = content
    for packet in re.finditer(rb"<x:xmpmeta.*?</x:xmpmeta>", content, re.DOTALL):
        plain = _blank(plain, packet.start(), packet.end())
    if plain == content and re.search(rb"/Metadata\s+\d+\s+\d+\s+R", content):
        raise DocumentRefused.at("document", "Metadata", message("hidden_in_pdf"))
    for told in set(re.findall(rb"/Info\s+(\d+)\s+(\d+)\s+R", content)):
        for info in re.finditer(rb"(?<!\d)%b\s+%b\s+obj(.*?)endobj" % told, content, re.DOTALL):
            plain = _blank_strings(plain, *info.span(1))
    return plain


def _blank_strings(content: bytes, start: int, end: int) -> bytes:
    """Literal and hexadecimal strings between two offsets; the pairs that hold them stay."""
    at = start
    while at < end:
        here = content[at : at + 1]
        if here == b"(":
            close = _closing(content, at, end)
            content = _blank(content, at + 1, close)
            at = close
        elif here == b"<" and content[at + 1 : at + 2] != b"<":
            close = content.find(b">", at, end)
            close = end if close < 0 else close
            content = (
                content[: at + 1]
                + b"20" * ((close - at - 1) // 2)
                + b"0" * ((close - at - 1) % 2)
                + content[close:]
            )
            at = close
        elif content[at : at + 2] == b"<<":
            at += 1
        at += 1
    return content


def _closing(content: bytes, at: int, end: int) -> int:
    depth = 0
    while at < end:
        here = content[at : at + 1]
        if here == b"\\":
            at += 1
        elif here == b"(":
            depth += 1
        elif here == b")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return end


def _blank(content: bytes, start: int, end: int) -> bytes:
    return content[:start] + b" " * (end - start) + content[end:]
