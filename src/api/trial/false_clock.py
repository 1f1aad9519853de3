"""A clock that can be put forward and back for every process that is started meanwhile: libfaketime, told by a file while they run.

For PostgreSQL: its time is that of everything recorded and published; a server's own counts for tokens alone. Python's waits
break under the library (0.9.10), so that a server of ours would be tried and not the clock; `tests/faults/server_clock.py` takes the clock alone of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from glob import glob
from pathlib import Path

from reporting.errors import ReportingError

PLACES = ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")
LIBRARY, INSTALL, NAMED = "libfaketime", "apt install libfaketime", "LIBFAKETIME"
"""Its name, how Debian brings it, and the variable with its file where it is none of those."""
SEEN_AFTER_S = 1.5
"""The file is read once a second, by whoever asks the time."""


class NoFalseClock(ReportingError):
    """facts: `library`, `install` (a command), `variable`."""

    code = "no_false_clock"
    template_ja = "時計を動かすライブラリ {library} が見つかりません。{install} で入れるか、別の場所にあるときは {variable} にファイルを指定してください。"
    template_en = (
        "{library}, which moves the clock, is not there: {install}; elsewhere name its file in {variable}."
    )


@dataclass(frozen=True, slots=True)
class FalseClock:
    """`file`: seconds that it is ahead of the true time, read by those who go by it."""

    file: Path

    def put(self, seconds: int) -> None:
        """Whole at once: it is read all the time, also by other users. A second for none: the library (0.9.10) takes "+0" for no
        word at all and stays where it is."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds or 1:+d}\n", encoding="utf-8")
        new.chmod(0o644)
        new.replace(self.file)


def library() -> str:
    """NoFalseClock."""
    for place in (os.environ.get(NAMED, ""), *PLACES):
        for path in glob(place):
            return path
    raise NoFalseClock(library=LIBRARY, install=INSTALL, variable=NAMED)


@contextmanager
def false_clock(folder: Path) -> Iterator[FalseClock]:
    """At the true time; whatever this process starts meanwhile goes by it, this process does not. NoFalseClock."""
    preload, clock = library(), FalseClock(folder / "clock")
    clock.put(0)
    told = {
        "LD_PRELOAD": preload, "FAKETIME_TIMESTAMP_FILE": str(clock.file), "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield clock
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
