"""A document is what its content says; what it tells beside the picture can be taken out, and the picture stays."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import scans
from hypothesis import given
from hypothesis import strategies as st

from reporting.documents import DocumentLost, DocumentRefused, Documents, kind_of, stripped
from reporting.documents.checking import MOST_BYTES, MOST_PIXELS

WHOLE = {"png": scans.png(b"text"), "jpeg": scans.jpeg(), "pdf": scans.pdf()}
ARCHIVE = b"PK\5\6" + bytes(16)
"""The end of an empty one, without the length of its comment."""


def beside(data: bytes) -> bytes:
    """A whole JPEG with these data beside the picture."""
    return scans.jpeg()[:2] + scans.segment(0xFE, data) + scans.jpeg()[2:]


REFUSED = {
    "nothing": b"",
    "a web page": b"<html><script>alert(1)</script>",
    "a page called PNG": b"\x89PNG\r\n\x1a\n<html>",
    "a program": b"MZ" + bytes(100),
    "cut off": scans.jpeg()[:-2],
    "a PNG with a wrong check sum": scans.png().replace(b"IDAT", b"IDAU"),
    "another file behind a PNG": scans.png() + b"PK\3\4",
    "another file behind a JPEG": scans.jpeg(behind=b"PK\3\4"),
    "too many pixels": scans.png(width=MOST_PIXELS + 1),
    "too many bytes": scans.pdf() + bytes(MOST_BYTES),
    "a script in a PDF": scans.pdf(b"/OpenAction << /S /JavaScript /JS (app.alert) >>"),
    "a script whose name hides": scans.pdf(b"/AA << /S /Java#53cript >>"),
    "a file in a PDF": scans.pdf(b"/Names << /EmbeddedFile 7 0 R >>"),
    "a file attached to a PDF": scans.pdf(b"/Names << /EmbeddedFiles 7 0 R >>"),
    "a page behind a PDF": scans.pdf() + b"<html>",
    "an archive behind a PDF": scans.pdf() + ARCHIVE + b"\6\0%%EOF\n",
    "an archive beside a picture": beside(ARCHIVE + (len(scans.jpeg()) - 2).to_bytes(2, "little")),
    "a PDF beside a picture": beside(scans.pdf()),
    "a closed PDF": scans.pdf(b"/Encrypt 9 0 R"),
    "a PDF without an end": scans.pdf()[:-8],
}


@pytest.mark.parametrize("kind", WHOLE)
def test_the_three_kinds_are_known_by_their_content(kind: str) -> None:
    assert kind_of(WHOLE[kind]) == kind


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_what_is_no_scan_is_refused(content: bytes) -> None:
    with pytest.raises(DocumentRefused) as refused:
        kind_of(content)
    assert refused.value.facts["field"] == "document"


def test_what_stands_in_a_scan_by_chance_is_no_other_type() -> None:
    assert (
        kind_of(scans.pdf(b">> endobj 7 0 obj << >> stream\nPK\5\6/JS (%PDF-\nendstream") + b"\r\n\0")
        == "pdf"
    )
    assert kind_of(scans.jpeg(scan=b"PK\5\6" + bytes(40))) == "jpeg"
    assert kind_of(stripped(beside(scans.pdf()), "jpeg")) == "jpeg", (
        "what stands beside the picture was taken out"
    )


@given(st.binary(max_size=200), st.sampled_from(sorted(WHOLE)), st.integers(0, 200))
def test_whatever_comes_is_refused_or_known_and_never_a_fault(noise: bytes, kind: str, at: int) -> None:
    whole = WHOLE[kind]
    for content in (noise, whole[:at] + noise, whole[:at] + noise + whole[at + len(noise) :]):
        try:
            known_kind = kind_of(content, trailing=True)
            stripped(content, known_kind)
        except DocumentRefused:
            continue


def test_a_photograph_loses_place_device_and_author_and_keeps_how_it_is_turned() -> None:
    photograph = scans.jpeg(turned=6, behind=b"a video")
    assert kind_of(photograph, trailing=True) == "jpeg"
    plain = stripped(photograph, "jpeg")
    assert kind_of(plain) == "jpeg"
    for told in (scans.PLACE, scans.DEVICE, scans.AUTHOR, b"video"):
        assert told not in plain
    assert plain[plain.index(b"Exif") :][24:26] == b"\0\6"
    picture = photograph[photograph.index(b"\xff\xdb") : photograph.index(b"\xff\xd9") + 2]
    assert plain.endswith(picture)
    assert b"Exif" not in stripped(scans.jpeg(turned=1), "jpeg")
    assert stripped(plain, "jpeg") == plain


def test_a_png_loses_its_texts_and_a_pdf_its_author() -> None:
    assert stripped(scans.png(scans.AUTHOR, scans.PLACE), "png") == scans.png()
    document = scans.pdf(b"/Metadata 6 0 R >> endobj\n6 0 obj << <x:xmpmeta>Sato</x:xmpmeta>")
    plain = stripped(document, "pdf")
    assert len(plain) == len(document)
    assert kind_of(plain) == "pdf"
    for told in (b"Sa\\)to", b"5361746F", b"<x:xmpmeta>", b"(x)"):
        assert told in document
        assert told not in plain
    assert b"/Author (" in plain


@pytest.mark.parametrize("hidden", [b"/Metadata 6 0 R", b"/Type /ObjStm", b"/Type /XRef"])
def test_of_a_pdf_whose_metadata_are_compressed_nothing_is_said_to_be_gone(hidden: bytes) -> None:
    with pytest.raises(DocumentRefused):
        stripped(scans.pdf(hidden), "pdf")


def test_a_document_is_kept_by_its_content_and_read_only_as_it_was(tmp_path: Path) -> None:
    store = Documents(tmp_path / "documents")
    digest = store.keep(scans.png())
    assert digest == hashlib.sha256(scans.png()).hexdigest() == store.keep(scans.png())
    assert (store.read(digest), store.state(digest)) == (scans.png(), None)
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    path.write_bytes(b"another")
    assert store.state(digest) == "changed"
    with pytest.raises(DocumentLost):
        store.read(digest)
    store.keep(scans.png())  # sent again it heals
    assert store.state(digest) is None
    path.unlink()
    assert store.state(digest) == "missing"
