"""The catalogue of mistakes a drill may inject: which, where it happened, which rule speaks to it."""

from __future__ import annotations

from dataclasses import dataclass

from reporting.domain.labels import Label
from reporting.errors import InvalidInput
from reporting.training import errors
from reporting.training.errors import Injector
from reporting.training.messages import message


@dataclass(frozen=True, slots=True)
class Mistake:
    """`rules`: codes of the catalogue of rules. `late`: comes as a second message after the right one. `declare`: not
    a mistake but a true difference: to be declared, never made to go away."""

    code: str
    label: Label
    incident: str
    source: str
    rules: tuple[str, ...]
    inject: Injector
    late: bool = False
    declare: bool = False


def _mistake(
    code: str,
    incident: str,
    source: str,
    rules: str,
    inject: Injector,
    *,
    late: bool = False,
    declare: bool = False,
) -> Mistake:
    label = Label(**message.table("mistake")[code]._asdict())
    return Mistake(code, label, incident, source, tuple(rules.split()), inject, late=late, declare=declare)


MISTAKES: tuple[Mistake, ...] = (
    _mistake(
        "transposed", "typing slip of every night",
        message("forms_of_records"), "J01 J09 J10", errors.transposed,
    ),
    _mistake(
        "neighbouring_field",
        "Sasebo 2021: electors typed as voters for two islands, +332",
        "https://nordot.app/828081112623497216", "J08", errors.neighbouring_field,
    ),
    _mistake(
        "copied_contest",
        "Karatsu 2024: early votes of one contest pasted into two others, +41",
        "https://news.yahoo.co.jp/articles/e649682290f495236a25a015dfa359e446af6025", "J18",
        errors.copied_contest,
    ),
    _mistake(
        "swapped",
        "Saikai 2026 (−45/+45); Tsushima 2021 (5,299.407 / 3,308.592)",
        "https://newsdig.tbs.co.jp/articles/nbc/2458415", "J20", errors.swapped,
    ),
    _mistake(
        "shifted", "Komagane 2017: seven parties",
        "Shinano Mainichi KT171025ATI090011000", "J20", errors.shifted,
    ),
    _mistake(
        "backwards", "slots are cumulative (J07)",
        "rule J07 of the catalogue", "J07", errors.backwards,
    ),
    _mistake(
        "slots_added",
        "Yakumo 2017: the 9:00 and 11:00 figures added by a pivot table", "town.yakumo blog", "J07",
        errors.slots_added,
    ),
    _mistake(
        "overseas_twice", "Tamba 2025; Gujo 2014",
        "news reports, rule J02", "J02 J05", errors.overseas_twice,
    ),
    _mistake(
        "missing_place",
        "Matsusaka 2019: one place's 48 voters never included", "https://this.kiji.is/526929660003452001",
        "J19 J11", errors.missing_place,
    ),
    _mistake(
        "wrong_division",
        "Ehime 2021: 824.275 votes moved between two parties",
        "https://news.yahoo.co.jp/articles/5cb7f472d8d0327ab1c81d1c508afc4c2c91af60", "J14",
        errors.wrong_division,
    ),
    _mistake(
        "late_fax",
        "Nagano 2017: receipt time an hour wrong, the older sheet was added up",
        "http://www.shinmai.co.jp/news/nagano/20171026/KT171025ATI090011000.php", "J25 J07",
        errors.late_fax, late=True,
    ),
    _mistake(
        "negative_ballots",
        "Nishinomiya 2026 −118; Kagoshima 2024 −20. Sendai 2014 invented ballots to make it agree",
        "https://www.kobe-np.co.jp/news/society/202602/0020002292.shtml", "J11",
        errors.negative_ballots, declare=True,
    ),
)  # fmt: skip


def mistakes(codes: tuple[str, ...] = ()) -> tuple[Mistake, ...]:
    """All, or those named. InvalidInput for an unknown code."""
    mistakes_by_code = {mistake.code: mistake for mistake in MISTAKES}
    for code in codes:
        if code not in mistakes_by_code:
            raise InvalidInput(field="mistake", found=code, expected=", ".join(mistakes_by_code))
    return tuple(mistakes_by_code[code] for code in codes) or MISTAKES
