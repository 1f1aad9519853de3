"""A page of the server as a file: its links lead to the site's files; what only a server can answer is taken out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from html.parser import HTMLParser

Attribute = tuple[str, str | None]
FOLLOWED = {"a": "href", "link": "href", "use": "href", "img": "src"}
TAKEN_OUT = frozenset({"form", "script", "noscript"})
EMPTY = frozenset({"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
"""Elements without an end."""


class _Reader(HTMLParser):
    """Collects addresses, and writes the page anew with what `lead` says of each (None: there is no such file)."""

    def __init__(self, lead: Callable[[str], str | None]) -> None:
        super().__init__(convert_charrefs=False)
        self._lead = lead
        self.written: list[str] = []
        self._out = 0  # depth within elements that are taken out
        self._svg = 0
        self._ends: list[str] = []  # what each open link is ended with

    def handle_starttag(self, tag: str, attrs: list[Attribute]) -> None:
        self._start(tag, attrs, closed=False)

    def handle_startendtag(self, tag: str, attrs: list[Attribute]) -> None:
        self._start(tag, attrs, closed=True)

    def _start(self, tag: str, attrs: list[Attribute], *, closed: bool) -> None:
        if tag in TAKEN_OUT or self._out:
            self._out += not closed and tag not in EMPTY
            return
        self._svg += tag == "svg" and not closed
        name = FOLLOWED.get(tag)
        address = next((value for key, value in attrs if key == name and value is not None), None)
        if name is None or address is None or address.startswith("#"):
            self.written.append(self.get_starttag_text() or "")
            if tag == "a" and not closed:
                self._ends.append(tag)
            return
        leads = self._lead(address)
        shown = tag
        if leads is None and tag == "a":
            shown, attrs = (
                "g" if self._svg else "span",
                [(key, value) for key, value in attrs if key not in LINKS_ALONE],
            )
        elif leads is None:
            return
        else:
            attrs = [(key, leads if key == name else value) for key, value in attrs]
        if tag == "a" and not closed:
            self._ends.append(shown)
        self.written.append(_tag(shown, attrs, closed=closed))

    def handle_endtag(self, tag: str) -> None:
        if self._out:
            self._out -= 1
            return
        self._svg -= tag == "svg"
        self.written.append(f"</{self._ends.pop() if tag == 'a' and self._ends else tag}>")

    def _keep(self, text: str) -> None:
        if not self._out:
            self.written.append(text)

    def handle_data(self, data: str) -> None:
        self._keep(data)

    def handle_entityref(self, name: str) -> None:
        self._keep(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._keep(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        self._keep(f"<!{decl}>")


LINKS_ALONE = frozenset({"href", "rel", "target", "download", "hreflang", "aria-current"})


def addresses(page: str) -> list[str]:
    """Every address the page leads to, in its order, without fragments."""
    met: dict[str, None] = {}

    def lead(address: str) -> None:
        met[address.partition("#")[0]] = None

    _read(page, lead)
    return list(met)


def rewritten(page: str, lead: Callable[[str], str | None]) -> str:
    """`lead`: the relative way to what an address stands for; None: a link to it is plain words."""
    return "".join(_read(page, lead))


def _read(page: str, lead: Callable[[str], str | None]) -> Sequence[str]:
    reader = _Reader(lead)
    reader.feed(page)
    reader.close()
    return reader.written


def _tag(name: str, attributes: Sequence[Attribute], *, closed: bool) -> str:
    told = "".join(f" {key}" if value is None else f' {key}="{escape(value)}"' for key, value in attributes)
    return f"<{name}{told}{'/' if closed else ''}>"
