"""A release's files: whole, as they were released, or not there; and what nobody could check is said."""

from __future__ import annotations

import base64
import hashlib
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from analysts import Installation
from reporting_client import (
    Client,
    DownloadBroken,
    InvalidArgument,
    NotAsReleased,
    NotFullyVerified,
    NotPublished,
    Retries,
    ServerAway,
    Verification,
    signed_log,
    verify,
)

FIRST = "tiny-final-final-1"
SLOT: dict[str, Any] = {"form": "final", "slot": "final"}
URL = "http://reporting.test"


class Changed(httpx.BaseTransport):
    """The server, and what somebody on the way makes of the answers whose address ends with `name`."""

    def __init__(
        self,
        installation: Installation,
        name: str,
        change: Callable[[httpx.Request, httpx.Response], httpx.Response],
    ) -> None:
        self._beneath, self._name, self._change = installation.transport, name, change
        self.asked: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._beneath.handle_request(request)
        if not request.url.path.endswith(self._name):
            return answer
        self.asked.append(request)
        return self._change(request, answer)

    def client(self, times: int = 3) -> Client:
        return Client(URL, transport=self, retries=Retries(times=times, sleep=lambda _: None))


def test_a_release_is_checked_up_to_the_logs_signature(
    client: Client, installation: Installation, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held = client.download("tiny", tmp_path, **SLOT, number=1, log_key=installation.log_key)
    assert held.folder == tmp_path / FIRST
    checked = held.verification
    assert checked is not None
    assert checked.complete
    assert {
        "core/manifest.json",
        "core/event.json",
        "core/event.tlog-proof",
        "core/totals.csv",
        "distribution.json",
        "event.json",
        "event.tlog-proof",
        "observations.csv",
        "observations.parquet",
    } <= {*checked.checked}
    assert (checked.election, checked.form, checked.slot, checked.number) == ("tiny", "final", "final", 1)
    assert checked.log_position is not None
    package = shutil.copytree(held.folder / "core", tmp_path / "elsewhere")
    assert verify(
        package, log_key=installation.log_key
    ).complete  # the signed package alone, as `reporting audit verify` takes it
    shutil.rmtree(package)
    assert verify(held.folder, log_key=installation.log_key) == checked  # offline, and without the client
    assert {path.name for path in tmp_path.iterdir()} == {FIRST}
    again = client.download("tiny", tmp_path, **SLOT, number=1, log_key=installation.log_key)
    assert again == held


def test_the_newest_is_found_and_the_one_before_stays(client: Client, tmp_path: Path) -> None:
    newest = client.download("tiny", tmp_path, verify=False)
    of_slot = client.download("tiny", tmp_path, **SLOT, verify=False)
    assert newest.folder == of_slot.folder == tmp_path / "tiny-final-final-2"
    assert b",61," in newest.path("core/changes.csv").read_bytes()
    release = client.releases("tiny")[0]
    assert release.files is not None
    listed = {file.name: file.sha256 for file in release.files}
    for path in newest.files:
        assert (
            listed[path.relative_to(newest.folder).as_posix()]
            == hashlib.sha256(path.read_bytes()).hexdigest()
        )


def test_what_could_not_be_checked_is_said(
    client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.warns(NotFullyVerified, match="log_key"):
        held = client.download("tiny", tmp_path, **SLOT, number=1, files="observations.csv")
    assert [path.name for path in held.files] == ["observations.csv"]
    assert held.verification is not None
    said = [entry.en for entry in held.verification.unchecked]
    assert "core/figures.csv is not in this folder" in said
    assert not held.verification.complete
    (held.folder / "core/event.tlog-proof").unlink()
    assert any("core/event.tlog-proof" in entry.en for entry in verify(held.folder).unchecked)
    (held.folder / "core/event.json").unlink()
    without = verify(held.folder)
    assert any("core/event.json" in entry.en for entry in without.unchecked)
    assert without.election == "tiny"
    (held.folder / "event.json").unlink()
    assert verify(held.folder).election is None
    monkeypatch.setitem(__import__("sys").modules, "cryptography.exceptions", None)
    with pytest.warns(NotFullyVerified, match=r"reporting-client\[verify\]"):
        client.download("tiny", tmp_path, **SLOT, number=1, log_key=key_of_nobody())


def key_of_nobody() -> str:
    """A well-formed one."""
    public = bytes([signed_log.ED25519]) + b"k" * 32
    hash_ = hashlib.sha256(b"log.example\n" + public).digest()[:4].hex()
    return f"log.example+{hash_}+{base64.b64encode(public).decode()}"


def test_verify_off_checks_nothing_and_says_nothing(client: Client, tmp_path: Path) -> None:
    assert client.download("tiny", tmp_path, verify=False).verification is None


@pytest.mark.parametrize(
    "name",
    [
        "core/totals.csv",
        "core/manifest.json",
        "core/event.json",
        "core/event.tlog-proof",
        "observations.parquet",
        "distribution.json",
        "1/event.json",
        "1/event.tlog-proof",
    ],
)
def test_an_altered_file_is_refused_and_nothing_is_left(
    installation: Installation, tmp_path: Path, name: str
) -> None:
    def altered(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        body = bytearray(answer.read())
        body[len(body) // 2] ^= 1
        return httpx.Response(answer.status_code, stream=httpx.ByteStream(bytes(body)))

    client = Changed(installation, name, altered).client()
    with pytest.raises(NotAsReleased) as refused:
        client.download("tiny", tmp_path, **SLOT, number=1, log_key=installation.log_key)
    assert refused.value.ja
    assert not list(tmp_path.iterdir())


def test_a_sound_release_that_is_another_one_is_refused(installation: Installation, tmp_path: Path) -> None:
    class Second(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            path = request.url.path.replace("/final/final/1/", "/final/final/2/")
            moved = httpx.Request("GET", request.url.copy_with(path=path), headers=request.headers)
            return installation.transport.handle_request(moved)

    with pytest.raises(NotAsReleased, match="tiny/final/final/2"):
        Client(URL, transport=Second()).download("tiny", tmp_path, **SLOT, number=1)
    assert not list(tmp_path.iterdir())


def test_a_log_that_is_not_the_one_of_the_key_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(NotAsReleased, match="another log"):
        client.download("tiny", tmp_path, **SLOT, number=1, log_key=key_of_nobody())


@pytest.mark.parametrize("wrong", ["", "name", "log.example+00000000+AAAA", "a+b+c"])
def test_a_key_that_is_none_is_no_key(client: Client, tmp_path: Path, wrong: str) -> None:
    with pytest.raises(InvalidArgument, match="log_key"):
        client.download("tiny", tmp_path, **SLOT, number=1, log_key=wrong)


def test_an_outsider_finds_what_was_altered_missing_or_added(client: Client, tmp_path: Path) -> None:
    held = client.download("tiny", tmp_path, **SLOT, number=1, verify=False).folder
    total = held / "core/totals.csv"
    content = total.read_bytes()
    total.write_bytes(content.replace(b"100", b"101"))
    with pytest.raises(NotAsReleased, match=r"totals\.csv"):
        verify(held)
    total.write_bytes(content)
    (held / "notes.csv").write_text("mine")
    with pytest.raises(NotAsReleased, match=r"notes\.csv"):
        verify(held)
    (held / "notes.csv").unlink()
    for name in ("distribution.json", "core/manifest.json"):
        (held / name).unlink()
    with pytest.raises(NotAsReleased, match=r"manifest\.json"):
        verify(held)


@pytest.mark.parametrize("name", ["../escape.csv", "/etc/x", "a/../../x", "c:\\x", ""])
def test_a_manifest_cannot_write_outside_its_folder(
    installation: Installation, tmp_path: Path, name: str
) -> None:
    def other(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, json={"files": {name: "0" * 64}})

    client = Changed(installation, "core/manifest.json", other).client()
    with pytest.raises(NotAsReleased, match="manifest"):
        client.download("tiny", tmp_path / "into", **SLOT, number=1)
    assert not (tmp_path / "into").exists()


def cut_once(at: int) -> Callable[[httpx.Request, httpx.Response], httpx.Response]:
    done: list[int] = []

    def cut(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        body = answer.read()
        if done:
            return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body))
        done.append(at)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(body[:at]))

    return cut


def test_a_truncated_download_goes_on_where_it_was_cut(installation: Installation, tmp_path: Path) -> None:
    between = Changed(installation, "totals.csv", cut_once(40))
    with between.client() as client:
        held = client.download("tiny", tmp_path, **SLOT, number=1, log_key=installation.log_key)
    assert held.verification is not None
    assert held.verification.complete
    first, second = between.asked
    assert "range" not in first.headers
    assert second.headers["range"] == "bytes=40-"
    assert (
        second.headers["if-range"]
        == f'"{hashlib.sha256(held.path("core/totals.csv").read_bytes()).hexdigest()}"'
    )


def test_one_that_is_cut_every_time_is_told_and_leaves_nothing(
    installation: Installation, tmp_path: Path
) -> None:
    def cut(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, headers=answer.headers, stream=httpx.ByteStream(answer.read()[:3]))

    with pytest.raises(DownloadBroken, match=r"totals\.csv") as broken:
        Changed(installation, "totals.csv", cut).client(2).download("tiny", tmp_path, **SLOT, number=1)
    assert broken.value.facts["received"] == 3
    assert not list(tmp_path.iterdir())

    def away(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        raise httpx.ConnectError("gone")

    with pytest.raises(ServerAway, match="gone"):
        Changed(installation, "totals.csv", away).client(2).download("tiny", tmp_path, **SLOT, number=1)
    assert not list(tmp_path.iterdir())


def test_files_that_are_being_made_are_waited_for(installation: Installation, tmp_path: Path) -> None:
    said: list[httpx.Request] = []

    def making(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if len(said) < 2:
            said.append(request)
            return httpx.Response(503, headers={"retry-after": "1"}, json={"errors": []})
        return answer

    held = Changed(installation, "totals.csv", making).client().download("tiny", tmp_path, verify=False)
    assert held.path("core/totals.csv").stat().st_size > 100


def test_a_file_or_release_that_is_not_there_names_the_nearest(client: Client, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match=r"core/totals\.csv"):
        client.download("tiny", tmp_path, **SLOT, number=1, files=["core/total.csv"])
    with pytest.raises(NotPublished) as missing:
        client.download("tiny", tmp_path, **SLOT, number=9)
    assert missing.value.nearest == "/data/tiny/final/final/2/"
    with pytest.raises(NotPublished, match="tiny"):
        client.download("tny", tmp_path)
    with pytest.raises(NotPublished):
        client.download("e2017", tmp_path)
    for wrong in ({"form": "final"}, {"number": 1}, {**SLOT, "number": 0}):
        with pytest.raises(InvalidArgument, match="form and slot"):
            client.download("tiny", tmp_path, **wrong)
    for code in ("", "../x", ".hidden", "a/b"):
        with pytest.raises(InvalidArgument, match="a code"):
            client.download(code, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_proof_of_tomorrow_is_not_checked_and_that_is_said(
    installation: Installation, tmp_path: Path
) -> None:
    def newer(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, content=answer.read().replace(b"tlog-proof@v1", b"tlog-proof@v9", 1))

    client = Changed(installation, "core/event.tlog-proof", newer).client()
    with pytest.warns(NotFullyVerified, match="tlog-proof@v9"):
        held = client.download("tiny", tmp_path, **SLOT, number=1, log_key=installation.log_key)
    assert isinstance(held.verification, Verification)
    assert "core/event.json" not in held.verification.checked
