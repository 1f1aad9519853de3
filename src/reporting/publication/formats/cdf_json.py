"""A release in the common data format for election results, JSON (NIST SP 1500-100 version 2). Counts keep their own digits."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

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
from reporting.publication.formats.messages import message
from reporting.publication.formats.moments import instant
from reporting.words import Words

MEDIA_TYPE = "application/json"


def cdf_json_bytes(facts: ReleasedFacts, counted: CountedElection) -> bytes:
    definition, publisher = facts.definition, facts.publisher.name
    election = _object(
        "Election",
        Name=_words(definition.label.words),
        StartDate=_text(definition.polling_date.isoformat()),
        EndDate=_text(definition.polling_date.isoformat()),
        Type=_text("other"),
        OtherType=_text(definition.kind),
        ElectionScopeId=_text(ids.area_id(counted.top)),
        Candidate=_list(_candidates(counted)),
        Contest=_list(map(_contest, counted.contests)),
    )
    report = _object(
        "ElectionReport",
        Format=_text("precinct-level"),
        GeneratedDate=_text(instant(facts.released_at)),
        Issuer=_text(publisher.ja),
        IssuerAbbreviation=_text(publisher.en),
        IsTest="true" if definition.is_test else "false",
        Notes=_text(str(message.words("cdf_notes"))),
        SequenceStart="1",
        SequenceEnd="1",
        Status=_text(ids.status_of(facts)),
        VendorApplicationId=_text(ids.VENDOR),
        ExternalIdentifier=_list([_identifier("release", facts.head.release)]),
        GpUnit=_list(map(_area, counted.areas)),
        Party=_list(_parties(counted)),
        Election=f"[\n{election}]",
    )
    return (report + "\n").encode()


def _area(area: CountedArea) -> str:
    kind = ids.LEVELS.get(area.level, "other")
    return _object(
        "ReportingUnit",
        ids.area_id(area.code),
        Name=_words(area.name),
        Type=_text(kind),
        OtherType=_text(area.level or "other") if kind == "other" else "",
        ExternalIdentifier=_list([_identifier("official-code", area.official_code)]) if area.official_code else "",
        ComposingGpUnitIds=_ids(map(ids.area_id, area.inside)),
        VotersRegistered=area.registered,
        VotersParticipated=area.participated,
    )  # fmt: skip


def _parties(counted: CountedElection) -> Iterator[str]:
    for told, choice in counted.choices(lists=True):
        at = ids.party_id(told.contest.code, choice.code)
        yield _object("Party", at, Name=_name(choice.name))


def _candidates(counted: CountedElection) -> Iterator[str]:
    for told, choice in counted.choices(lists=False):
        yield _candidate(told, choice)


def _candidate(told: CountedContest, choice: Choice) -> str:
    contest = told.contest.code
    listed = choice.on_list if told.by_lists else None
    on_list = _text(ids.party_id(contest, listed)) if listed else ""
    party = _list([_identifier("party", choice.party)]) if choice.party else ""
    return _object(
        "Candidate",
        ids.candidate_id(contest, choice.code),
        BallotName=_name(choice.name),
        PartyId=on_list,
        ExternalIdentifier=party,
    )


def _contest(told: CountedContest) -> str:
    contest = told.contest
    lists = told.by_lists
    return _object(
        "PartyContest" if lists else "CandidateContest",
        ids.contest_id(contest.code),
        Name=_text(contest.label.ja),
        ElectionDistrictId=_text(ids.area_id(contest.area.area)),
        VoteVariation=_text("proportional" if lists else "plurality"),
        NumberElected="" if lists else str(contest.seats),
        VotesAllowed="" if lists else "1",
        ContestSelection=_list(_selection(contest.code, choice) for choice in told.choices),
    )


def _selection(contest: str, told: CountedChoice) -> str:
    code = told.choice.code
    counts = _list(map(_count, told.counts))
    at = ids.selection_id(contest, code)
    if told.is_list:
        return _object("PartySelection", at, PartyIds=_ids([ids.party_id(contest, code)]), VoteCounts=counts)
    who = _ids([ids.candidate_id(contest, code)])
    return _object("CandidateSelection", at, CandidateIds=who, VoteCounts=counts)


def _count(told: AreaCount) -> str:
    other = f',"Type":"other","OtherType":{_text(told.of)}' if told.of else ',"Type":"total"'
    return (
        f'{{"@type":"ElectionResults.VoteCounts","GpUnitId":"{ids.area_id(told.area)}"{other},'
        f'"Count":{told.count}}}'
    )


def _identifier(kind: str, said: str) -> str:
    return _object("ExternalIdentifier", Type=_text("other"), OtherType=_text(kind), Value=_text(said))


def _words(words: Words) -> str:
    texts = [_object("LanguageString", Content=_text(words.ja), Language=_text("ja"))]
    if words.en != words.ja:
        texts.append(_object("LanguageString", Content=_text(words.en), Language=_text("en")))
    return _object("InternationalizedText", Text=_list(texts))


def _name(name: str) -> str:
    return _words(Words(name, name))


def _object(kind: str, at: str = "", **fields: str) -> str:
    """Fields that are JSON already; empty ones are left out."""
    told = {"@type": _text(f"ElectionResults.{kind}"), **({"@id": _text(at)} if at else {}), **fields}
    return "{" + ",".join(f'"{name}":{field}' for name, field in told.items() if field) + "}"


def _list(parts: Iterator[str] | Sequence[str] | map[str]) -> str:
    joined = ",\n".join(parts)
    return f"[\n{joined}]" if joined else ""


def _ids(names: Sequence[str] | map[str]) -> str:
    joined = ",".join(map(_text, names))
    return f"[{joined}]" if joined else ""


def _text(said: str) -> str:
    return json.dumps(said, ensure_ascii=False)
