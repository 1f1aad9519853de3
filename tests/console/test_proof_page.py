"""The browser checks proofs by itself: the published vectors, a proof of our own log, and every way to spoil one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import night
import pytest
from forms import log_in as in_by
from kept import Kept
from playwright.sync_api import Page
from site_under_test import Site, complaints
from starlette.testclient import TestClient

from api.console import static
from reporting.database.connect import Database
from reporting.transparency.note import SignerKey
from reporting.transparency.signer import Signer

KEY = SignerKey.generate("ledger.test/one")
STEPS = ("head", "leaf", "state", "path", "signature", "witnesses", "before")


@pytest.fixture
def signed(
    request: pytest.FixtureRequest, site: Site, database: Database, tmp_path: Path, kept: Kept
) -> Iterator[Site]:
    @contextmanager
    def at_once() -> Iterator[Site]:
        with closing(Signer(database, KEY, tmp_path / "signer.json")) as signer:
            signer.step()
        yield site

    with kept.given(request, ("signed", database.url), at_once) as made:
        yield made


def log_in(page: Page, site: Site, person: str) -> None:
    page.goto(site.at("/sign-in"))
    page.get_by_role("button", name=person).click()
    page.wait_for_load_state()


def checked(page: Page) -> dict[str, str]:
    """Step → held, failed or open, once the page has looked."""
    return {step: str(page.locator(f"#step-{step}").get_attribute("class")).split()[1] for step in STEPS}


@pytest.mark.unchanged
def test_an_event_is_proved_and_a_spoiled_proof_is_not(page: Page, signed: Site) -> None:
    log_in(page, signed, night.WARD.person)
    page.goto(signed.at("/proof/6"))
    assert complaints(page) == []
    page.locator("textarea[name=keys]").fill(str(KEY.verifier()))
    page.get_by_role("button", name="確かめる").click()
    page.locator("#step-signature.held").wait_for()
    first = checked(page)
    assert first == dict.fromkeys(("head", "leaf", "state", "path", "signature"), "held") | {"witnesses": "open", "before": "open"}  # fmt: skip
    page.reload()  # the keys are kept in this browser, and the head that was checked is
    page.locator("#step-before.held").wait_for()
    state = page.locator("textarea[name=state]")
    state.fill(state.input_value().replace("1", "2", 1))
    page.get_by_role("button", name="確かめる").click()
    page.locator("#step-state.failed").wait_for()
    proof = page.locator("textarea[name=proof]")
    lines = proof.input_value().split("\n")
    hashes = [at for at, line in enumerate(lines) if re.fullmatch(r"[A-Za-z0-9+/]{43}=", line)]
    assert hashes
    lines[hashes[0]] = "A" * 43 + "="
    proof.fill("\n".join(lines))
    page.get_by_role("button", name="確かめる").click()
    page.locator("#step-path.failed").wait_for()
    page.locator("textarea[name=keys]").fill(str(SignerKey.generate(KEY.name).verifier()))
    page.get_by_role("button", name="確かめる").click()
    page.locator("#step-path.failed").wait_for()
    assert checked(page)["signature"] == "open"  # nothing of that key is there
    assert page.told == []  # type: ignore[attr-defined]


@pytest.mark.unchanged
@pytest.mark.parametrize("size", [3, 27, 40])
def test_a_head_that_does_not_continue_the_one_seen_before_is_told(
    page: Page, signed: Site, size: int
) -> None:
    """One that the server denies; the same size with another root; one that is longer than what is there now."""
    page.goto(signed.at("/proof"))
    assert "27 件" in page.locator("main").inner_text()
    page.evaluate(
        "([name, root, size]) => localStorage.setItem(`proof:head:${name}`, JSON.stringify({size, root}))",
        [KEY.name, "ab" * 32, size],
    )
    page.locator("textarea[name=keys]").fill(str(KEY.verifier()))
    page.get_by_role("button", name="確かめる").click()
    page.locator("#step-before.failed").wait_for()


def in_browser(page: Page, site: Site, body: str, given: Any) -> Any:
    """`body` with the module as `m` and the JSON as `given`; bytes go in as base64 and are read by `b`."""
    page.goto(site.at("/proof"))
    script = f"""async (given) => {{ const m = await import({json.dumps(static.address("proof.js"))});
      const b = (text) => Uint8Array.from(atob(text || ""), (one) => one.charCodeAt(0)); {body} }}"""
    return page.evaluate(script, given)


@pytest.mark.unchanged
@pytest.mark.shared
def test_published_vectors_of_trees(page: Page, site: Site, shared: Path) -> None:
    vectors = shared / "vectors"
    inclusion = json.loads((vectors / "merkle_inclusion_proofs.json").read_text(encoding="utf-8"))
    told = in_browser(page, site, """
      const found = [];
      for (const one of given) { try {
        const root = await m.rootOf(one.leafIdx, one.treeSize, b(one.leafHash), (one.proof || []).map(b));
        found.push(b(one.leafHash).length === 32 && m.same(root, b(one.root))); } catch { found.push(false); } }
      return found;""", inclusion)  # fmt: skip
    assert told == [not case["wantErr"] for case in inclusion]
    assert len(told) > 90
    consistency = json.loads((vectors / "merkle_consistency_proofs.json").read_text(encoding="utf-8"))
    told = in_browser(page, site, """
      const found = [];
      for (const one of given) { try {
        found.push(await m.continues(one.size1, b(one.root1), one.size2, b(one.root2), (one.proof || []).map(b)));
      } catch { found.push(false); } }
      return found;""", consistency)  # fmt: skip
    assert told == [not case["wantErr"] for case in consistency]


@pytest.mark.unchanged
@pytest.mark.shared
def test_published_vectors_of_notes(page: Page, site: Site, shared: Path) -> None:
    log = json.loads((shared / "vectors" / "signed_log_15.json").read_text(encoding="utf-8"))
    told = in_browser(page, site, """
      const key = await m.parseKey(given.vkey), found = {};
      for (const [size, note] of Object.entries(given.checkpoints_by_size)) {
        const head = m.parseHead(note);
        const spoiled = m.parseHead(note.replace(`\\n${size}\\n`, `\\n${+size + 1}\\n`));
        found[size] = [head.size, await m.signedBy(head, key), await m.signedBy(spoiled, key)]; }
      return found;""", log)  # fmt: skip
    assert told == {size: [int(size), True, False] for size in log["checkpoints_by_size"]}
    notes = json.loads((shared / "vectors" / "signed_note.json").read_text(encoding="utf-8"))
    told = in_browser(page, site, """
      const read = async (key) => { try { await m.parseKey(key); return true; } catch { return false; } };
      return [await Promise.all(given.vkeys_valid.map(read)), await Promise.all(given.vkeys_invalid.map(read))];""", notes)  # fmt: skip
    assert told == [[True] * len(notes["vkeys_valid"]), [False] * len(notes["vkeys_invalid"])]
    heads = json.loads((shared / "vectors" / "checkpoint_bodies.json").read_text(encoding="utf-8"))
    cosigned = [one for one in heads["signed_examples"]]
    assert in_browser(page, site, "return given.map((one) => m.parseHead(one.note).size);", cosigned) == [20852163] * len(cosigned)  # fmt: skip
    proofs = json.loads((shared / "vectors" / "tlog_proof_text.json").read_text(encoding="utf-8"))
    told = in_browser(page, site, """
      const read = (text) => { try { m.parseProof(text); return true; } catch { return false; } };
      return [given.marshal.map((one) => read(one.want)), given.reject.map((one) => read(one.text))];""", proofs)  # fmt: skip
    assert told == [[True] * len(proofs["marshal"]), [False] * len(proofs["reject"])]


@pytest.mark.unchanged
def test_the_verifier_is_there_to_take_along(client: TestClient) -> None:
    answer = client.get("/verify.py")
    assert answer.headers["content-disposition"] == "attachment; filename=verify.py"
    compile(answer.text, "verify.py", "exec")
    assert "import reporting" not in answer.text


def test_what_is_not_signed_yet_is_shown_and_says_so(client: TestClient) -> None:
    """Each row of a history leads here, from the moment on in which it was recorded."""
    in_by(client, night.WARD.person)
    page = client.get("/proof/6")
    assert page.status_code == 200
    assert "この出来事はまだ署名されていません" in page.text
    assert "出来事の保存されたバイト列" in page.text


def test_what_was_released_of_a_unit_is_proved_to_everybody_who_is_logged_in(client: TestClient) -> None:
    in_by(client, night.NATION.person)
    trail = client.get("/trail/tiny?unit=11&kind=FiguresReleased").text
    position = re.findall(r'href="/proof/(\d+)"', trail)[0]
    in_by(client, night.HARBOUR.person)
    page = client.get(f"/proof/{position}")
    assert (page.status_code, "単位の値の公表" in page.text) == (200, True)


def test_nobody_proves_what_they_may_not_see(client: TestClient) -> None:
    """The bytes of an event that is not released are its office's and an auditor's."""
    assert client.get("/proof/6").status_code == 303  # to the login
    head = client.get("/proof").text
    assert "署名はまだありません" in head
    assert "votes" not in head
