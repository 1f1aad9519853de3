"""The rules file as shipped, and the rules an election has in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from reporting.domain.typed import NotANumber, number_text
from reporting.domain.workflow import RuleUse
from reporting.errors import ReportingError, UnknownReference
from reporting.files.structured import checked, read_toml
from reporting.identical import Identical
from reporting.rules.checks import Severity
from reporting.rules.messages import message
from reporting.rules.model import RuleCatalogue, RuleDefinition, StatutoryLine

FILE = "rules.toml"


class SettingRefused(ReportingError):
    """facts: `rule`, `name`, `found`, `known`."""

    code = "rule_setting_refused"
    template_ja = "ルール {rule} の設定 {name} = {found} は使えません。{known} のいずれかを指定してください。"
    template_en = "Rule {rule} does not take the setting {name} = {found}. It knows: {known}."


@dataclass(frozen=True, slots=True)
class InForce:
    """Rules with the severity of this election, and every setting by name."""

    rules: tuple[tuple[RuleDefinition, Severity], ...]
    settings: Mapping[str, str]

    @property
    def in_use(self) -> tuple[RuleDefinition, ...]:
        return tuple(rule for rule, _ in self.rules)


def read_catalogue(text: str, file: str = FILE) -> RuleCatalogue:
    """A rules file; FileRefused naming every place that is wrong."""
    return checked(file, read_toml(file, text), RuleCatalogue)


@cache
def shipped() -> RuleCatalogue:
    """J01–J25 and the statutory lines."""
    return read_catalogue((files("reporting.rules") / "data" / FILE).read_text("utf-8"))


def load_rules() -> tuple[RuleDefinition, ...]:
    """The shipped rules in the order of their codes."""
    return shipped().rules


def lines_of(contest_kind: str) -> tuple[StatutoryLine, ...]:
    """The statutory lines of such a contest."""
    return tuple(line for line in shipped().lines if contest_kind in line.contest_kinds)


def in_force(uses: Iterable[RuleUse], rules: Iterable[RuleDefinition] | None = None) -> InForce:
    """Resolves an election's rules. UnknownReference for an unknown code, SettingRefused for an unknown setting or a
    number that is none. Settings of rules that are not in use keep their defaults."""
    rule_by_code = {rule.code: rule for rule in (load_rules() if rules is None else rules)}
    settings = {name: value for rule in rule_by_code.values() for name, value in rule.settings.items()}
    chosen: list[tuple[RuleDefinition, Severity]] = []
    for use in uses:
        rule = rule_by_code.get(use.code)
        if rule is None:
            raise UnknownReference(
                kind="rule",
                found=use.code,
                among={code: known_as.label.ja for code, known_as in rule_by_code.items()},
            )
        for name, value in use.settings.items():
            if name not in rule.settings or (fitting := _fitting(value, rule, name)) is None:
                raise SettingRefused(rule=rule.code, name=name, found=value, known=_known(rule, name))
            settings[name] = fitting
        chosen.append((rule, use.severity or rule.severity))
    return InForce(tuple(chosen), settings)


def known_force(uses: Iterable[RuleUse], rules: Iterable[RuleDefinition] | None = None) -> InForce:
    """As `in_force`; the same thing again for the same uses and rules, as long as they are tuples, which nobody changes."""
    held = load_rules() if rules is None else rules
    if isinstance(uses, tuple) and isinstance(held, tuple):
        return _known_force(Identical(uses), Identical(held))
    return in_force(uses, held)


@lru_cache(maxsize=64)
def _known_force(
    uses: Identical[tuple[RuleUse, ...]], rules: Identical[tuple[RuleDefinition, ...]]
) -> InForce:
    return in_force(uses.thing, rules.thing)


def everything() -> tuple[RuleUse, ...]:
    """All shipped rules with their defaults, for elections that choose none."""
    return tuple(RuleUse(code=rule.code) for rule in load_rules())


def _fitting(value: str, rule: RuleDefinition, name: str) -> str | None:
    """The setting as the rules read it: one of its words, or a number's plain text; None for neither."""
    if words := rule.words.get(name):
        return value if value in words else None
    try:
        return number_text(value, name)
    except NotANumber:
        return None


def _known(rule: RuleDefinition, name: str) -> str:
    if name not in rule.settings:
        return ", ".join(rule.settings) or "—"
    return ", ".join(rule.words.get(name, (message("number"),)))
