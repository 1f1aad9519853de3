#!/usr/bin/env python3
"""Set up and run this project on a machine that has only Python 3.11 and pip.

examples:
  python3 do.py demo                    an election night on the embedded database, with the API
  python3 do.py demo --speed 600        … ten hours a minute; further words go to `reporting demo`
  python3 do.py test                    ruff, import rules, mypy, pytest
  python3 do.py test -x -q tests/cli    … further words go to pytest
  python3 do.py run serve               any `reporting` command
  python3 do.py run query '{ __typename }'
  python3 do.py cluster                 primary, synchronous standby, two API servers, follower, signer on this machine
  python3 do.py bench                   the benchmark table
  python3 do.py faults                  every fault under load, and the table of docs/reliability.md (twelve minutes)
  python3 do.py setup                   only make .venv
  python3 do.py pictures                the pictures of the guides, taken again
  python3 do.py release 0.2.0           version, changelog, the schema later changes are compared with, tag
  python3 do.py sbom                    the bill of materials that travels in the wheel
  python3 do.py words                   the console's texts into its English catalogue, and that compiled

Everything is installed into .venv beside this file from requirements/dev.lock, hashes checked; it is installed
again only when the lock file, pyproject.toml or the Python changed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from threading import Thread

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCK = ROOT / "requirements" / "dev.lock"
CLIENT = ROOT / "clients" / "python"
STAMP = VENV / ".installed"
OLDEST = (3, 11)
UNUSED = r"/site-packages/(.*/tests?/|(pip|setuptools|fontTools)/)"
"""Two fifths of what is installed, by the time it takes to compile: nobody here imports it, or one process does."""


def say(text: str) -> None:
    print(f"do.py: {text}", file=sys.stderr, flush=True)


def run(*command: str | Path, check: bool = True) -> int:
    """Run in the project's folder; a failing command ends do.py with its exit code unless `check` is off."""
    try:
        code = subprocess.run([str(part) for part in command], cwd=ROOT).returncode
    except KeyboardInterrupt:
        code = 130
    if check and code:
        raise SystemExit(code)
    return code


