"""The sender started, followed and read: `sender.py` is the process, this is who asked for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from api.trial.errors import ProgramEnded
from api.trial.messages import message
from api.trial.sender import Reply, Wish

GIVE_UP_S = 60.0


@dataclass(slots=True)
class Sending:
    """A night on its way. Files stand in `folder`."""

    folder: Path
    addresses: Sequence[str]
    wishes: Sequence[Wish]
    connections: int = 32
    process: subprocess.Popen[bytes] | None = None
    _answers: list[Reply] = field(default_factory=list)
    _read: int = 0

    def start(self) -> None:
        head = {
            "addresses": list(self.addresses),
            "connections": self.connections,
            "give_up_s": GIVE_UP_S,
        }
        with (self.folder / "plan.jsonl").open("w", encoding="utf-8") as plan:
            plan.write(json.dumps(head) + "\n")
            plan.writelines(json.dumps(asdict(wish)) + "\n" for wish in self.wishes)
        self._file.touch()
        command = [sys.executable, "-m", "api.trial.sender", str(self.folder / "plan.jsonl"), str(self._file)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)

    @property
    def _file(self) -> Path:
        return self.folder / "answers.jsonl"

    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def answers(self) -> list[Reply]:
        """Everything that is answered by now, in the order of the answers."""
        with self._file.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        self._answers += [Reply(**json.loads(line)) for line in whole.splitlines()]
        return self._answers

    def finish(self) -> list[Reply]:
        """Everything, when all is answered or given up. ProgramEnded."""
        assert self.process is not None
        if self.process.wait():
            raise ProgramEnded(program=message("sender"), said="")
        return self.answers()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
