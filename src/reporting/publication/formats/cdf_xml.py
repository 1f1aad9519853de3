"""A release in the common data format for election results, XML (NIST SP 1500-100 version 2). Counts keep their own digits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reporting.domain.election import Choice
from reporting.publication.distribution.contests import (
    AreaCount,
    CountedArea,
    CountedChoice,
    CountedContest,
    CountedElection,
)
from reporting.publication.distribution.facts import ReleasedFacts
from reporting.publication.formats import cdf_ids as ids
from reporting.publication.formats import xml_text
from reporting.publication.formats.messages import message
from reporting.publication.formats.moments import instant
from reporting.words import Words

MEDIA_TYPE = "application/xml"
NAMESPACE = "http://itl.nist.gov/ns/voting/1500-100/v2"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def cdf_xml_bytes(facts: ReleasedFacts, counted: CountedElection) -> bytes:
    """Elements in the order of the schema."""
    definition, publisher = facts.definition, facts.publisher.name
    day = definition.polling_date.isoformat()
    parts = [
        xml_text.DECLARATION,
        f'<ElectionReport xmlns="{NAMESPACE}" xmlns:xsi="{XSI}">\n<Election>\n',
        *_candidates(counted),
        *(part for told in counted.contests for part in _contest(told)),
        _leaf("ElectionScopeId", ids.area_id(counted.top)),
        _words("Name", definition.label.words),
        _leaf("StartDate", day),
        _leaf("EndDate", day),
        _leaf("Type", "other"),
        _leaf("OtherType", definition.kind),
        "</Election>\n",
        _identifier("release", facts.head.release),
        _leaf("Format", "precinct-level"),
        _leaf("GeneratedDate", instant(facts.released_at)),
        *map(_area, counted.areas),
        _leaf("Issuer", publisher.ja),
        _leaf("IssuerAbbreviation", publisher.en),
        _leaf("IsTest", "true" if definition.is_test else "false"),
        _leaf("Notes", str(message.words("cdf_notes"))),
        *_parties(counted),
        _leaf("SequenceStart", "1"),
        _leaf("SequenceEnd", "1"),
        _leaf("Status", ids.status_of(facts)),
        _leaf("VendorApplicationId", ids.VENDOR),
        "</ElectionReport>\n",
    ]
    return "".join(parts).encode()


def _area(area: CountedArea) -> str:
    kind = ids.LEVELS.get(area.level, "other")
    inner = [
        _ids("ComposingGpUnitIds", map(ids.area_id, area.inside)),
        _identifier("official-code", area.official_code) if area.official_code else "",
        _words("Name", area.name),
        _leaf("Type", kind),
        _leaf("OtherType", area.level or "other") if kind == "other" else "",
        _leaf("VotersParticipated", area.participated),
        _leaf("VotersRegistered", area.registered),
    ]
    return f'<GpUnit ObjectId="{ids.area_id(area.code)}" xsi:type="ReportingUnit">{"".join(inner)}</GpUnit>\n'


def _parties(counted: CountedElection) -> Iterator[str]:
    for told, choice in counted.choices(lists=True):
        at = ids.party_id(told.contest.code, choice.code)
        yield f'<Party ObjectId="{at}">{_name("Name", choice.name)}</Party>\n'


def _candidates(counted: CountedElection) -> Iterator[str]:
    for told, choice in counted.choices(lists=False):
        yield _candidate(told, choice)


def _candidate(told: CountedContest, choice: Choice) -> str:
    contest = told.contest.code
    listed = choice.on_list if told.by_lists else None
    inner = [
        _name("BallotName", choice.name),
        _identifier("party", choice.party) if choice.party else "",
        _leaf("PartyId", ids.party_id(contest, listed)) if listed else "",
    ]
    return f'<Candidate ObjectId="{ids.candidate_id(contest, choice.code)}">{"".join(inner)}</Candidate>\n'


def _contest(told: CountedContest) -> Iterator[str]:
    contest, lists = told.contest, told.by_lists
    kind = "PartyContest" if lists else "CandidateContest"
    yield f'<Contest ObjectId="{ids.contest_id(contest.code)}" xsi:type="{kind}">\n'
    for choice in told.choices:
        yield from _selection(contest.code, choice)
    yield _leaf("ElectionDistrictId", ids.area_id(contest.area.area))
    yield _leaf("Name", contest.label.ja)
    yield _leaf("VoteVariation", "proportional" if lists else "plurality")
    if not lists:
        yield _leaf("NumberElected", str(contest.seats))
        yield _leaf("VotesAllowed", "1")
    yield "</Contest>\n"


def _selection(contest: str, told: CountedChoice) -> Iterator[str]:
    code = told.choice.code
    kind = "PartySelection" if told.is_list else "CandidateSelection"
    yield f'<ContestSelection ObjectId="{ids.selection_id(contest, code)}" xsi:type="{kind}">\n'
    yield from map(_count, told.counts)
    if told.is_list:
        yield _ids("PartyIds", [ids.party_id(contest, code)])
    else:
        yield _ids("CandidateIds", [ids.candidate_id(contest, code)])
    yield "</ContestSelection>\n"


def _count(told: AreaCount) -> str:
    kind = (
        f"<Type>other</Type><OtherType>{xml_text.text(told.of)}</OtherType>"
        if told.of
        else "<Type>total</Type>"
    )
    return f"<VoteCounts><GpUnitId>{ids.area_id(told.area)}</GpUnitId>{kind}<Count>{told.count}</Count></VoteCounts>\n"


def _identifier(kind: str, said: str) -> str:
    inner = _leaf("Type", "other") + _leaf("OtherType", kind) + _leaf("Value", said)
    return f"<ExternalIdentifier>{inner}</ExternalIdentifier>"


def _words(element: str, words: Words) -> str:
    texts = f'<Text Language="ja">{xml_text.text(words.ja)}</Text>'
    if words.en != words.ja:
        texts += f'<Text Language="en">{xml_text.text(words.en)}</Text>'
    return f"<{element}>{texts}</{element}>"


def _name(element: str, name: str) -> str:
    return _words(element, Words(name, name))


def _ids(element: str, names: Iterable[str]) -> str:
    return _leaf(element, " ".join(names))


def _leaf(element: str, said: str) -> str:
    return f"<{element}>{xml_text.text(said)}</{element}>" if said else ""
