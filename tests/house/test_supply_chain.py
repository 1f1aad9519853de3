"""What is shipped says what it is made of: a bill of materials, licences that are allowed, a wheel that anybody makes the same, units
that are shut in, and a description that catalogues of public software can read."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import pytest
import yaml
from json_schemas import complaints

ROOT = Path(__file__).parents[2]
LOCKS = ("runtime", "paper", "parquet", "observe", "mail")
ALLOWED = {
    "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1", "PSF-2.0",
}  # fmt: skip
"""Licences whose works may be used beside ours (EUPL-1.2), unchanged and by themselves. A further one is a decision."""
SAID = {"MIT License": "MIT", "BSD License": "BSD-3-Clause"}
"""Classifiers of packages without a licence expression, as their licence files read."""


def packages(lock: str) -> list[str]:
    text = (ROOT / "requirements" / f"{lock}.lock").read_text("utf-8")
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, re.MULTILINE)


def licence(package: str) -> str:
    told = metadata(package).json
    classifiers = [str(text).rsplit(" :: ", 1)[-1] for text in told.get("classifier") or ()]
    short = str(told.get("license") or "").strip()
    return (
        str(told.get("license_expression") or "")
        or (short if short in ALLOWED else "")
        or next((SAID[text] for text in classifiers if text in SAID), "unknown")
    )


def test_every_licence_is_listed_and_allowed() -> None:
    named = sorted({name for lock in LOCKS for name in packages(lock)})
    lines = [f"{name} {licence(name)}" for name in named]
    listed = (ROOT / "requirements" / "licences.txt").read_text("utf-8").splitlines()
    assert [line for line in listed if not line.startswith("#")] == lines
    for line in lines:
        name, _, expression = line.partition(" ")
        every = [re.findall(r"[A-Za-z0-9.-]+", part) for part in re.split(r"\bAND\b", expression)]
        assert all({*part} & ALLOWED for part in every), f"{name}: {expression}"


def test_a_licence_that_is_not_allowed_is_found() -> None:
    for expression in ("GPL-3.0-only", "MIT AND SSPL-1.0", "unknown"):
        every = [re.findall(r"[A-Za-z0-9.-]+", part) for part in re.split(r"\bAND\b", expression)]
        assert not all({*part} & ALLOWED for part in every)


def test_the_bill_of_materials_is_of_the_lock_file() -> None:
    """CycloneDX 1.6, as `python3 do.py sbom` makes it; it travels in the wheel (PEP 770)."""
    stored = json.loads((ROOT / "requirements" / "sbom.cdx.json").read_text("utf-8"))
    text = (ROOT / "requirements" / "runtime.lock").read_text("utf-8")
    pinned = dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ]+)", text, re.MULTILINE))
    assert (stored["bomFormat"], stored["specVersion"]) == ("CycloneDX", "1.6")
    assert {part["name"]: part["version"] for part in stored["components"]} == pinned
    hashes = {
        given["content"]
        for part in stored["components"]
        for reference in part["externalReferences"]
        for given in reference.get("hashes", ())
    }
    assert hashes == set(re.findall(r"sha256:([0-9a-f]{64})", text))
    assert f'sbom-files = ["{"requirements/sbom.cdx.json"}"]' in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_wheel_is_the_same_whoever_makes_it(tmp_path: Path) -> None:
    """From two places, at two times, in two time zones: one digest; the bill of materials and the guides are in it."""
    digests = set()
    for number, zone in enumerate(("Asia/Tokyo", "America/New_York")):
        copy = tmp_path / f"copy{number}"
        for name in ("pyproject.toml", "README.md", "LICENSE.md", "requirements/sbom.cdx.json"):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
        shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copytree(ROOT / "docs", copy / "docs", ignore=shutil.ignore_patterns("pictures"))
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(copy / "out")],
            cwd=copy, env={"TZ": zone, "PATH": "/usr/bin:/bin"}, check=True, capture_output=True,
        )  # fmt: skip
        (wheel,) = (copy / "out").glob("*.whl")
        digests.add(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert len(digests) == 1
    assert b"dist-info/sboms/sbom.cdx.json" in wheel.read_bytes()
    assert b"api/console/docs/editors.md" in wheel.read_bytes(), "the console's pages lead to its guides"


SHUT_IN = {
    "NoNewPrivileges=yes", "PrivateTmp=yes", "PrivateDevices=yes", "ProtectSystem=strict", "ProtectHome=yes",
    "ProtectKernelTunables=yes", "ProtectKernelModules=yes", "ProtectKernelLogs=yes", "ProtectControlGroups=yes",
    "ProtectClock=yes", "ProtectHostname=yes", "ProtectProc=invisible", "ProcSubset=pid", "PrivateUsers=yes",
    "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX", "RestrictNamespaces=yes", "RestrictSUIDSGID=yes",
    "RestrictRealtime=yes", "RemoveIPC=yes", "LockPersonality=yes", "MemoryDenyWriteExecute=yes",
    "SystemCallArchitectures=native", "SystemCallFilter=@system-service", "SystemCallFilter=~@privileged @resources",
    "CapabilityBoundingSet=", "AmbientCapabilities=", "DevicePolicy=closed", "KeyringMode=private", "UMask=0077",
}  # fmt: skip
"""With these `systemd-analyze security` (252) says 1.2 of each unit."""


BESIDE_A_SERVER = {
    "reporting-backup": {"RemoveIPC=yes"},
    "patroni": {
        "RemoveIPC=yes", "PrivateDevices=yes", "PrivateUsers=yes", "ProtectProc=invisible", "ProcSubset=pid",
        "SystemCallFilter=~@privileged @resources",
    },
}  # fmt: skip
"""What runs as the user of a PostgreSQL: its shared memory must outlive them, and Patroni holds a watchdog and starts the server
itself, of which nobody traced what it asks for."""


@pytest.mark.parametrize("unit", sorted((ROOT / "deploy").glob("**/*.service")), ids=lambda path: path.stem)
def test_every_unit_is_shut_in(unit: Path) -> None:
    missing = SHUT_IN - set(unit.read_text("utf-8").splitlines())
    assert missing == BESIDE_A_SERVER.get(unit.stem, set())


TEXT = {"type": "string", "minLength": 1}
LANGUAGE = {
    "type": "object",
    "required": ["shortDescription", "longDescription", "features"],
    "properties": {
        "shortDescription": {**TEXT, "maxLength": 150},
        "longDescription": {**TEXT, "minLength": 150, "maxLength": 10_000},
        "features": {"type": "array", "minItems": 1, "items": {**TEXT, "maxLength": 100}},
    },
}
PUBLICCODE = {
    "type": "object",
    "required": [
        "publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
        "maintenance", "localisation",
    ],
    "properties": {
        "publiccodeYmlVersion": {"enum": ["0.4", "0.4.0"]},
        "url": {"type": "string", "pattern": "^https://.+"},
        "releaseDate": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "developmentStatus": {"enum": ["concept", "development", "beta", "stable", "obsolete"]},
        "softwareType": {
            "enum": ["standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend",
                     "standalone/other", "addon", "library", "configurationFiles"],
        },
        "description": {"type": "object", "minProperties": 1, "additionalProperties": LANGUAGE},
        "legal": {"type": "object", "required": ["license"]},
        "maintenance": {
            "type": "object",
            "required": ["type", "contacts"],
            "properties": {
                "type": {"enum": ["internal", "contract", "community", "none"]},
                "contacts": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name"]}},
            },
        },
        "localisation": {"type": "object", "required": ["localisationReady", "availableLanguages"]},
    },
}  # fmt: skip
"""What the standard asks (publiccode.yml 0.4, core keys: https://yml.publiccode.tools/schema.core.html)."""


def test_catalogues_of_public_software_can_read_what_it_is() -> None:
    told = yaml.safe_load((ROOT / "publiccode.yml").read_text("utf-8"))
    assert complaints(PUBLICCODE, told) == []
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert f'version = "{told["softwareVersion"]}"' in project
    assert f'license = "{told["legal"]["license"]}"' in project
    assert set(told["description"]) == set(told["localisation"]["availableLanguages"])
