"""A command that is written wrongly is told in both languages, by every command and for every option, in no library's words."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest
from click.testing import Result
from every_command import commands, run

from api.cli.group import CommandGroup, root
from reporting.database.connect import Database

LIBRARY = re.compile(
    r"No such|Missing|Invalid value|[Gg]ot unexpected|Did you mean one of|requires? an argument|is not (a|one|in)\b|does not|"
    r"unexpected extra"
)


def require_told(result: Result, *named: str) -> None:
    assert result.exit_code == 2, result.output
    ja, en = result.output.rstrip().splitlines()[-2:]
    assert ja.startswith("エラー: "), result.output
    assert en.startswith("Error:  "), result.output
    assert en.endswith(" [usage]")
    assert not LIBRARY.search(result.output), result.output
    for name in named:
        assert name in ja, result.output
        assert name in en, result.output


def test_there_are_many_commands() -> None:
    assert isinstance(root, CommandGroup)
    assert len(commands()) > 40


def test_an_option_that_is_not_there_is_named_by_every_command() -> None:
    for words, command in commands():
        if not (isinstance(command, click.Group) and words == ["series"]):  # shows by itself: told by `show`
            require_told(run(*words, "--nonesuch"), "--nonesuch")


def test_a_value_that_does_not_fit_is_named_with_its_option_and_what_would() -> None:
    seen = 0
    for words, command in commands():
        for param in command.params:
            plain = param.type in (click.STRING, click.UNPROCESSED) or isinstance(param.type, click.Path)
            if not isinstance(param, click.Option) or param.is_flag or plain or param.nargs != 1:
                continue
            name = max(param.opts, key=len)
            required = [part for one in command.params if isinstance(one, click.Argument) for part in ["x"]]
            require_told(run(*words, *required, name, "x/y"), name, "x/y")
            seen += 1
    assert seen > 25


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["serie"], "series"),
        (["import", "returnz"], "returns"),
        (["series", "voters", "--formm", "final"], "--form"),
        (["query"], "GRAPHQL"),
        (["query", "{ __typename }", "more"], "more"),
        (["query", "{ __typename }", "--variables"], "--variables"),
        (["import", "areas"], "--shipped"),
        (["serve", "--port", "0"], "65535"),
        (["rehearse", "robots", "--units", "0"], "1"),
        (["token", "--role", "king"], "municipality"),
        (["series", "voters", "--boundaries", "2024-99-99"], "YYYY-MM-DD"),
    ],
)
def test_what_was_meant_or_would_fit_is_said(words: list[str], named: str) -> None:
    require_told(run(*words), named)


def test_what_may_be_set_once_is_named_by_help_and_where_it_is_missing() -> None:
    """Every line of the guides goes without `--token`."""
    seen = 0
    for words, command in commands():
        for param in command.params:
            if isinstance(param, click.Option) and param.envvar is not None:
                assert isinstance(param.envvar, str)
                seen += 1
                assert param.envvar in run(*words, "--help").output, words
                if param.required:
                    given = [part for one in command.params if one.required for part in filled(one, param)]
                    require_told(run(*words, *given), max(param.opts, key=len), param.envvar)
    assert seen > 20


def test_an_option_that_may_stand_once_is_refused_twice() -> None:
    """The last one was taken, and nobody was told which."""
    seen = 0
    for words, command in commands():
        for param in command.params:
            if isinstance(param, click.Option) and not param.multiple and not param.is_flag:
                name = max(param.opts, key=len)
                twice = [name, *["1"] * param.nargs] * 2
                require_told(run(*words, *twice), name)
                seen += 1
    assert seen > 150
    require_told(run("serve", "--projector", "--no-projector"), "--projector")
    assert "--dry-run" not in run("import", "returns", "no.csv", "--dry-run", "--dry-run").output


def test_a_refusal_names_the_option_and_not_the_field_of_the_request(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_DATABASE_URL", database.url)
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))
    days = ("--from", "2027-04-01", "--until", "2027-03-01")
    run("offices", "register", "town", "--label", "町選管", "--role", "municipality", "--area", "20")
    for words, option in (
        (("offices", "grant", "town", "a", *days), "--until"),
        (("offices", "hand-over", "town", "--on", "2027-04-01", "--leave", "a", "--come", "a"), "--come"),
        (("offices", "register", "town", "--label", "町", "--role", "municipality", "--area", ""), "--area"),
        (("import", "mapped", "no.csv", "--mapping", "no", "--election", "x"), "--mapping"),
        (("definitions", "divide", "x", "20", "--part", "a", "--from", "2026-02-30", "--reason", "x"), "--part"),
    ):  # fmt: skip
        refused = run(*words)
        assert refused.exit_code == 1
        assert f"“{option}”" in refused.output, refused.output


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("rehearse", "robots", "--sheet", "there"), "--sheet"),
        (("rehearse", "start", "--sheet", "there"), "--sheet"),
        (("definitions", "lint", "--previous", "there"), "ELECTION"),
    ],
)
def test_what_would_be_lost_or_passed_over_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], named: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").write_text("kept")
    refused = run(*words)
    assert refused.exit_code == 2
    assert named in refused.output
    assert (tmp_path / "there").read_text() == "kept"


def test_a_question_that_nobody_answers_ends_in_both_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_DATA_DIR", str(tmp_path))
    ended = run("retention", "propose", "--class", "data_protection", "--person", "-", "--reason", "x")
    assert ended.exit_code == 130
    assert "Aborted" not in ended.output
    assert "中断" in ended.output


def filled(param: click.Parameter, left_out: click.Parameter) -> list[str]:
    """As it would be typed; nothing for the one that is left out."""
    if param is left_out:
        return []
    return [max(param.opts, key=len), "x"] if isinstance(param, click.Option) else ["x"]


def test_help_is_no_error() -> None:
    for words, _ in commands():
        assert run(*words, "--help").exit_code == 0
