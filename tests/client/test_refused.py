"""Whoever errs is told by an exception with a code, in both languages; what may be sent again is, as the server asks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from analysts import Installation
from reporting_client import (
    Busy,
    Client,
    InvalidArgument,
    InvalidRequest,
    NewerServer,
    NotAllowed,
    NotThisApi,
    RefusedByServer,
    ReportingError,
    Retries,
    ServerAway,
    TokenRefused,
    UnknownCode,
)
from reporting_client.connection import AGAIN, LATER
from tiny import MINISTRY

from api.auth import issue_token, load_key

Answer = Callable[[httpx.Request], httpx.Response]
URL = "http://reporting.test"


class Server:
    """Answers in turn, the last one for ever; remembers what came."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.asked, self.waits = list(answers), list[httpx.Request](), list[float]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, times: int = 3, **more: Any) -> Client:
        retries = Retries(times=times, sleep=self.waits.append)
        return Client(URL, transport=httpx.MockTransport(self), retries=retries, **more)


def told(**fields: Any) -> httpx.Response:
    return httpx.Response(200, json={"data": {"elections": fields}})


def refused(code: str, status: int = 200, **headers: str) -> httpx.Response:
    error = {
        "message": "日本語 / English",
        "extensions": {"code": code, "ja": "日本語", "en": "English", "facts": {}},
    }
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"errors": [error]}, headers=named)


NOTHING = told(asOfPosition=1, nodes=[], pageInfo={"hasNextPage": False, "endCursor": None})


@pytest.mark.parametrize(
    "url",
    [
        "reporting.test",
        "",
        "ftp://reporting.test",
        "https://",
        "https://h/?a=1",
        "http://h:no",
        None,
        "https://h/#x",
    ],
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url: Any) -> None:
    with pytest.raises(InvalidArgument, match="https://HOST") as wrong:
        Client(url)
    assert isinstance(wrong.value, ValueError)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, html="<html>"),
        httpx.Response(404, text="not here"),
        httpx.Response(200, json=["data"]),
        httpx.Response(200, json={"data": None}),
        httpx.Response(301, headers={"location": "https://elsewhere.test/graphql"}),
        httpx.Response(200, content=b"\xff\xfe"),
    ],
)
def test_another_server_is_not_taken_for_this_api(answer: httpx.Response) -> None:
    server = Server(answer)
    with pytest.raises(NotThisApi, match=r"reporting\.test"):
        server.client(token="secret").elections()
    assert len(server.asked) == 1


def test_the_address_of_a_page_of_the_console_is_told_apart(installation: Installation) -> None:
    with Client(f"{URL}/results/tiny", transport=installation.transport) as client, pytest.raises(NotThisApi):
        client.elections()


def test_a_server_that_is_away_is_asked_again_with_growing_waits_and_then_told() -> None:
    server = Server(httpx.ConnectError("no route"))
    with pytest.raises(ServerAway, match="no route") as away:
        server.client(times=3).elections()
    assert len(server.asked) == 4
    assert server.waits == sorted(server.waits)
    assert 0.5 <= server.waits[0] <= 0.75
    assert "アドレスと回線" in away.value.ja


