"""Pages that ask again by themselves: they say at which position they stand, and are sent anew only where that is not the last."""

from __future__ import annotations

from fastapi import Request

from api.console.documents import ask
from api.console.page import Asked, whole_number
from api.execute import Asker
from api.serving import serving

LIVE = "console-live"
"""Header with the position that is shown. Nobody is there for such a request: the idle time goes on."""
POSITION = "{ asOfPosition }"


async def is_still(request: Request, asked: Asked, asker: Asker) -> bool:
    """Whether nothing was recorded since what the page shows."""
    seen = whole_number(request.headers.get(LIVE, ""))
    if seen is None:
        return False
    told = await ask(serving(request), POSITION, {}, asker, asked.words)
    return told.data.get("asOfPosition") == seen
