"""A figure's history as W3C PROV-JSON (PROV-DM 2013; W3C Member Submission PROV-JSON 2013): values are entities, commands
activities, persons and offices agents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from projections.read.rows import FIGURES, VersionRow
from reporting.publication.formats.prov import PREFIX

ERASED = "(erased)"
"""What stands in the ledger where a name was erased."""


def prov_json(figure: str, versions: Sequence[VersionRow]) -> dict[str, Any]:
    """`figure`: an identifier of the cell (`election/form/slot/unit/contest|item|…`); versions newest first, and among
    them approvals, which use the value that stood then."""
    document: dict[str, dict[str, Any]] = {
        name: {}
        for name in (
            "entity", "activity", "agent", "wasGeneratedBy", "wasAssociatedWith", "actedOnBehalfOf", "wasRevisionOf",
            "specializationOf", "wasInvalidatedBy", "used", "wasAttributedTo",
        )
    }  # fmt: skip
    whole = f"er:{figure}"
    document["entity"][whole] = {"prov:type": "er:figure"}
    newer: VersionRow | None = None
    approvals: list[str] = []
    for version in versions:
        entity, activity = f"er:{figure}@{version.position}", f"er:event/{version.position}"
        person, office = (
            _agent(kind, name, version.position)
            for kind, name in (("person", version.person), ("office", version.office))
        )
        document["activity"][activity] = {
            "prov:endTime": version.recorded_at.isoformat(),
            "prov:type": f"er:{version.type}",
            "er:channel": version.channel,
            "er:reason": version.reason or "",
        }
        document["agent"][person] = {"prov:type": "prov:Person", "prov:label": version.person}
        document["agent"][office] = {"prov:type": "prov:Organization", "prov:label": version.office}
        n = str(version.position)
        document["wasAssociatedWith"][f"_:a{n}"] = {
            "prov:activity": activity, "prov:agent": person, "prov:plan": f"er:role/{version.role}",
        }  # fmt: skip
        document["actedOnBehalfOf"][f"_:o{n}"] = {
            "prov:delegate": person, "prov:responsible": office, "prov:activity": activity,
        }  # fmt: skip
        if version.on_behalf_of:
            behalf = _agent("office", version.on_behalf_of, version.position)
            document["agent"][behalf] = {"prov:type": "prov:Organization", "prov:label": version.on_behalf_of}
            document["actedOnBehalfOf"][f"_:b{n}"] = {
                "prov:delegate": office, "prov:responsible": behalf, "prov:activity": activity,
            }  # fmt: skip
        if version.type not in FIGURES:
            approvals.append(n)
            continue
        document["entity"][entity] = {"er:value": version.after, "er:position": version.position}
        for number, typist in enumerate(version.typed_by):
            author = _agent("person", typist.person, version.position)
            document["agent"][author] = {"prov:type": "prov:Person", "prov:label": typist.person}
            document["wasAttributedTo"][f"_:t{n}.{number}"] = {"prov:entity": entity, "prov:agent": author}
        for approval in approvals:
            document["used"][f"_:u{approval}"] = {
                "prov:activity": f"er:event/{approval}",
                "prov:entity": entity,
            }
        approvals = []
        document["specializationOf"][f"_:s{n}"] = {"prov:specificEntity": entity, "prov:generalEntity": whole}
        document["wasGeneratedBy"][f"_:g{n}"] = {"prov:entity": entity, "prov:activity": activity}
        if newer is not None:
            document["wasRevisionOf"][f"_:r{newer.position}"] = {
                "prov:generatedEntity": f"er:{figure}@{newer.position}", "prov:usedEntity": entity,
            }  # fmt: skip
            document["wasInvalidatedBy"][f"_:i{n}"] = {
                "prov:entity": entity, "prov:activity": f"er:event/{newer.position}",
            }  # fmt: skip
        newer = version
    return {"prefix": PREFIX, **{name: part for name, part in document.items() if part}}


def _agent(kind: str, name: str, position: int) -> str:
    """Two whose names were erased are not thereby one and the same."""
    return f"er:{kind}/{name}" + (f"@{position}" if name == ERASED else "")
