"""What the files of the catalogue hold: items, forms, election templates, slot plans, additions, an election's facts.

Each is checked on reading (FileRefused with file and place); whether they fit each other is for `lint` to say.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, PrivateAttr, StringConstraints

from reporting.domain.election import AreaRef, Contest, Method, Slot
from reporting.domain.items import Dimension, Item
from reporting.domain.labels import Code, Day, Definition, Label, Name
from reporting.domain.reporting_units import ReportingUnits
from reporting.domain.workflow import RuleLeftOut, RuleUse, Workflow
from reporting.files.problems import FileProblem, FileRefused
from reporting.files.structured import checked, read_file

NATIONAL = "national"
UNCONTESTED = "uncontested"
"""The ballot without a ballot (公職選挙法第100条): no more candidates than seats, so only the roll is reported."""
CLOCK = r"(?:D([+-][0-9]{1,3}) )?([0-4][0-9]):([0-5][0-9])"
Clock = Annotated[str, StringConstraints(pattern=f"^{CLOCK}$")]
"""A time seen from the polling day: `18:00`, `25:30` (1:30 on the next day), `D-7 20:00` (seven days before)."""
PlainCode = Annotated[str, StringConstraints(pattern="^[A-Za-z0-9][A-Za-z0-9_+-]{0,47}$")]
"""A slot's code before a scope is put behind it (`t0900.pref14`), so without a dot."""
Offset = Annotated[str, StringConstraints(pattern="^[+-][0-9]{2}:[0-9]{2}$")]

M = TypeVar("M", bound="FromFile")


def moment(clock: str, day: date, offset: str) -> datetime:
    """`25:30` on a polling day as a point in time; `offset` such as `+09:00`."""
    matched = re.fullmatch(CLOCK, clock)
    assert matched is not None, clock
    start = datetime.fromisoformat(f"{day.isoformat()}T{time.min.isoformat()}{offset}")
    return start + timedelta(days=int(matched[1] or 0), hours=int(matched[2]), minutes=int(matched[3]))


class FromFile(Definition):
    """Something read from a file of its own, which it remembers so that a problem can name it."""

    _file: str = PrivateAttr("")
    _rows: tuple[str, ...] = PrivateAttr(())

    def remember(self, file: str, text: str) -> None:
        """The file it was read from, and what stands there."""
        self._file, self._rows = file, tuple(text.splitlines())

    @property
    def file(self) -> str:
        return self._file or str(getattr(self, "code", type(self).__name__))

    def problem(self, code: str, column: str, found: str, expected: str) -> FileProblem:
        """A problem at the row that states `code`, where there is one."""
        said = re.compile(rf"""\bcode\s*=\s*["']{re.escape(code)}["']""")
        row = next((n for n, line in enumerate(self._rows, 1) if said.search(line)), None) if code else None
        return FileProblem(self.file, row, column, found, expected)


def read(path: Path, model: type[M], name: str | None = None) -> M:
    """One file, named `name` in messages. FileRefused or OSError."""
    name = name or path.name
    try:
        content = checked(name, read_file(path), model)
    except FileRefused as refused:
        rows = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
        raise FileRefused(name, [_placed(problem, name, rows) for problem in refused.problems]) from None
    content.remember(name, path.read_text(encoding="utf-8-sig"))
    return content


def _placed(problem: FileProblem, name: str, rows: list[str]) -> FileProblem:
    """With the row of the `[[table]]` its column (`table.3.field`) counts to."""
    table, _, rest = problem.column.partition(".")
    starts = [row for row, line in enumerate(rows, 1) if line.strip() == f"[[{table}]]"]
    number = rest.partition(".")[0]
    row = starts[int(number)] if number.isdigit() and int(number) < len(starts) else problem.row
    return replace(problem, file=name, row=row)


class SlotTemplate(Definition):
    """A slot without a date. `public: false`: collected, not published."""

    code: PlainCode
    label: Label
    public: bool = True
    cut_off: Clock | None = None
    publish_at: Clock | None = None
    publish: Literal["when_certified"] | None = None
    opens: Clock | None = None
    method: Method = "full"

    def on(self, day: date, offset: str, scope: str = NATIONAL) -> Slot:
        return Slot(
            code=self.code if scope == NATIONAL else f"{self.code}.{scope}",
            label=self.label,
            public=self.public,
            cut_off=moment(self.cut_off, day, offset) if self.cut_off else None,
            publish_at=moment(self.publish_at, day, offset) if self.publish_at else None,
            publish=self.publish,
            opens=moment(self.opens, day, offset) if self.opens else None,
            method=self.method,
        )


