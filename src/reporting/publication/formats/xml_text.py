"""Text as it may stand in XML 1.0."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def text(said: str) -> str:
    """Escaped; a character that XML has no way to write is U+FFFD."""
    return escape(_NOT_XML.sub("\ufffd", said))


def quoted(said: str) -> str:
    """The same, to stand between quotation marks."""
    return text(said).replace('"', "&quot;")
