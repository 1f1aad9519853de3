"""Which modules of the product a piece of work goes through, seen from outside by the interpreter's own profile. Making an
object is no way through its module: who needs whom is said in constructors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

SOURCE = Path(__file__).resolve().parents[2] / "src"


@dataclass(slots=True)
class Walk:
    """`modules`: in the order in which they were first entered; `entered`: how often one was entered from another;
    `callbacks`: (module, the one it was called back from), each as often as it came: a module that was already waiting for
    an answer was called again by one below it."""

    modules: list[str] = field(default_factory=list)
    entered: int = 0
    callbacks: list[tuple[str, str]] = field(default_factory=list)


def _module(frame: FrameType) -> str | None:
    name = frame.f_code.co_filename
    if not name.startswith(f"{SOURCE}/"):
        return None
    return Path(name).relative_to(SOURCE).with_suffix("").as_posix()


@contextmanager
def walked(*within: str) -> Iterator[Walk]:
    """The way of the calling thread through modules whose name begins with one of `within`."""
    walk, stack, counts = Walk(), list[str](), dict[str, int]()

    def seen(frame: FrameType, event: str, _: Any) -> None:
        if event not in ("call", "return"):
            return
        module = _module(frame)
        if module is None or not module.startswith(within) or frame.f_code.co_name == "__init__":
            return
        if event == "return":
            if stack and stack[-1] == module:
                stack.pop()
                counts[module] -= 1
            return
        if not stack or stack[-1] != module:
            walk.entered += 1
            if module not in walk.modules:
                walk.modules.append(module)
            if counts.get(module):
                walk.callbacks.append((module, stack[-1]))
        stack.append(module)
        counts[module] = counts.get(module, 0) + 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield walk
    finally:
        sys.setprofile(before)