class DimensionFile(FromFile):
    dimensions: tuple[Dimension, ...]


class ItemFile(FromFile):
    """One group of items."""

    group: Label
    items: tuple[Item, ...]


class VersionFile(FromFile):
    """What each version of an item meant when it was published: code → version → meaning."""

    versions: dict[Code, dict[Code, str]] = Field(default_factory=dict)


class OwnForm(Definition):
    """A form without dates. `ballots`: what it is filled for, which a template translates into contest kinds.
    `prefill`: `form` (its last slot) or `form/slot`; a form the election does not have is passed over."""

    code: Code
    label: Label
    ballots: tuple[Code, ...] = Field(min_length=1)
    items: tuple[Code, ...] = Field(min_length=1)
    cumulative: bool = False
    entry: Literal["single", "double"] = "single"
    prefill: tuple[str, ...] = ()
    slots: tuple[SlotTemplate, ...] = Field(min_length=1)


class FormTemplate(OwnForm, FromFile):
    """A national form, in a file of its own."""


class Electorate(Definition):
    """The contest without choices that carries the turnout of a whole election held in many districts."""

    code: Code
    label: Label
    kind: Code
    area: AreaRef | None = Field(None, description="none: the election's own area")


class ElectionTemplate(FromFile):
    """A kind of election of one country: `registry` of its areas, `utc_offset` of its times. `ballots`: ballot → contest
    kinds. `without`: items not asked in it. Every rule that its forms' items permit is in force; `rules` says only what is
    not the catalogue's: another severity, settings. `without_rules` leaves one out and says why."""

    code: Code
    label: Label
    basis: Name
    registry: Code
    utc_offset: Offset
    geographies: tuple[Code, ...] = Field(min_length=1)
    units: ReportingUnits
    ballots: dict[Code, tuple[Code, ...]]
    forms: tuple[Code, ...] = Field(min_length=1)
    without: tuple[Code, ...] = ()
    without_dimensions: tuple[Code, ...] = ()
    electorate: Electorate | None = None
    workflow: Workflow | None = None
    rules: tuple[Code | RuleUse, ...] = ()
    without_rules: tuple[RuleLeftOut, ...] = ()

    def kinds(self, ballots: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(kind for ballot in ballots for kind in self.ballots.get(ballot, ())))


class FormSlots(Definition):
    """One form's slots. `ballots`: only for these (none: all the form is for)."""

    form: Code
    slots: tuple[SlotTemplate, ...] = Field(min_length=1)
    ballots: tuple[Code, ...] = ()


class SlotPlan(FromFile):
    """Slots of one kind of election. Without a scope it stands for the whole election; with one it adds its slots for
    its area to those."""

    code: Code
    label: Label
    templates: tuple[Code, ...] = Field(min_length=1)
    scope: Code = NATIONAL
    source: str | None = None
    forms: tuple[FormSlots, ...] = Field(min_length=1)


class Extension(Definition):
    """Own items asked on a national form, in the area of the scope only."""

    form: Code
    items: tuple[Code, ...] = Field(min_length=1)


class Additions(FromFile):
    """What a prefecture or municipality asks besides. Everything in the file gets its scope."""

    scope: Code
    label: Label
    dimensions: tuple[Dimension, ...] = ()
    items: tuple[Item, ...] = ()
    forms: tuple[OwnForm, ...] = ()
    extend: tuple[Extension, ...] = ()


class ElectionFacts(FromFile):
    """One election: what its template does not know. `slot_plans`: codes of the catalogue or files beside this one
    (`*.toml`); `additions`: files beside this one; `area`: what the whole election is held in."""

    template: Code
    slot_plans: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    code: Code
    label: Label
    polling_date: Day
    registry: Code | None = Field(None, description="none: the template's")
    is_test: bool = False
    source: str | None = None
    previous: Code | None = None
    area: AreaRef | None = None
    occasion: Literal["regular", "by_election", "repeat_election"] = Field(
        "regular", description="another one than regular makes a kind of election, and so series, of its own"
    )
    utc_offset: Offset | None = Field(None, description="of times without one; none: the template's")
    contests: tuple[Contest, ...] = Field(min_length=1)
