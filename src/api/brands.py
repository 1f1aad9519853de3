"""What each office of a common installation looks like at its own host: name, logo, colours, feeds. Data of the operator, no code.

A folder of TOML files, one for each office, and their logos beside them; read once, when a server starts (docs/operate.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from starlette.responses import Response

from api.messages import message
from reporting.domain.labels import Label
from reporting.errors import InvalidInput
from reporting.files.structured import checked, read_toml

PAPER, PAPER_DARK, INK = "#fdfdfb", "#14161a", "#10131a"
"""Of console.css: what the accent stands on, and the darker of what stands on it."""
CONTRAST = 4.5
"""WCAG 2.2, 1.4.3: text against what it stands on."""
LOGO_BYTES = 100_000
PNG = b"\x89PNG\r\n\x1a\n"
FOR_EVER = "public, max-age=31536000, immutable"
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-f]{6}$")]
Host = Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]{1,253}$")]
Election = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class BrandFile(BaseModel):
    """`hosts`: where the office is reached. `accent`: of links and buttons; `accent_dark`: where people have set dark. `logo`: a PNG
    beside the file. `elections`: whose notices its pages offer as feeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: tuple[Host, ...] = Field(min_length=1, max_length=20)
    name: Label
    accent: Colour
    accent_dark: Colour
    logo: str | None = None
    elections: tuple[Election, ...] = Field((), max_length=100)


@dataclass(frozen=True, slots=True)
class Brand:
    """`mark`: names the content of its style and logo, so that both may be kept for ever."""

    code: str
    told: BrandFile
    style: bytes
    logo: bytes | None
    mark: str

    def named(self, language: str) -> str:
        words = self.told.name.words
        return words.en if language == "en" else words.ja

    def address(self, name: str) -> str:
        return f"/brand/{self.code}/{self.mark}/{name}"


@dataclass(frozen=True, slots=True)
class Brands:
    by_host: Mapping[str, Brand]
    by_code: Mapping[str, Brand]

    def at(self, request: Request) -> Brand | None:
        """Of the host that was asked; None: the product's own look."""
        return self.by_host.get((request.url.hostname or "").lower())

    def routes(self) -> APIRouter:
        router = APIRouter()

        @router.get("/brand/{code}/{mark}/{name}")
        async def served(code: str, mark: str, name: str) -> Response:
            brand = self.by_code.get(code)
            parts = (
                {}
                if brand is None
                else {"style.css": (brand.style, "text/css"), "logo.png": (brand.logo, "image/png")}
            )
            content, media = parts.get(name, (None, ""))
            if brand is None or content is None or mark != brand.mark:
                return Response(status_code=404)
            return Response(content, headers={"Cache-Control": FOR_EVER}, media_type=media)

        return router


def brands_of(folder: Path | None) -> Brands:
    """FileRefused for a file that is none, InvalidInput for a colour that cannot be read, a logo that is none, a host of two."""
    by_code, by_host = dict[str, Brand](), dict[str, Brand]()
    for path in sorted(folder.glob("*.toml")) if folder is not None else ():
        brand = by_code[path.stem] = _read(path)
        for host in brand.told.hosts:
            if host in by_host:
                raise _wrong(path, "hosts", host, message("a_host_of_one_office", office=by_host[host].code))
            by_host[host] = brand
    return Brands(by_host, by_code)


def _read(path: Path) -> Brand:
    if not re.fullmatch(r"[a-z0-9-]{1,64}", path.stem):
        raise _wrong(path, "file", path.stem, "a–z, 0–9, -")
    told = checked(path.name, read_toml(path.name, path.read_text("utf-8")), BrandFile)
    for field, accent, paper in (
        ("accent", told.accent, PAPER),
        ("accent_dark", told.accent_dark, PAPER_DARK),
    ):
        if (ratio := contrast(accent, paper)) < CONTRAST:
            raise _wrong(
                path,
                field,
                f"{accent} ({ratio:.1f}:1)",
                message("contrast_at_least", least=CONTRAST, on=paper),
            )
    logo = None if told.logo is None else _logo(path, told.logo)
    style = (
        f":root {{ --accent: {told.accent}; --on-accent: {_readable_on(told.accent)}; }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ --accent: {told.accent_dark}; --on-accent: {_readable_on(told.accent_dark)}; }} }}\n"
    ).encode()
    mark = hashlib.sha256(style + (logo or b"")).hexdigest()[:16]
    return Brand(path.stem, told, style, logo, mark)


def _logo(path: Path, name: str) -> bytes:
    """A picture without a program in it: PNG."""
    file = path.parent / name
    if Path(name).name != name or not file.is_file():
        raise _wrong(path, "logo", name, message("a_png_beside_the_file"))
    content = file.read_bytes()
    if not content.startswith(PNG) or len(content) > LOGO_BYTES:
        raise _wrong(path, "logo", name, message("a_png_of_at_most", most=LOGO_BYTES // 1_000))
    return content


def contrast(colour: str, other: str) -> float:
    """WCAG 2.2, contrast ratio of two colours: 1 to 21."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _readable_on(accent: str) -> str:
    return max(("#ffffff", INK), key=lambda text: contrast(text, accent))


def _wrong(path: Path, field: str, given: str, expected: str) -> InvalidInput:
    return InvalidInput.at(f"{path.name}: {field}", given, expected)
