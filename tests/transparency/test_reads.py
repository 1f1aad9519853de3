"""Reads before release: each line seals the one before it, the log names how far they are, and the verifier finds what was done to
them. Who operates the server may write what they like into its log: they are played here."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import tiny
from hypothesis import given, settings
from hypothesis import strategies as st
from signed import NewSigner, night
from structlog.testing import capture_logs
from thorough import examples
from tiny import AUDITOR, WARD_CLERK

from api.cli.evidence import published_totals
from api.read_log import ReadLog
from projections.runner import Projector
from reporting.application.service import Reporting
from reporting.database.connect import Database
from reporting.ledger.streams import reads_stream
from reporting.transparency.export import export, steady
from reporting.transparency.note import SignerKey

Lines = list[dict[str, Any]]


def read(log: ReadLog, times: int, first: int = 0) -> Lines:
    with capture_logs() as lines:
        for number in range(first, first + times):
            reader = AUDITOR if number % 2 else WARD_CLERK
            log.tell(reader, "tiny", {"unit": "11"} if number % 3 else {"area": "*"}, f"request-{number}")
    return [dict(line) for line in lines]


def kept(lines: Lines, file: Path) -> Path:
    """As a journal holds them, with lines of other events between."""
    text = "".join(
        json.dumps({**line, "timestamp": "2026-11-29T00:00:00Z"}, ensure_ascii=False)
        + "\n"
        + '{"event": "change"}\n'
        for line in lines
    )
    file.write_text(text, "utf-8")
    return file


def heads(log: ReadLog) -> dict[str, dict[int, str]]:
    counted = log.to_anchor()
    assert counted is not None
    return {log.chain: {counted.count: counted.head}}


def test_a_whole_log_is_good(verifier: ModuleType, tmp_path: Path) -> None:
    log = ReadLog()
    lines = read(log, 5)
    counted = heads(log)
    more = read(log, 2, 5)
    assert verifier.reads(kept(lines + more, tmp_path / "reads"), counted)[:2] == (7, 5)
    assert "2 reads are not named" in verifier.reads(kept(lines + more, tmp_path / "reads"), counted)[2][-1]
    two = ReadLog()
    mixed = lines[:2] + read(two, 1) + lines[2:]
    assert verifier.reads(kept(mixed, tmp_path / "reads"), {**counted, **heads(two)})[:2] == (6, 6)


def other_person(lines: Lines) -> Lines:
    lines[2]["person"] = "別の人"
    return lines


def other_place(lines: Lines) -> Lines:
    lines[1]["unit"] = "12"
    return lines


def hashed_again(lines: Lines) -> Lines:
    """Changed, and the line's own hash made to fit."""
    log = ReadLog(chain=lines[2]["chain"])
    log._count, log._head = 2, lines[1]["hash"]
    lines[2] = read(log, 1, 7)[0]
    return lines


def turned(lines: Lines) -> Lines:
    return [lines[1], lines[0], *lines[2:]]


DEEDS: dict[str, Callable[[Lines], Lines]] = {
    "another person": other_person,
    "another place": other_place,
    "hashed again": hashed_again,
    "one left out": lambda lines: lines[:2] + lines[3:],
    "the last cut off": lambda lines: lines[:-1],
    "one twice": lambda lines: [*lines, lines[-1]],
    "turned": turned,
    "a hash that is none": lambda lines: [{**lines[0], "hash": None}, *lines[1:]],
    "a field taken out": lambda lines: [
        {name: value for name, value in lines[0].items() if name != "office"},
        *lines[1:],
    ],
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_was_done_to_it_is_found(deed: str, verifier: ModuleType, tmp_path: Path) -> None:
    log = ReadLog()
    lines = read(log, 5)
    with pytest.raises(verifier.BadReads):
        verifier.reads(kept(DEEDS[deed](lines), tmp_path / "reads"), heads(log))


@given(data=st.data())
@settings(max_examples=examples(30))
def test_no_change_of_any_field_goes_unseen(
    data: st.DataObject, verifier: ModuleType, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = ReadLog()
    lines = read(log, 4)
    line = data.draw(st.integers(0, 3))
    name = data.draw(st.sampled_from(sorted(lines[line].keys() - {"event", "log_level"})))
    other = data.draw(st.sampled_from(["", "0" * 64, "x", 1, None]))
    before = lines[line][name]
    lines[line][name] = other
    file = kept(lines, tmp_path_factory.mktemp("reads") / "reads")
    if other == before:
        assert verifier.reads(file, heads(log))[0] == 4
    else:
        with pytest.raises(verifier.BadReads):
            verifier.reads(file, heads(log))


def test_a_name_is_erased_and_the_chain_is_whole(verifier: ModuleType, tmp_path: Path) -> None:
    log = ReadLog()
    lines = [{**line, "person": "(erased)", "salt": "(erased)"} for line in read(log, 3)]
    assert verifier.reads(kept(lines, tmp_path / "reads"), heads(log))[0] == 3


def test_what_was_deleted_in_time_is_told_and_no_fault(verifier: ModuleType, tmp_path: Path) -> None:
    log, gone = ReadLog(), ReadLog()
    read(gone, 2)
    lines = read(log, 5)
    told = verifier.reads(kept(lines[2:], tmp_path / "reads"), {**heads(log), **heads(gone)})
    assert told[:2] == (3, 3)
    assert [f"2 reads of {gone.chain}" in note or "begins at line 3" in note for note in told[2]] == [
        True,
        True,
    ]


def test_the_ledger_names_it_and_an_export_is_checked_with_it(
    service: Reporting,
    database: Database,
    new_signer: NewSigner,
    key: SignerKey,
    verifier: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    night(service)
    log, stop = ReadLog(), threading.Event()
    lines = read(log, 3)
    stop.set()
    follows = (service.appender.append, service.ledger.stream_version)
    log.run(stop, *follows, lambda: False)  # at a standby nothing is named
    assert service.ledger.stream(reads_stream(log.chain)) == []
    log.run(stop, *follows, lambda: True)
    log.run(stop, *follows, lambda: True)  # nothing new to name
    (named,) = service.ledger.stream(reads_stream(log.chain))
    assert named.event.model_dump() == {"chain": log.chain, "count": 3, "head": lines[-1]["hash"]}
    assert tiny.AUDITOR.person not in str(named.event)
    projector = Projector(database)
    projector.catch_up()
    assert new_signer().step()
    with published_totals(database) as totals, steady(database) as connection:
        export(connection, tmp_path / "export", key.verifier(), totals=totals)
    folder = str(tmp_path / "export")
    trusted = ["--key", str(key.verifier())]
    assert verifier.main([folder, *trusted, "--reads", str(kept(lines, tmp_path / "reads"))]) == 0
    assert "GOOD: 3 reads before release, 3 of them named in the log" in capsys.readouterr().out
    assert verifier.main([folder, *trusted, "--reads", str(kept(lines[:2], tmp_path / "short"))]) == 1
    assert "BAD: reads before release, the log names line 3" in capsys.readouterr().out
    assert verifier.main([folder, *trusted, "--reads", str(tmp_path / "nowhere")]) == 2
