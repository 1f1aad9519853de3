"""What an operator sets is what counts, or is refused: a name that is almost right, a proxy that can be none, a folder that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.group import root
from api.settings import NAMES, MisspelledSetting, Settings
from reporting.errors import InvalidInput

ROOT = Path(__file__).parents[2]
WRITTEN = re.compile(r"REPORTING_[A-Z_]*[A-Z]\b(?!_)")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("REPORTING_DATABASE_ULR", "REPORTING_DATABASE_URL"),
        ("REPORTING_DATBASE_URL", "REPORTING_DATABASE_URL"),
        ("REPORTNG_DATABASE_URL", "REPORTING_DATABASE_URL"),
        ("REPORTING_PUBLICATON", "REPORTING_PUBLICATION"),
        ("REPORTING_DATADIR", "REPORTING_DATA_DIR"),
        ("REPORTING_ODIC_ISSUER", "REPORTING_OIDC_ISSUER"),
    ],
)
def test_a_misspelled_name_is_refused_and_its_value_is_not_told(name: str, meant: str) -> None:
    with pytest.raises(MisspelledSetting) as refused:
        Settings.from_env({name: "postgresql://u:geheim@db/x"})
    for words in (refused.value.message_ja, refused.value.message_en):
        assert name in words
        assert meant in words
        assert "geheim" not in words


def test_what_others_set_is_left_alone() -> None:
    of_an_orchestrator = {
        "REPORTING_SERVICE_HOST": "10.96.0.7",
        "REPORTING_SERVICE_PORT_HTTP": "80",
        "REPORTING_PORT_8000_TCP_ADDR": "10.96.0.7",
        "REPORTING_TEST_DATABASE_URL": "postgresql://x",
        "REPORT_FOLDER": "/srv",
    }
    assert Settings.from_env(of_an_orchestrator) == Settings.from_env({})


def test_every_name_that_is_read_or_told_is_known() -> None:
    places = [*(ROOT / "src").rglob("*.py"), *(ROOT / "deploy").rglob("*.example"), ROOT / "docs" / "cli.md"]
    written = {name for place in places for name in WRITTEN.findall(place.read_text(encoding="utf-8"))}
    assert "REPORTING_DATABASE_URL" in written
    assert written - NAMES == set()


@pytest.mark.parametrize("text", ["10.0.0.5,10.0.0.6", "proxy.example", "10.0.0.0/24", "10.0.0.5:443"])
def test_a_proxy_that_no_caller_could_be_is_refused(text: str) -> None:
    """Passed over, all people behind it shared the budget of one address."""
    with pytest.raises(InvalidInput, match="REPORTING_TRUSTED_PROXIES"):
        Settings.from_env({"REPORTING_TRUSTED_PROXIES": text})


def test_proxies_are_compared_as_a_socket_names_them() -> None:
    given = Settings.from_env({"REPORTING_TRUSTED_PROXIES": " 10.0.0.5  2001:DB8:0:0::1 "})
    assert given.trusted_proxies == ("10.0.0.5", "2001:db8::1")


@pytest.mark.parametrize("text", ["", "  "])
def test_an_address_of_the_database_that_is_empty_is_not_the_wish_for_another(text: str) -> None:
    """A secret that was not there: the night went into an embedded database."""
    with pytest.raises(InvalidInput, match="REPORTING_DATABASE_URL"):
        Settings.from_env({"REPORTING_DATABASE_URL": text})


def test_a_blank_around_a_value_is_nobodys() -> None:
    """Keys and documents were kept in a folder of that name."""
    names = [
        f"REPORTING_{name}" for name in ("TOKEN_KEY", "DOCUMENTS", "DATA_DIR", "BRANDS", "READ_URL", "PORT")
    ]
    assert Settings.from_env(dict.fromkeys(names, " ")) == Settings.from_env({})
    given = Settings.from_env({"REPORTING_PORT": "8001 ", "REPORTING_DOCUMENTS": " /srv/documents "})
    assert (given.port, given.documents_folder) == (8001, Path("/srv/documents"))


def test_a_switch_without_a_word_stands_as_it_stands_by_itself() -> None:
    """Nothing went out at its time."""
    names = ("REPORTING_PUBLICATION", "REPORTING_PROJECTOR", "REPORTING_CONSOLE", "REPORTING_DEV_TOKENS")
    assert Settings.from_env(dict.fromkeys(names, "")) == Settings.from_env({})


def test_a_secret_that_is_too_short_is_told_in_words_and_not_by_a_pattern() -> None:
    with pytest.raises(InvalidInput) as refused:
        Settings.from_env({"REPORTING_METRICS_TOKEN": "short"})
    assert "16 to 200 ASCII letters" in refused.value.message_en
    assert "short" not in refused.value.message_en + refused.value.message_ja


def test_a_log_of_several_is_nothing_without_their_file() -> None:
    """Such a server would have taken elections that another log holds."""
    with pytest.raises(InvalidInput, match="REPORTING_LOGS"):
        Settings.from_env({"REPORTING_LOG": "east"})


@pytest.mark.parametrize("name", ["FONTS", "BRANDS", "OIDC_CLIENT_SECRET_FILE", "OIDC_METADATA", "OIDC_JWKS"])
def test_a_server_that_is_named_a_place_which_is_not_there_does_not_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It started, and nobody could log in, or every office's host had the product's own look."""
    given = {"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "x"} if name.startswith("OIDC") else {}
    if given:
        given["OIDC_REDIRECT_URI"] = "https://report.example/callback"
    missing = tmp_path / "nothing"
    for variable, text in (given | {name: str(missing), "DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(f"REPORTING_{variable}", text)
    told = CliRunner().invoke(root, ["serve", "--port", "1"], prog_name="reporting")
    assert told.exit_code == 1
    assert "[file_problem]" in told.stderr
    assert str(missing) in told.stderr


def test_a_server_without_an_address_of_a_database_says_whose_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`REPORTING_DB_URL` is like none of ours: that another database answers is all there is to be seen of it."""

    def not_started(*_: object, **__: object) -> None:
        raise InvalidInput(field="x", found="x", expected="x")

    monkeypatch.setattr("api.cli.commands.serve.running", not_started)
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))
    monkeypatch.delenv("REPORTING_DATABASE_URL", raising=False)
    told = CliRunner().invoke(root, ["serve"], prog_name="reporting").stderr
    assert str(tmp_path) in told
    assert "REPORTING_DATABASE_URL" in told
    monkeypatch.setenv("REPORTING_DATABASE_URL", "postgresql://x@127.0.0.1:1/x")
    assert str(tmp_path) not in CliRunner().invoke(root, ["serve"], prog_name="reporting").stderr
