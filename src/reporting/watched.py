"""Where time goes, for whoever watches: the parts of a request say when they begin and end. Nobody watching costs next to nothing."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

Fact = str | int | float | bool


@dataclass(slots=True)
class WatchedPart:
    """One part of a request: `operation` (a GraphQL document), `append` (events made durable) or `sql` (one statement). `facts`
    never hold figures, names or words of people; the part itself may add to them until it ends. `began`: monotonic seconds;
    `kept`: what a watcher needs again at the end, by the watcher."""

    name: str
    facts: dict[str, Fact]
    began: float = field(default_factory=time.perf_counter)
    kept: dict[int, object] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


class WatchesParts(Protocol):
    """Told of every part in the thread that does it. Whatever it raises is the request's failure: it must not."""

    def begun(self, part: WatchedPart) -> None: ...

    def ended(self, part: WatchedPart, failure: BaseException | None) -> None: ...


class _Watched:
    def __init__(self, part: WatchedPart, watchers: tuple[WatchesParts, ...]) -> None:
        self._part, self._watchers = part, watchers

    def __enter__(self) -> WatchedPart:
        for watcher in self._watchers:
            watcher.begun(self._part)
        return self._part

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> None:
        for watcher in reversed(self._watchers):
            watcher.ended(self._part, failure)


_watchers: tuple[WatchesParts, ...] = ()


def watch(watcher: WatchesParts) -> Callable[[], None]:
    """From now on; what is given back ends it."""
    global _watchers
    _watchers = (*_watchers, watcher)

    def end() -> None:
        global _watchers
        _watchers = tuple(other for other in _watchers if other is not watcher)

    return end


def watched() -> bool:
    return bool(_watchers)


def part(name: str, **facts: Fact) -> _Watched:
    """`with part("append", command=…) as told:`"""
    return _Watched(WatchedPart(name, facts), _watchers)
