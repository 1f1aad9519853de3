"""A document of the provider's, kept for a while and fetched again with restraint."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from api.oidc.errors import ProviderUnavailable
from api.oidc.fetch import Fetch, read_source

T = TypeVar("T")

FILE_AGE_S = 60
URL_AGE_S = 3_600
STALE_S = 24 * 3_600
"""An old copy serves so long when the provider does not answer."""
RENEW_S = 60
"""Not more than one extra fetch in this time, whatever unknown key ids arrive."""
RETRY_S = 5
"""After a failure without any copy: so long nobody asks again."""


class Document(Generic[T]):
    """Parsed once per fetch. `source` is asked each time, as discovery may move it; `parse` raises ValueError."""

    def __init__(
        self,
        source: Callable[[], str],
        parse: Callable[[bytes], T],
        fetch: Fetch,
        clock: Callable[[], float],
    ) -> None:
        self._source, self._parse, self._fetch, self._clock = source, parse, fetch, clock
        self._lock = threading.Lock()
        self._value: T | None = None
        self._read = self._tried = float("-inf")

    def get(self) -> T:
        """The document, at most an hour old (a file: a minute); ProviderUnavailable when there is none."""
        with self._lock:
            source = self._source()
            kept = URL_AGE_S if "://" in source else FILE_AGE_S
            if self._value is not None and self._within(self._read, kept):
                return self._value
            if not self._within(self._tried, RETRY_S):
                try:
                    return self._load(source)
                except ProviderUnavailable:
                    if self._value is None or not self._within(self._read, STALE_S):
                        raise
            if self._value is None:
                raise ProviderUnavailable(detail="waiting")
            return self._value

    def renew(self) -> T:
        """For a key that is not in the copy (OpenID Connect Core §10.1.1): a new one, at most once a minute."""
        with self._lock:
            if self._value is not None and self._within(self._tried, RENEW_S):
                return self._value
            return self._load(self._source())

    def _within(self, moment: float, seconds: float) -> bool:
        """Whether `moment` is less than `seconds` ago; a clock set back makes it long ago."""
        return 0 <= self._clock() - moment < seconds

    def _load(self, source: str) -> T:
        self._tried = self._clock()
        try:
            self._value = self._parse(read_source(self._fetch, source))
        except ValueError:
            raise ProviderUnavailable(detail="document") from None
        self._read = self._tried
        return self._value
