"""A server at a standby answers reads; changes it refuses before anything is decided on what may be behind."""

from __future__ import annotations

from api.hub import Hub
from reporting.database.replication import OnlyGathers, TakesNoChanges


class ChangesHere:
    """`hub`: hears the database that reads are asked of; `elsewhere`: changes have another one, which refuses them by itself
    where it cannot take them; `write_url`: where to, as people are told; `only_gathers`: the database holds what other logs recorded."""

    def __init__(
        self, hub: Hub, write_url: str | None, *, elsewhere: bool, only_gathers: bool = False
    ) -> None:
        self._hub, self._write_url, self._elsewhere = hub, write_url, elsewhere
        self._only_gathers = only_gathers

    @property
    def possible(self) -> bool:
        return not self._only_gathers and (self._elsewhere or not self._hub.follows)

    def check(self) -> None:
        """TakesNoChanges at a standby. One that was promoted takes them a moment later."""
        if not self.possible:
            raise self.refused()

    def refused(self) -> TakesNoChanges:
        return (OnlyGathers if self._only_gathers else TakesNoChanges).to(self._write_url)
