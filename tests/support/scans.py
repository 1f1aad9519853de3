"""Scans as machines make them, by hand and small: a PNG, a JPEG with what a telephone tells, a PDF with its author."""

from __future__ import annotations

import zlib

PLACE, DEVICE, AUTHOR = b"GPS 43.06N 141.35E", b"Phone X", b"Sato"


def chunk(name: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")


def png(*told: bytes, width: int = 1, height: int = 1) -> bytes:
    """Grey, with `told` as text beside the picture."""
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\0\0\0\0"
    rows = zlib.compress(b"\0\x80")
    texts = b"".join(chunk(b"tEXt", b"Comment\0" + text) for text in told)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + texts + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(data) + 2).to_bytes(2, "big") + data


def exif(turned: int) -> bytes:
    """How it is to be turned, then place and device."""
    entry = b"\x01\x12\0\3\0\0\0\1" + turned.to_bytes(2, "big") + b"\0\0"
    return b"Exif\0\0MM\0*\0\0\0\x08\0\1" + entry + b"\0\0\0\0" + PLACE + DEVICE


SIZE = b"\x08\0\x10\0\x10\1\1\x11\0"
SCAN = b"\1\1\0\0\x3f\0"


def jpeg(turned: int = 6, scan: bytes = b"\x12\xff\0\x34\xff\xd0\x56", behind: bytes = b"") -> bytes:
    """Sixteen by sixteen; its coded data hold what looks like markers and is none."""
    return (
        b"\xff\xd8" + segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") + segment(0xE1, exif(turned))
        + segment(0xED, b"Photoshop 3.0\0" + AUTHOR) + segment(0xFE, AUTHOR) + segment(0xDB, b"\0" + bytes(64))
        + segment(0xC0, SIZE) + segment(0xDA, SCAN) + scan + b"\xff\xd9" + behind
    )  # fmt: skip


def pdf(extra: bytes = b"", info: bytes = b"/Author (Sa\\)to (x)) /Creator <5361746F>") -> bytes:
    body = b"1 0 obj << /Type /Catalog %b >> endobj\n5 0 obj << %b >> endobj\n" % (extra, info)
    return b"%PDF-1.4\n" + body + b"trailer << /Root 1 0 R /Info 5 0 R >>\nstartxref\n9\n%%EOF\n"
