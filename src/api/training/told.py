"""A score as the interface tells it: what became of each mistake, in words that the score's text has, too."""

from __future__ import annotations

from api.drills import DrillReport, MistakeTold, OfficeReport
from reporting.domain.labels import Label
from reporting.training.incidents import MISTAKES
from reporting.training.plan import DrillPlan
from reporting.training.score import ErrorScore, OfficeScore, Score


def report_of(sheet: DrillPlan, score: Score) -> DrillReport:
    return DrillReport(
        total=_office(score.total),
        best=score.best,
        offices=tuple(_office(office) for office in sorted(score.offices, key=_worst_first)),
        findings=tuple(_finding(sheet, error) for error in score.errors),
        too_late=len(score.too_late),
    )


def _worst_first(office: OfficeScore) -> tuple[int, str]:
    return office.points, office.area


def _office(office: OfficeScore) -> OfficeReport:
    return OfficeReport(
        area=office.area, name=office.name, injected=office.injected, corrected=office.corrected,
        caught=office.caught, false_alarms=office.false_alarms, differences=office.differences,
        declared=office.declared, falsified=office.falsified, missed=len(office.missed),
        reminders=office.reminders, minutes=office.minutes, points=office.points,
    )  # fmt: skip


def _finding(sheet: DrillPlan, error: ErrorScore) -> MistakeTold:
    mistake = next((mistake for mistake in MISTAKES if mistake.code == error.kind), None)
    return MistakeTold(
        id=error.id,
        kind=mistake.label if mistake else Label(ja=error.kind),
        incident=mistake.incident if mistake else "",
        unit=error.place.unit,
        unit_name=sheet.offices.get(error.place.unit, error.place.unit),
        form=error.place.form,
        slot=error.place.slot,
        outcome=outcome_of(error),
        published_wrong=error.published_wrong,
        minutes=error.minutes,
        found_by=None if error.found_by is None else sheet.offices.get(error.found_by, error.found_by),
    )


def outcome_of(error: ErrorScore) -> str:
    """One of those that `api.drills.MistakeTold` names."""
    if error.declare:
        return "falsified" if error.falsified else "declared" if error.declared else "not_declared"
    if error.shown is None:
        return "never_typed"
    return "not_corrected" if error.corrected is None else "corrected"
