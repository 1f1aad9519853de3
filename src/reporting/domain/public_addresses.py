"""Words that addresses of what is public have for themselves: no election, form or slot has them as its code.

`/data/{election}/{form}/{slot}/{number}/…`, and in a static folder the same names as folders with an `index.html`.
"""

from __future__ import annotations

CATALOG = "catalog.jsonld"
SERIES = "series"
LATEST = "latest"
INDEX = "index.html"
SMALL = ".gz"
"""Behind a file's name: the same, compressed."""

ADDRESSES_OF_FORM = frozenset({INDEX})
ADDRESSES_OF_ELECTION = ADDRESSES_OF_FORM | {LATEST}
ADDRESSES_OVER_ELECTIONS = ADDRESSES_OF_ELECTION | {SERIES, CATALOG, CATALOG + SMALL}
