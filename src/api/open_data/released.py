"""Everything that is public at a moment, by address; and what may have been meant by one that is not there.

Made of releases of live elections alone: what is embargoed, entered or practised cannot be told from what never existed, neither
by words nor by the time they take.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.open_data.address import CATALOG, PREFIX, ReleaseAddress
from api.open_data.errors import NotPublished
from projections.read.published import PublishedRelease
from reporting.suggest import hint, near

SHOWN = 60  # characters of what was asked for


class Released:
    """`releases`: oldest first."""

    def __init__(self, releases: Sequence[PublishedRelease]) -> None:
        self.releases = tuple(releases)
        self._at = {ReleaseAddress.of(release): release for release in releases}

    def at(self, address: ReleaseAddress) -> PublishedRelease | None:
        return self._at.get(address)

    def newest(self, *codes: str) -> PublishedRelease | None:
        """Of an election, of a form of it, or of a slot; None where nothing of it is public."""
        return next(
            (release for release in reversed(self.releases) if _codes(release)[: len(codes)] == codes), None
        )

    def missing(self, asked: Sequence[str]) -> NotPublished:
        """Why there is no release at these parts of an address, and the nearest that there is: the first part that names nothing
        decides."""
        for depth, part in enumerate(asked[:4]):
            beside = [release for release in self.releases if _parts(release)[:depth] == tuple(asked[:depth])]
            among = list(dict.fromkeys(_parts(release)[depth] for release in beside))
            if part not in among:
                return _missing(asked, part, among, beside, depth)
        return _missing(asked, "", (), self.releases, 0)


def missing_file(address: ReleaseAddress, name: str, names: Sequence[str]) -> NotPublished:
    """Of a release that is there."""
    told = hint(name, names)
    nearest = address.at(next(iter(near(name, names)), ""))
    return NotPublished(asked=_shown((address.path, name)), nearest=nearest, hint_ja=told.ja, hint_en=told.en)


def _missing(
    asked: Sequence[str],
    part: str,
    among: Sequence[str],
    beside: Sequence[PublishedRelease],
    depth: int,
) -> NotPublished:
    told = hint(part, among)
    meant = next(iter(near(part, among)), None)
    like = [release for release in beside if meant is None or _parts(release)[depth] == meant]
    nearest = ReleaseAddress.of(like[-1]).at("") if like else f"{PREFIX}/{CATALOG}"
    return NotPublished(asked=_shown(asked), nearest=nearest, hint_ja=told.ja, hint_en=told.en)


def _shown(parts: Sequence[str]) -> str:
    return "/".join(parts)[:SHOWN]


def _codes(release: PublishedRelease) -> tuple[str, str, str]:
    return release.election, release.form, release.slot


def _parts(release: PublishedRelease) -> tuple[str, ...]:
    return (*_codes(release), str(release.number))
