"""Whether a folder holds a release as it was published: files → manifest → event → leaf of the signed log."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from reporting.errors import ReportingError
from reporting.publication.messages import message

MANIFEST, EVENT, PROOF = "manifest.json", "event.json", "event.tlog-proof"


class PackageBroken(ReportingError):
    """facts: `file`, `detail`."""

    code = "package_broken"
    template_ja = "公表パッケージの {file} が公表時のものと一致しません（{detail}）。公表元から取り直し、監査担当に連絡してください。"
    template_en = "{file} of the release is not what was published ({detail}). Get it again from the publisher; tell the auditors."


def check(files: Mapping[str, bytes], leaf: bytes) -> str:
    """The release's id. `leaf`: of its event, already proved to be in the log. PackageBroken."""
    try:
        event, fields = files[EVENT], json.loads(leaf)
        if fields["type"] != "SlotReleased" or hashlib.sha256(event).hexdigest() != fields["state"]:
            raise PackageBroken(file=EVENT, detail=message("the_proof_is_for_another_event"))
        if hashlib.sha256(files[MANIFEST]).hexdigest() != json.loads(event)["package"]:
            raise PackageBroken(file=MANIFEST, detail=message("another_sha_256"))
        manifest = json.loads(files[MANIFEST])
        for name, hash_ in manifest["files"].items():
            if hashlib.sha256(files[name]).hexdigest() != hash_:
                raise PackageBroken(file=name, detail=message("another_sha_256"))
    except KeyError as missing:
        raise PackageBroken(file=str(missing).strip("'"), detail=message("missing")) from None
    except (ValueError, TypeError, AttributeError):
        raise PackageBroken(file=EVENT, detail=message("not_readable_as_json")) from None
    if others := set(files) - {MANIFEST, EVENT, PROOF, *manifest["files"]}:
        raise PackageBroken(file=min(others), detail=message("not_named_in_the_manifest"))
    return str(manifest["release"])
