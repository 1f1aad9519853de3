"""Where the files of a release come from, as PROV-JSON: the release's event, the signed package, the files made from it.

In the words of a figure's own history (`projections.prov`), so that both can be read as one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.formats.moments import exact_instant

MEDIA_TYPE = "application/json"
PREFIX = {
    "er": "urn:election-reporting:",
    "prov": "http://www.w3.org/ns/prov#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
"""Names only; nothing is fetched from them."""


@dataclass(frozen=True, slots=True)
class ProvFile:
    name: str
    sha256: str


def prov_bytes(
    facts: ReleasedFacts,
    distribution: str,
    files: Sequence[ProvFile],
    before: str,
    program: Mapping[str, str],
) -> bytes:
    """`before`: id of the release before, empty for the first; `program`: names and versions of what wrote the files."""
    head = facts.head
    package, release, whole = (
        f"er:package/{facts.core}",
        f"er:release/{head.release}",
        f"er:distribution/{distribution}",
    )
    event, making, publisher = f"er:event/{facts.position}", f"er:making/{distribution}", "er:publisher"
    log = f"er:log@{head.upto}"
    own = [file for file in files if not file.name.startswith("core/")]
    document: dict[str, dict[str, object]] = {
        "entity": {
            log: {"prov:type": "er:log", "er:position": head.upto},
            release: {"prov:type": "er:release", "er:number": head.number},
            package: {"prov:type": "er:package", "er:sha256": facts.core},
            whole: {"prov:type": "prov:Collection"},
            **{f"{whole}/{file.name}": {"er:sha256": file.sha256} for file in own},
        },
        "activity": {
            event: {
                "prov:endTime": exact_instant(facts.released_at),
                "prov:type": "er:SlotReleased",
            },
            making: {"prov:type": "er:DistributionMade"},
        },
        "agent": {
            publisher: {"prov:type": "prov:Organization", "prov:label": facts.publisher.name.ja},
            **{
                f"er:program/{name}": {"prov:type": "prov:SoftwareAgent", "er:version": version}
                for name, version in sorted(program.items())
            },
        },
        "used": {
            "_:u1": {"prov:activity": event, "prov:entity": log},
            "_:u2": {"prov:activity": making, "prov:entity": package},
        },
        "wasGeneratedBy": {
            "_:g1": {"prov:entity": release, "prov:activity": event},
            "_:g2": {"prov:entity": package, "prov:activity": event},
            "_:g3": {"prov:entity": whole, "prov:activity": making},
        },
        "wasAttributedTo": {"_:t1": {"prov:entity": whole, "prov:agent": publisher}},
        "wasAssociatedWith": {
            f"_:a{n}": {"prov:activity": making, "prov:agent": f"er:program/{name}"}
            for n, name in enumerate(sorted(program))
        },
        "hadMember": {
            f"_:m{n}": {"prov:collection": whole, "prov:entity": f"{whole}/{file.name}"}
            for n, file in enumerate(own)
        },
        "wasDerivedFrom": {
            f"_:d{n}": {"prov:generatedEntity": f"{whole}/{file.name}", "prov:usedEntity": package}
            for n, file in enumerate(own)
        },
    }
    if before:
        earlier = f"er:release/{before}"
        document["entity"][earlier] = {"prov:type": "er:release", "er:number": head.number - 1}
        document["wasRevisionOf"] = {"_:r1": {"prov:generatedEntity": release, "prov:usedEntity": earlier}}
    told = {"prefix": PREFIX, **{name: part for name, part in document.items() if part}}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
