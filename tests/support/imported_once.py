"""`reporting` as a program whose processes begin with everything imported: a script of many commands pays for the imports once.

`python imported_once.py SOCKET` imports and listens; `python imported_once.py SOCKET word …` is the command: a copy of the first, with
this one's words, environment, folder, input and output, whose exit code it ends with.
"""

from __future__ import annotations

import json
import os
import shlex
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

MOST = 1 << 20
UP = b"\n"


def serve(path: str) -> None:
    import gc

    import api.app  # noqa: F401
    from api.cli.group import COMMANDS, root

    for name in COMMANDS:
        root.get_command(None, name)  # type: ignore[arg-type]
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        os.write(1, UP)
        while True:
            connection, _ = listening.accept()
            with connection:
                told, files, _, _ = socket.recv_fds(connection, MOST, 3)
                if (child := os.fork()) == 0:
                    _become(files, **json.loads(told))
                for file in files:
                    os.close(file)
                _, status = os.waitpid(child, 0)
                connection.sendall(bytes([os.waitstatus_to_exitcode(status) & 0xFF]))


def _become(files: list[int], words: list[str], environ: dict[str, str], folder: str) -> None:
    from api.cli import main

    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    sys.argv = ["reporting", *words]
    main()
    sys.exit()


def ask(path: str, words: list[str]) -> int:
    told = json.dumps({"words": words, "environ": dict(os.environ), "folder": os.getcwd()}).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        socket.send_fds(connection, [told], [0, 1, 2])
        return connection.recv(1)[0]


@contextmanager
def program(file: Path, environ: Mapping[str, str]) -> Iterator[None]:
    """`file`: the program that is made, while it lasts."""
    path = str(file.with_suffix(".socket"))
    this = (sys.executable, "-S", "-E", __file__, path)
    file.write_text(f'#!/bin/sh\nexec {shlex.join(this)} "$@"\n')
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    with subprocess.Popen(
        (sys.executable, "-P", __file__, path), env=environ, stdout=subprocess.PIPE
    ) as serving:
        assert serving.stdout is not None
        try:
            assert serving.stdout.read(1) == UP
            yield
        finally:
            serving.kill()


if __name__ == "__main__":
    if len(sys.argv) == 2:
        serve(sys.argv[1])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