def test_an_answer_that_breaks_off_is_asked_for_again() -> None:
    server = Server(httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut"), NOTHING)
    assert server.client().elections() == ()
    assert len({request.content for request in server.asked}) == 1


@pytest.mark.parametrize("status", LATER)
def test_a_server_that_cannot_now_is_asked_again_after_as_long_as_it_asks(status: int) -> None:
    server = Server(httpx.Response(status, headers={"retry-after": "7"}), httpx.Response(status), NOTHING)
    assert server.client().elections() == ()
    assert server.waits[0] == 7
    assert server.waits[1] < 7


def test_retry_after_may_be_a_date() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    server = Server(httpx.Response(503, headers={"retry-after": date}), NOTHING)
    server.client().elections()
    assert 25 < server.waits[0] <= 30


def test_more_patience_than_one_has_is_told_with_how_long() -> None:
    server = Server(refused("TOO_OFTEN", 429, retry_after="3600"))
    with pytest.raises(Busy) as busy:
        server.client().elections()
    assert (len(server.asked), server.waits, busy.value.retry_after) == (1, [], 3600)


@pytest.mark.parametrize("code", AGAIN)
def test_an_answer_that_says_not_now_is_asked_for_again(code: str) -> None:
    server = Server(refused(code), NOTHING)
    assert server.client().elections() == ()
    with pytest.raises(Busy):
        Server(refused(code)).client(times=1).elections()


@pytest.mark.parametrize("code", ["INTERNAL", "NOT_YET_PROJECTED", "INVALID_INPUT", "A_CODE_OF_TOMORROW"])
def test_nothing_else_is_sent_again(code: str) -> None:
    server = Server(refused(code))
    with pytest.raises(RefusedByServer) as told:
        server.client().elections()
    assert (len(server.asked), told.value.code, told.value.ja, told.value.en) == (
        1,
        code,
        "日本語",
        "English",
    )


def test_a_partial_answer_counts_as_none() -> None:
    answer = {**json.loads(NOTHING.content), "errors": [{"message": "x", "extensions": {"code": "INTERNAL"}}]}
    with pytest.raises(RefusedByServer):
        Server(httpx.Response(200, json=answer)).client().elections()


def test_a_wrong_code_names_the_nearest(client: Client) -> None:
    for ask, meant in (
        (lambda: client.series("turnuot").to_pandas(), "turnout"),
        (lambda: client.series("turnout", level="wards").to_pandas(), "ward"),
        (lambda: client.codebook("e207"), "e2017"),
        (lambda: client.releases("tny"), "tiny"),
    ):
        with pytest.raises(UnknownCode, match=meant) as unknown:
            ask()
        assert unknown.value.code == "UNKNOWN_REFERENCE"
        assert meant in unknown.value.suggestions
        assert meant in unknown.value.ja
        assert meant in unknown.value.en
    with pytest.raises(InvalidRequest, match="first"):
        client.releases("tiny", latest=10_000)


def test_a_token_that_does_not_count_is_refused_and_never_shown(installation: Installation) -> None:
    def client(token: str) -> Client:
        return Client(URL, token=token, transport=installation.transport)

    key = load_key(installation.settings.token_key)
    old = issue_token(key, MINISTRY, now=int(time.time()) - 10**7)
    for token in ("wrong", old, f"{old}x"):
        with pytest.raises(TokenRefused) as refused:
            client(token).elections()
        assert refused.value.status == 401
        assert token not in str(refused.value)
        assert token not in repr(client(token))
    for token in ("", "two words", "鍵", "a\nb"):
        with pytest.raises(InvalidArgument) as wrong:
            client(token)
        assert "two words" not in str(wrong.value)
    own = issue_token(key, MINISTRY, now=int(time.time()))
    assert len(client(own).elections()) == 5
    with pytest.raises(TokenRefused):
        Client(URL, transport=installation.transport).series("votes", layer="entered").to_pandas()


def test_an_office_without_the_reach_is_told_so(installation: Installation) -> None:
    from night import OTHER_WARD

    token = issue_token(load_key(installation.settings.token_key), OTHER_WARD, now=int(time.time()))
    with Client(URL, token=token, transport=installation.transport) as client, pytest.raises(NotAllowed):
        client.series("votes", areas="11", layer="entered").to_pandas()


def test_a_token_goes_to_no_other_server() -> None:
    server = Server(httpx.Response(302, headers={"location": "https://elsewhere.test/data/x/manifest.json"}))
    with pytest.raises(NotThisApi):
        server.client(token="secret").download("x", "unused")
    assert [request.url.host for request in server.asked] == ["reporting.test"]


def node(client: Client) -> dict[str, Any]:
    return dict(client.series("turnout", areas="JP")._nodes[0])


@pytest.mark.parametrize(
    "change", [{"absence": "estimated"}, {"value": 53.95}, {"value": "5.4e1"}, {"value": "½"}]
)
def test_what_a_newer_server_says_is_not_guessed(client: Client, change: dict[str, Any]) -> None:
    newer = {"asOfPosition": 1, "layer": "released", "nodes": [{**node(client), **change}]}
    newer["pageInfo"] = {"hasNextPage": False, "endCursor": None}
    server = Server(httpx.Response(200, json={"data": {"series": newer}}))
    series = server.client().series("turnout")
    with pytest.raises(NewerServer, match="newer reporting_client"):
        series.to_pandas()
    with pytest.raises(NewerServer):
        _ = series.observations


def test_an_answer_without_what_was_asked_for_is_not_guessed(client: Client) -> None:
    for answer in (
        {},
        {"series": {"asOfPosition": 1, "nodes": [{"area": "JP"}], "pageInfo": {"hasNextPage": False}}},
    ):
        with pytest.raises(NewerServer):
            Server(httpx.Response(200, json={"data": answer})).client().series("turnout").to_pandas()


def test_fields_and_flags_that_a_newer_server_adds_do_no_harm(client: Client) -> None:
    newer = {"asOfPosition": 1, "layer": "released", "more": 1}
    newer["nodes"] = [{**node(client), "obsStatus": ["P", "Z"], "another": "x"}]
    newer["pageInfo"] = {"hasNextPage": False, "endCursor": None}
    server = Server(httpx.Response(200, json={"data": {"series": newer}}))
    assert list(server.client().series("turnout").to_pandas()["obs_status"]) == ["PZ"]


def test_a_question_that_a_newer_server_does_not_know_says_to_update() -> None:
    with pytest.raises(NewerServer, match="新しい版"):
        Server(refused("GRAPHQL_INVALID")).client().elections()


def test_a_value_that_does_not_fit_is_the_askers_and_no_newer_servers(client: Client, tmp_path: Path) -> None:
    for given in ({"as_of": 10**12}, {"areas": [["JP"]]}):
        with pytest.raises(InvalidRequest, match="受け付けられません"):
            client.series("turnout", **given).to_pandas()
    for number in ("1", 0, 1.0, True):
        with pytest.raises(InvalidArgument, match="number"):
            client.download("tiny", tmp_path, form="final", slot="final", number=number)  # type: ignore[arg-type]


def test_cut_in_the_middle_of_paging_is_no_part_of_a_series(installation: Installation) -> None:
    class CutAfterThree(httpx.BaseTransport):
        asked = 0

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            self.asked += 1
            if self.asked > 3:
                raise httpx.ReadError("cut")
            return installation.transport.handle_request(request)

    cut = CutAfterThree()
    with Client(URL, transport=cut, retries=Retries(times=2, sleep=lambda _: None)) as client:
        series = client.series("voters", level="prefecture", page_size=2)
        with pytest.raises(ServerAway):
            series.to_pandas()
        assert cut.asked == 6
        cut.asked = -100
        assert len(series.to_pandas()) == 10  # asked again, it is whole and of the same position


def test_every_refusal_says_what_to_do_in_both_languages() -> None:
    from reporting_client import errors

    def below(kind: type[ReportingError]) -> list[type[ReportingError]]:
        return [kind, *(under for child in kind.__subclasses__() for under in below(child))]

    for kind in below(ReportingError):
        if not issubclass(kind, errors.RefusedByServer) and kind is not ReportingError:
            assert "{" in kind.template_ja
            assert "{" in kind.template_en
            assert kind.template_ja.endswith("。")
            assert kind.template_en.endswith(".") or kind.template_en.endswith("'.")
