"""So that nobody crowds out the others, without accounts: of each caller's address so many requests at once, and so many in
a time. Who asks more is told how long to wait (429)."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

AT_ONCE = 16
"""A browser opens six; an office behind one address, and a mirror, a few more."""
BURST, PER_SECOND = 600.0, 10.0
"""A whole night's releases in one go, and then ten files a second."""
MOST_CALLERS = 20_000
"""Remembered; those that have been quiet longest are forgotten first, and begin anew."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Of each caller: so many at once after a while of quiet, then so many a second, so many on their way (None: any number)."""

    burst: float = BURST
    per_second: float = PER_SECOND
    at_once: int | None = AT_ONCE


@dataclass(slots=True)
class _Caller:
    """`left`: requests at `at` (seconds), growing with time up to the share's burst."""

    left: float
    at: float
    open: int = 0


class Fairness:
    """Of one process; asked from its event loop alone. `clock`: seconds that only grow."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, allowance: Allowance = Allowance()
    ) -> None:
        self._clock, self._allowance = clock, allowance
        self._callers: dict[str, _Caller] = {}

    def enter(self, address: str) -> int:
        """Seconds to wait; 0: go on, and `leave` afterwards."""
        now, who, allowed = self._clock(), network(address), self._allowance
        caller = self._callers.pop(who, None) or _Caller(allowed.burst, now)
        caller.left = min(allowed.burst, caller.left + (now - caller.at) * allowed.per_second)
        caller.at = now
        self._callers[who] = caller
        self._forget()
        if caller.left < 1:
            return int((1 - caller.left) / allowed.per_second) + 1
        if allowed.at_once is not None and caller.open >= allowed.at_once:
            return 1
        caller.left -= 1
        caller.open += 1
        return 0

    def leave(self, address: str) -> None:
        if (caller := self._callers.get(network(address))) is not None:
            caller.open -= 1

    def _forget(self) -> None:
        if len(self._callers) > MOST_CALLERS:
            quiet = next((who for who, caller in self._callers.items() if not caller.open), None)
            if quiet is not None:
                del self._callers[quiet]


def network(address: str) -> str:
    """Of IPv6 the /64, which one caller has all of."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return address