def together(*commands: Sequence[str | Path]) -> None:
    """Side by side, told in this order; the first that fails ends do.py with its exit code."""
    started = [
        subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    for process in started:
        said, _ = process.communicate()
        print(said, end="", flush=True)
        if process.returncode:
            for other in started:
                other.kill()
            raise SystemExit(process.returncode)


def fingerprint() -> str:
    """What the installed environment depends on."""
    digest = hashlib.sha256(f"{sys.version_info[:3]} {ROOT}".encode())
    for file in (LOCK, ROOT / "pyproject.toml", CLIENT / "pyproject.toml"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def make_venv() -> list[str | Path]:
    """An empty .venv; returns the pip command for it. Without `ensurepip` (Debian) the caller's pip serves. The Python that
    makes it is never the .venv's own, which goes away first."""
    python = getattr(sys, "_base_executable", sys.executable)
    if VENV.exists():
        shutil.rmtree(VENV)
    made = subprocess.run([python, "-m", "venv", str(VENV)], cwd=ROOT, capture_output=True, text=True)
    if made.returncode == 0:
        return [BIN / "python", "-m", "pip"]
    shutil.rmtree(VENV, ignore_errors=True)
    run(python, "-m", "venv", "--without-pip", VENV)
    return [python, "-m", "pip", "--python", BIN / "python"]


def setup() -> None:
    """Make .venv unless the one that stands there fits."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return
    say("making .venv (about a minute the first time)")
    pip = make_venv()
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-compile", "--no-deps"]
    together(*((*pip, "install", *quiet, "--require-hashes", "-r", half) for half in halves(LOCK)))
    run(*pip, "install", *quiet, "--no-build-isolation", "-e", ".", "-e", CLIENT)
    run(*pip, "check")
    # On every core, where pip compiles on one; what a package brings for another Python is said by nobody. And the product, which
    # each process of the tests would compile for itself.
    run(BIN / "python", "-m", "compileall", "-qq", "-j", "0", "-x", UNUSED, VENV, ROOT / "src", check=False)
    STAMP.write_text(wanted)
    say("ready")


def halves(lock: Path) -> list[Path]:
    """The lock's packages in two files: pip works on one core, and has nothing to find out where every package is named. What the lock
    may lack `pip check` says."""
    packages = re.findall(r"(?m)^\w.*(?:\n[ \t].*)*", lock.read_text("utf-8"))
    files = [VENV / f"{lock.stem}-{number}.lock" for number in (1, 2)]
    for start, file in enumerate(files):
        file.write_text("\n".join(packages[start::2]) + "\n", "utf-8")
    return files


BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
"""The first is the same engine without windows: it takes half of the time to start."""


def browser() -> None:
    """The browser tests need Chromium and a Japanese font: installed where that is possible, else said. Without them those
    tests fail; they are never left out."""
    if has_browser():
        return
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        say("installing Chromium for the browser tests (apt-get)")
        run("apt-get", "update", "-qq", check=False)
        for package in BROWSERS[:2]:
            if not has_browser():
                install = ("apt-get", "install", "-y", "-qq", "--no-install-recommends")
                run(*install, package, "fonts-noto-cjk", check=False)
        return
    say(
        "the browser tests need Chromium: apt-get install chromium-headless-shell (or chromium) fonts-noto-cjk, or name one in "
        "CHROMIUM_BIN"
    )


def has_browser() -> bool:
    return bool(os.environ.get("CHROMIUM_BIN")) or any(map(shutil.which, BROWSERS))


def test(arguments: list[str], browser_comes: Thread) -> int:
    """All checks, cheapest first; the first that fails ends the run."""
    # Else every process that a test starts, and every one that runs tests, compiles the whole product again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    run(BIN / "ruff", "check", ".")
    run(BIN / "ruff", "format", "--check", ".")
    together(
        (BIN / "lint-imports", "--no-logo"),
        (BIN / "mypy", "--num-workers", "auto"),
    )
    browser_comes.join()
    return run(BIN / "python", "-m", "pytest", *side_by_side(arguments), *arguments, check=False)


def side_by_side(arguments: list[str]) -> tuple[str, ...]:
    """One process more than there are cores (each waits for its own database server a third of the time), with whole files of
    tests in the order they stand: the long ones first. Not where something is debugged."""
    alone = {"-n", "--pdb", "-x", "--lf"}
    processes = str(min(os.cpu_count() or 1, 8) + 1)
    return () if alone & set(arguments) else ("-n", processes, "--dist", "loadfile", "--no-loadscope-reorder")


def faults(arguments: list[str]) -> int:
    """Every fault (or those that are named) on an installation of its own."""
    tests = ROOT / "tests"
    os.environ["PYTHONPATH"] = os.pathsep.join(str(tests / folder) for folder in ("support", "api"))
    return run(BIN / "python", tests / "faults" / "reliability.py", *arguments, check=False)


def release(arguments: list[str]) -> int:
    """Everything under "Unreleased" becomes the version; schema.graphql becomes the released one; declared breaks are done.
    Nothing is written where it cannot become a release: a working tree that holds something else, or no later version."""
    if len(arguments) != 1 or not re.fullmatch(r"\d+\.\d+\.\d+", arguments[0]):
        say("a version is needed: python3 do.py release 0.2.0")
        return 2
    version, changelog, project = arguments[0], ROOT / "CHANGELOG.md", ROOT / "pyproject.toml"
    notes, stated = changelog.read_text("utf-8"), project.read_text("utf-8")
    now = next(iter(re.findall(r'(?m)^version = "(.*)"$', stated)))
    if told("git", "status", "--porcelain"):
        say("commit or put away what is changed here first: a release holds nothing else")
        return 2
    if _parts(version) <= _parts(now) or told("git", "tag", "--list", f"v{version}"):
        say(f"a version after {now} is needed, and not one that has its tag")
        return 2
    if not re.search(r"## Unreleased\n(?!\s*## )", notes):
        say('nothing stands under "## Unreleased" in CHANGELOG.md')
        return 2
    schema, breaking = (ROOT / "schema.graphql").read_bytes(), ROOT / "docs" / "schema-breaking.txt"
    heading = (
        f"## Unreleased\n\n## {version} — {date.today()}\nschema: {hashlib.sha256(schema).hexdigest()}\n"
    )
    changelog.write_text(notes.replace("## Unreleased\n", heading, 1), "utf-8")
    (ROOT / "docs" / "schema-released.graphql").write_bytes(schema)
    kept = [line for line in breaking.read_text("utf-8").splitlines() if line.startswith("#")]
    breaking.write_text("\n".join(kept) + "\n", "utf-8")
    project.write_text(stated.replace(f'version = "{now}"', f'version = "{version}"', 1), "utf-8")
    for file, pattern, made in (
        ("publiccode.yml", r"(?m)^softwareVersion: .*$", f"softwareVersion: {version}"),
        ("publiccode.yml", r"(?m)^releaseDate: .*$", f'releaseDate: "{date.today()}"'),
        (
            SBOM,
            r'("name": "open-election-reporting",\s+"type": "application",\s+"version": ")[^"]+',
            rf"\g<1>{version}",
        ),
    ):
        text = (ROOT / file).read_text("utf-8")
        (ROOT / file).write_text(re.sub(pattern, made, text, count=1), "utf-8")
    run("git", "commit", "-qam", f"Release {version}")
    run("git", "tag", "-a", f"v{version}", "-m", f"Release {version}")
    return 0


def told(*command: str) -> str:
    """What a command says of the project's folder."""
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


SBOM = "requirements/sbom.cdx.json"


def sbom() -> None:
    """The bill of materials that travels in the wheel, from the runtime's lock file."""
    run(
        BIN / "cyclonedx-py", "requirements", ROOT / "requirements" / "runtime.lock", "--pyproject", ROOT / "pyproject.toml",
        "--mc-type", "application", "--output-reproducible", "--of", "JSON", "-o", ROOT / SBOM, "--validate",
    )  # fmt: skip


def words() -> None:
    """Every text of the console's code and templates stands in the catalogue; what is gone leaves it."""
    locale = ROOT / "src" / "api" / "console" / "locale"
    english = locale / "en" / "LC_MESSAGES" / "console.po"
    babel, texts = BIN / "pybabel", VENV / "console.pot"
    quiet = ("--no-location", "--sort-output", "--omit-header")
    run(
        babel,
        "-q",
        "extract",
        "-F",
        locale / "babel.cfg",
        "-k",
        "of",
        "-k",
        "said",
        *quiet,
        "-o",
        texts,
        locale.parent,
    )
    update = ("--no-fuzzy-matching", "--ignore-pot-creation-date", "--ignore-obsolete")
    run(babel, "-q", "update", "-i", texts, "-o", english, "-l", "en", "-w", "110", *update)
    run(babel, "-q", "compile", "-i", english, "-o", english.with_suffix(".mo"), "-l", "en")


def main() -> int:
    if sys.version_info < OLDEST:
        say(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed; this is {sys.version.split()[0]}")
        return 2
    parser = argparse.ArgumentParser(
        prog="do.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "task",
        choices=(
            "demo",
            "test",
            "run",
            "bench",
            "faults",
            "cluster",
            "setup",
            "words",
            "release",
            "pictures",
            "sbom",
        ),
    )
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="passed through")
    given = parser.parse_args()
    if given.task == "release":  # needs git alone
        return release(given.arguments)
    browser_comes = Thread(target=browser)  # one core of its own, while the other makes .venv
    if given.task in ("test", "pictures"):
        browser_comes.start()
    setup()
    match given.task:
        case "demo":
            return run(BIN / "reporting", "demo", "--serve", *given.arguments, check=False)
        case "run":
            return run(BIN / "reporting", *given.arguments, check=False)
        case "cluster":
            return run(BIN / "reporting", "drill", "cluster", *given.arguments, check=False)
        case "bench":
            return run(BIN / "python", "-m", "benchmarks", *given.arguments, check=False)
        case "faults":
            return faults(given.arguments)
        case "test":
            return test(given.arguments, browser_comes)
        case "words":
            words()
        case "sbom":
            sbom()
        case "pictures":
            browser_comes.join()
            return run(BIN / "python", ROOT / "docs" / "pictures" / "take.py", check=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
