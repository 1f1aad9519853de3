"""What a person at the terminal reads who wrote a command wrongly: what is wrong with it in both languages, never in the words of
the library that parses it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import IO, Any

import click

from api.cli.messages import message
from reporting.errors import InvalidInput
from reporting.suggest import hint
from reporting.wording import one_of
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
                f"{message('usage')}: {self.ctx.command_path} {' '.join(self.ctx.command.collect_usage_pieces(self.ctx))}"
            )
            say(f"{message('help')}: {self.ctx.command_path} --help")
        error = message.words("error", said_ja=self.words.ja.rstrip(), said_en=self.words.en.rstrip())
        say(error.ja)
        say(f"{error.en} [usage]")


def told(error: click.UsageError) -> Words:
    """What is wrong, by the kind of the error."""
    if ours := bilingual(error.message):
        return ours
    match error:
        case click.NoSuchOption():
            among = hint(error.option_name, _options(error.ctx))
            return message.words(
                "there_is_no_option", option_name=error.option_name, among_ja=among.ja, among_en=among.en
            )
        case click.exceptions.NoSuchCommand():
            among = hint(error.command_name, _commands(error.ctx))
            return message.words(
                "there_is_no_command", command_name=error.command_name, among_ja=among.ja, among_en=among.en
            )
        case click.MissingParameter():
            name, variable = _name(error), getattr(error.param, "envvar", None)
            if variable:
                return message.words("give_or_set", name=name, variable=variable)
            return message.words("give", name=name)
        case click.BadParameter():
            name, value, expected = _name(error), _found(error.message), _expected(error.param)
            return message.words(
                "value_is_not_accepted",
                name=name,
                value=value,
                expected_ja=expected.ja,
                expected_en=expected.en,
            )
        case click.BadOptionUsage():
            return message.words("another_number_of_values", option_name=error.option_name)
    if more := IN_BRACKETS.search(error.message):
        return message.words("more_arguments", more=more[1])
    among = hint("", _commands(error.ctx))
    return message.words("not_as_its_help_says", among_ja=among.ja, among_en=among.en)


def leaf_of(
    command: click.Command, context: click.Context, words: Sequence[str]
) -> tuple[click.Command, click.Context, list[str]]:
    """The command that the words come to below this one, and what is left of them for it."""
    left = list(words)
    while isinstance(command, click.Group) and left and not left[0].startswith("-"):
        try:
            name, inner, rest = command.resolve_command(context, left)
        except click.UsageError:
            break  # told when it is run
        if inner is None:
            break
        command, left = inner, rest
        context = click.Context(inner, parent=context, info_name=name)
    return command, context, left


def require_each_once(command: click.Command, context: click.Context, words: Sequence[str]) -> None:
    """UsageError for an option that stands twice and may stand once: the library takes the last one, and whoever wrote both is not
    told which. A switch may, but not on and off."""
    try:
        _, _, order = command.make_parser(context).parse_args(list(words))
    except click.UsageError:
        return  # told when it is run
    for param, times in Counter(order).items():
        if times > 1 and isinstance(param, click.Option) and not param.multiple and not _switch(param):
            name = (
                max((*param.opts, *param.secondary_opts), key=len)
                if not param.is_flag
                else "/".join((*param.opts, *param.secondary_opts))
            )
            raise click.UsageError(message("option_once", name=name), context)


def _switch(option: click.Option) -> bool:
    return option.is_flag and not option.secondary_opts


def as_typed(error: Exception, command: click.Command | None) -> Exception:
    """What is wrong with a field of a request is told by the option that it was typed behind."""
    if not isinstance(error, InvalidInput) or command is None:
        return error
    field = str(error.facts.get("field", "")).partition(".")[0]
    for param in command.params:
        if isinstance(param, click.Option) and param.name == field:
            return InvalidInput(**{**error.facts, "field": max(param.opts, key=len)})
    return error


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
            return one_of(str(choice) for choice in kind.choices)
        case click.IntRange() | click.FloatRange():
            whole = isinstance(kind, click.IntRange)
            return _range(
                kind.min,
                kind.max,
                message.words("range_of_whole_numbers") if whole else message.words("range_of_numbers"),
            )
        case click.DateTime():
            return message.words("date_yyyy_mm_dd")
        case click.Path(file_okay=False):
            return message.words("usable_folder")
        case click.Path(dir_okay=False) | click.File():
            return message.words("usable_file")
        case click.Path():
            return message.words("usable_file_or_folder")
    return next(
        (words for is_kind, words in PLAIN if kind is not None and is_kind(kind)),
        message.words("value_as_its_help_says"),
    )


PLAIN: tuple[tuple[Callable[[Any], bool], Words], ...] = (
    (lambda kind: kind is click.INT, message.words("whole_number")),
    (lambda kind: kind is click.FLOAT, message.words("number")),
    (lambda kind: kind is click.BOOL, message.words("true_or_false")),
    (lambda kind: kind is click.UUID, Words("UUID", "a UUID")),
)


def _range(least: float | None, most: float | None, kind: Words) -> Words:
    if least is not None and most is not None:
        return message.words("number_between", least=least, most=most, kind_ja=kind.ja, kind_en=kind.en)
    if least is not None:
        return message.words("number_at_least", least=least, kind_ja=kind.ja, kind_en=kind.en)
    return message.words("number_at_most", most=most, kind_ja=kind.ja, kind_en=kind.en)
