"""Each page has its help: a section of a guide that is about it, its keys, and words that say what they mean."""

from __future__ import annotations

import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import night
import pytest
from forms import log_in
from starlette.testclient import TestClient

from api.console import guides, helping, terms
from api.console.pages import PAGES
from api.console.words import LANGUAGES, Language

ROOT = Path(__file__).parents[2]
NAMES = [page.name for page in PAGES if page.serves is None and page.name not in ("help", "guide")]
ENTRY = "/entry/tiny/flash/2300/11"


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_has_a_section_that_stands_in_a_guide(language: Language) -> None:
    assert sorted(helping.helps()) == sorted(NAMES)
    for name, helped in helping.helps().items():
        shown = helping.excerpts(helped, language)
        assert shown, name
        assert all(len(excerpt.text) > 80 for excerpt in shown), name
        assert helping.keys(helped.keys, language)
    for page in PAGES:
        assert page.serves or helping.purpose(page.address, language)[1], page.name


def test_the_wheel_holds_every_guide_that_a_page_leads_to() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packed = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    used = {guide.path for language in LANGUAGES for guide in helping.every_guide(language)}
    assert packed == {f"docs/{path}": f"api/console/docs/{path}" for path in sorted(used)}


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        told = dict(attributes)
        self.anchors.add(told.get("id") or "")
        if tag == "a":
            self.links.append(told.get("href") or "")


@pytest.mark.unchanged
def test_no_link_of_a_guide_leads_nowhere(client: TestClient) -> None:
    for language in LANGUAGES:
        for guide in helping.every_guide(language):
            page = client.get(guide.address)
            assert page.status_code == 200, guide.path
            read = Links()
            read.feed(page.text.split("<main", 1)[1].split("</main>", 1)[0])
            within = {link.removeprefix("#") for link in read.links if link.startswith("#")}
            assert within <= read.anchors, guide.path
            ours = {link.partition("#")[0] for link in read.links if link.startswith("/guides/")}
            known = {each.address for each in map(guides.guide, guides.paths())}
            assert ours <= known


@pytest.mark.unchanged
def test_a_page_leads_to_its_help_which_works_alone(client: TestClient) -> None:
    log_in(client, night.WARD.person)
    page = client.get(ENTRY).text
    assert 'href="/help/entry?election=tiny"' in page
    shown = client.get("/help/entry?election=tiny").text
    for told in ("数字の打ち方", "Ctrl + Enter", "点検ルールの早見表", 'href="/rules/tiny"', "J01"):
        assert told in shown
    client.post("/language", data={"language": "en", "back": "/"})
    english = client.get("/help/entry").text
    assert "Help: Typing" in english
    assert "Men + women = total" in english
    assert "/rules/" not in english, "of no election"
    assert client.get("/help/nonsense", headers={"accept": "text/html"}).status_code == 404
    assert client.get("/guides/nonsense", headers={"accept": "text/html"}).status_code == 404
    assert client.get("/guides/..%2F..%2Fpyproject", headers={"accept": "text/html"}).status_code == 404


def test_nothing_in_a_guide_is_markup_of_its_own() -> None:
    told = guides.rendered(
        "console.md", "# x\n<script>1</script> [a](javascript:alert(1)) [b](../ADR) ![p](x.png)"
    )
    assert "<script" not in told
    assert "javascript:" not in told.replace("[a](javascript:alert(1))", "")
    assert "<img" not in told
    assert 'href="../ADR"' not in told


@pytest.mark.unchanged
def test_a_head_says_what_its_word_means_once(client: TestClient) -> None:
    log_in(client, night.CITY.person)
    page = client.get("/board/tiny/final/final/administrative/ward").text
    marked = re.findall(r'<dfn class="term" tabindex="0" aria-describedby="([^"]+)">([^<]+)<', page)
    assert ("means-to-approve", "承認") in marked
    assert len({at for at, _ in marked}) == len(marked)
    for at, _ in marked:
        assert page.count(f'id="{at}"') == 1
    client.post("/language", data={"language": "en", "back": "/"})
    english = client.get("/board/tiny/final/final/administrative/ward").text
    assert re.search(r'aria-describedby="means-to-send-back">[Ss]ent back<', english)


@pytest.mark.parametrize(
    ("head", "marked"),
    [
        ('<h2>承認 <span class="count">3</span></h2>', "承認"),
        ("<h2>この値を持つ回・承認・公表</h2>", ""),
        ('<th scope="col">承認の段階</th>', "承認"),
        ('<th scope="col" class="number">回</th>', "回"),
        ("<h2>前回の値</h2>", ""),
        ('<th scope="row">承認</th>', ""),
        ('<h2><a href="/">承認</a></h2>', ""),
        ('<dt><span class="name">承認太郎</span></dt>', ""),
        ("<label>不突合の申告 <select><option>承認</option></select></label>", "不突合の申告"),
        ("<p>承認</p>", ""),
        ('<body class="wall"><dt>承認</dt>', ""),
    ],
)
def test_only_heads_and_labels_are_marked(head: str, marked: str) -> None:
    assert "".join(re.findall(r"<dfn[^>]*>([^<]*)", terms.marked(head, "ja"))) == marked


def test_every_word_of_the_glossary_has_its_meaning_and_none_stands_twice() -> None:
    rows = [
        line
        for line in (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
        if line.startswith("| ")
    ]
    pairs = [
        pair
        for row in rows[1:]
        for ja, en in [row.strip("|").split("|")[:2]]
        for pair in zip(
            ja.strip().split(" / "), re.sub(r" ?\([^)]*\)", "", en).strip().split(" / "), strict=True
        )
    ]
    assert [(term.ja, term.en) for term in terms.terms()] == pairs
    for language in LANGUAGES:
        stands = [text.lower() for term in terms.terms() for text in term.stands(language)]
        assert len(set(stands)) == len(stands)
    assert all(term.meaning_ja and term.meaning_en for term in terms.terms())
