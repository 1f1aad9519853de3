"""What a person at the terminal reads who wrote a command wrongly: what is wrong with it in both languages, never in the words of
the library that parses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import IO, Any

import click

from reporting.suggest import hint
from reporting.words import Words, bilingual

QUOTED = re.compile(r"'([^']*)'")
IN_BRACKETS = re.compile(r"\(([^()]*)\)\.?$")


class WronglyWritten(click.UsageError):
    """Exit code 2 with how the command goes and two sentences."""

    def __init__(self, error: click.UsageError) -> None:
        self.words = told(error)
        super().__init__(str(self.words), error.ctx)

    def show(self, file: IO[Any] | None = None) -> None:
        def say(text: str) -> None:
            click.echo(text, file=file, err=file is None)

        if self.ctx is not None:
            say(
                f"使い方 / Usage: {self.ctx.command_path} {' '.join(self.ctx.command.collect_usage_pieces(self.ctx))}"
            )
            say(f"説明 / Help: {self.ctx.command_path} --help")
        say(f"エラー: {self.words.ja.rstrip()}")
        say(f"Error:  {self.words.en.rstrip()} [usage]")


def told(error: click.UsageError) -> Words:
    """What is wrong, by the kind of the error."""
    if ours := bilingual(error.message):
        return ours
    match error:
        case click.NoSuchOption():
            among = hint(error.option_name, _options(error.ctx))
            return Words(
                f"{error.option_name} という指定はありません。{among.ja}",
                f"There is no option {error.option_name}. {among.en}",
            )
        case click.exceptions.NoSuchCommand():
            among = hint(error.command_name, _commands(error.ctx))
            return Words(
                f"{error.command_name} というコマンドはありません。{among.ja}",
                f"There is no command {error.command_name}. {among.en}",
            )
        case click.MissingParameter():
            name = _name(error)
            return Words(f"{name} を指定してください。", f"Give {name}.")
        case click.BadParameter():
            name, value, expected = _name(error), _found(error.message), _expected(error.param)
            return Words(
                f"{name} の値 {value} は受け付けられません。{expected.ja} を指定してください。",
                f"The value {value} of {name} is not accepted. Give {expected.en}.",
            )
        case click.BadOptionUsage():
            return Words(
                f"{error.option_name} の値の数が違います。説明のとおりに指定してください。",
                f"{error.option_name} has more or fewer values than it takes. Give them as its help says.",
            )
    if more := IN_BRACKETS.search(error.message):
        return Words(f"余分な引数があります: {more[1]}", f"There are more arguments than it takes: {more[1]}")
    among = hint("", _commands(error.ctx))
    return Words(
        f"コマンドが説明のとおりに書かれていません。{among.ja}",
        f"The command is not written as its help says. {among.en}",
    )


def _options(ctx: click.Context | None) -> list[str]:
    return (
        []
        if ctx is None
        else [name for param in ctx.command.get_params(ctx) for name in param.opts if name.startswith("--")]
    )


def _commands(ctx: click.Context | None) -> list[str]:
    command = None if ctx is None else ctx.command
    return command.list_commands(ctx) if ctx is not None and isinstance(command, click.Group) else []


def _name(error: click.BadParameter) -> str:
    """As it is written: `--boundaries`, `FILE`."""
    param = error.param
    if isinstance(param, click.Option):
        return max(param.opts, key=len)
    if param is not None and error.ctx is not None:
        return param.make_metavar(error.ctx)
    hinted = error.param_hint
    return hinted if isinstance(hinted, str) else " ".join(hinted or ("?",))


def _found(message: str) -> str:
    """The value that the message speaks of."""
    quoted = QUOTED.search(message)
    return quoted[1] if quoted else message.partition(" ")[0]


def _expected(param: click.Parameter | None) -> Words:
    kind = None if param is None else param.type
    match kind:
        case click.Choice():
            names = [str(choice) for choice in kind.choices]
            return Words(f"{'、'.join(names)} のいずれか", f"one of {', '.join(names)}")
        case click.IntRange() | click.FloatRange():
            whole = isinstance(kind, click.IntRange)
            return _range(
                kind.min, kind.max, Words("整数", "whole number") if whole else Words("数", "number")
            )
        case click.DateTime():
            return Words("YYYY-MM-DD の日付", "a date, YYYY-MM-DD")
        case click.Path() | click.File():
            return Words("使えるファイルかフォルダー", "a file or folder that can be used")
    return next(
        (words for is_kind, words in PLAIN if kind is not None and is_kind(kind)),
        Words("説明のとおりの値", "a value as its help says"),
    )


PLAIN: tuple[tuple[Callable[[Any], bool], Words], ...] = (
    (lambda kind: kind is click.INT, Words("整数", "a whole number")),
    (lambda kind: kind is click.FLOAT, Words("数", "a number")),
    (lambda kind: kind is click.BOOL, Words("true か false", "true or false")),
    (lambda kind: kind is click.UUID, Words("UUID", "a UUID")),
)


def _range(least: float | None, most: float | None, kind: Words) -> Words:
    if least is not None and most is not None:
        return Words(f"{least} から {most} までの{kind.ja}", f"a {kind.en} from {least} to {most}")
    if least is not None:
        return Words(f"{least} 以上の{kind.ja}", f"a {kind.en} of at least {least}")
    return Words(f"{most} 以下の{kind.ja}", f"a {kind.en} of at most {most}")
