"""Whether a folder holds a release as it was published: files → manifest → event → leaf of the signed log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reporting.errors import ReportingError
from reporting.publication.messages import message

MANIFEST, EVENT, PROOF = "manifest.json", "event.json", "event.tlog-proof"
DISTRIBUTION, CORE_MANIFEST = "distribution.json", "core/manifest.json"


@dataclass(frozen=True, slots=True)
class FileList:
    """A list of files, and the field of its event that holds its SHA-256."""

    name: str
    field: str


LISTS: Mapping[str, FileList] = {
    "SlotReleased": FileList(MANIFEST, "package"),
    "DistributionMade": FileList(DISTRIBUTION, "manifest"),
}
"""Type of an event → the list of files that it names."""


class PackageBroken(ReportingError):
    """facts: `file`, `detail`."""

    code = "package_broken"
    template_ja = "公表パッケージの {file} が公表時のものと一致しません（{detail}）。公表元から取り直し、監査担当に連絡してください。"
    template_en = "{file} of the release is not what was published ({detail}). Get it again from the publisher; tell the auditors."


def check(files: Mapping[str, bytes], leaf: bytes) -> str:
    """The release's id. `files`: of a release, or of its open data; `leaf`: of their event, already proved to be in the log.
    PackageBroken."""
    try:
        event, fields = files[EVENT], json.loads(leaf)
        if fields["type"] not in LISTS or hashlib.sha256(event).hexdigest() != fields["state"]:
            raise PackageBroken(file=EVENT, detail=message("the_proof_is_for_another_event"))
        of_list, told = LISTS[fields["type"]], json.loads(event)
        if hashlib.sha256(files[of_list.name]).hexdigest() != told[of_list.field]:
            raise _different(of_list.name)
        manifest = json.loads(files[of_list.name])
        named = hashes_of(manifest)
        for name, hash_ in named.items():
            if hashlib.sha256(files[name]).hexdigest() != hash_:
                raise _different(name)
        if of_list.name == DISTRIBUTION and named[CORE_MANIFEST] != told["package"]:
            raise _different(CORE_MANIFEST)
    except KeyError as missing:
        raise PackageBroken(file=str(missing).strip("'"), detail=message("missing")) from None
    except (ValueError, TypeError, AttributeError):
        raise PackageBroken(file=EVENT, detail=message("not_readable_as_json")) from None
    if others := set(files) - {of_list.name, EVENT, PROOF, *named}:
        raise PackageBroken(file=min(others), detail=message("not_named_in_the_manifest"))
    return str(manifest["release"])


def _different(file: str) -> PackageBroken:
    return PackageBroken(file=file, detail=message("another_sha_256"))


def hashes_of(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Name of a file → its SHA-256, of either list."""
    files = manifest["files"]
    return dict(files) if isinstance(files, dict) else {file["name"]: file["sha256"] for file in files}
