"""PostGraphile 5 from npm, pinned, in a cache directory outside the project; it serves one flat table."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from psycopg.conninfo import conninfo_to_dict

PACKAGES = ("node@22.23.3", "postgraphile@5.1.5")
INSTALL_WITHIN_S, START_WITHIN_S = 300, 60
PATH = "/graphql"

CONFIG = """
import pg from "pg";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";
export default {
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ pool: new pg.Pool(), schemas: ["flat"], pubsub: false })],
  grafserv: { port: Number(process.env.PORT), host: "127.0.0.1", graphiql: false, watch: false },
};
"""


class NotAvailable(Exception):
    """Why the peer cannot run here."""


@contextmanager
def serve(database_url: str, port: int, *, install: bool) -> Iterator[None]:
    """The server on `port`, answering; NotAvailable without npm or a registry, or where it would have to be installed
    and must not."""
    home = _installed(install)
    (home / "graphile.config.mjs").write_text(CONFIG)
    where = conninfo_to_dict(database_url)
    environment = {
        **os.environ,
        "PGHOST": str(where.get("host", "")),
        "PGPORT": str(where.get("port") or 5432),
        "PGUSER": str(where["user"]),
        "PGPASSWORD": str(where.get("password") or ""),
        "PGDATABASE": str(where["dbname"]),
        "PORT": str(port),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = [home / "node_modules/.bin/node", home / "node_modules/postgraphile/dist/cli-run.js"]
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-C", "graphile.config.mjs"], cwd=home, env=environment, stdout=log, stderr=log
        )
    try:
        _wait(process, port, home / "server.log")
        yield
    finally:
        process.terminate()
        process.wait(10)


def _installed(install: bool) -> Path:
    caches = os.environ.get("XDG_CACHE_HOME")
    home = (Path(caches) if caches else Path.home() / ".cache") / "open-election-reporting-peers"
    wanted = json.dumps(PACKAGES)
    stamp = home / "installed.json"
    if stamp.exists() and stamp.read_text() == wanted:
        return home
    if not install:
        raise NotAvailable("a quick run installs nothing")
    npm = shutil.which("npm")
    if npm is None:
        raise NotAvailable("npm is not installed")
    home.mkdir(parents=True, exist_ok=True)
    (home / "package.json").write_text('{"private": true}')
    try:
        subprocess.run(
            [npm, "install", "--no-audit", "--no-fund", *PACKAGES],
            cwd=home,
            check=True,
            capture_output=True,
            timeout=INSTALL_WITHIN_S,
        )
    except (subprocess.SubprocessError, OSError) as failed:
        raise NotAvailable(f"npm could not install {', '.join(PACKAGES)}: {type(failed).__name__}") from None
    stamp.write_text(wanted)
    return home


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urlopen(f"http://127.0.0.1:{port}{PATH}?query=%7B__typename%7D", timeout=2).close()
            return
        except URLError as answer:
            if hasattr(answer, "code"):  # an HTTP answer of any kind: it is up
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise NotAvailable(f"PostGraphile did not start: {log.read_text()[-300:]}")
