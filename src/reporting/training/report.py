"""A score for people (text, both languages in the headings) and for machines (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from reporting.training.incidents import MISTAKES
from reporting.training.messages import message
from reporting.training.score import POINTS, Differences, ErrorScore, OfficeScore, Score

_COLUMNS = (
    "injected",
    "corrected",
    "caught",
    "false_alarms",
    "minutes",
    "declared",
    "falsified",
    "missed",
    "reminders",
    "points",
)
"""Facts of an office's score, in the order in which they are told."""
_TERMS = {name: words.beside for name, words in message.table("score").items()}


def as_text(score: Score) -> str:
    """The whole, every mistake, then the offices that have anything to tell, lowest points first."""
    total = score.total
    share = f"{100 * max(0, total.points) / score.best:.0f} %" if score.best else "—"
    lines = [
        f"【{_TERMS['training']}】{score.election}　seed {score.seed}",
        f"{_TERMS['got']}: {total.points} / {score.best} ({share})",
        *(f"{_TERMS[name]}: {_shown(total, name)}" for name in _COLUMNS[:-1]),
        f"{_TERMS['differences']}: {total.differences}",
        f"{_TERMS['too_late']}: {len(score.too_late)}",
        *_differences(score.differences),
        "",
        f"{message('mistakes')} ({message('minutes_of_the_drill')})",
        *(_error(error) for error in score.errors),
        "",
        message("by_office"),
    ]
    told = [office for office in score.offices if _tells(office)]
    for office in sorted(told, key=lambda office: (office.points, office.area)):
        facts = ", ".join(
            f"{_TERMS[name]} {_shown(office, name)}" for name in _COLUMNS if getattr(office, name)
        )
        lines.append(f"  {office.area} {office.name}: {facts or '0'}")
    quiet = len(score.offices) - len(told)
    if quiet:
        lines.append(f"  {message('more_offices_without_anything', count=quiet)}")
    return "\n".join(lines) + "\n"


def as_data(score: Score) -> dict[str, Any]:
    """JSON-ready; says that it is a test, and what the points are made of."""
    errors = [
        {**asdict(error), "place": "/".join(error.place), "minutes": error.minutes} for error in score.errors
    ]
    return {
        "is_test": True,
        "election": score.election,
        "seed": score.seed,
        "points": dict(POINTS),
        "best": score.best,
        "total": asdict(score.total),
        "too_late": list(score.too_late),
        "differences": asdict(score.differences),
        "offices": [asdict(office) for office in score.offices],
        "errors": errors,
    }


def as_json(score: Score) -> str:
    return json.dumps(as_data(score), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _differences(of: Differences) -> list[str]:
    """What was shown and what became of it; the tries only where somebody evaded."""
    lines = [
        f"{_TERMS['second_looks']}: {of.second_looks}（{_TERMS['declared']} {of.declared}、{_TERMS['vanished']} {of.vanished}）",
        f"{_TERMS['falsified_released']}: {of.falsified_released}、{_TERMS['unseen']}: {len(of.unseen)}",
    ]
    if of.tried:
        lines.append(f"{message('tries_to_evade')} ({_TERMS['tries']}, {_TERMS['refused']})")
        lines += [f"  {tried.trick}: {tried.tries}, {tried.refused}" for tried in of.tried]
    return lines


def _tells(office_score: OfficeScore) -> bool:
    return any(getattr(office_score, name) for name in _COLUMNS) or office_score.differences > 0


def _shown(office_score: OfficeScore, name: str) -> str:
    value = getattr(office_score, name)
    if isinstance(value, tuple):
        return str(len(value))
    return "—" if value is None else str(value)


def _error(error_score: ErrorScore) -> str:
    label = next((mistake.label for mistake in MISTAKES if mistake.code == error_score.kind), None)
    name = f"{label.ja} / {label.en}" if label else error_score.kind
    if error_score.declare:
        what = _TERMS[
            "falsified" if error_score.falsified else "declared" if error_score.declared else "not_declared"
        ]
    elif error_score.shown is None:
        what = _TERMS["never_typed"]
    elif error_score.corrected is None:
        what = _TERMS["not_corrected"]
    else:
        what = f"{_TERMS['corrected']} +{error_score.minutes} min ({error_score.found_by})"
    published = f"、{_TERMS['published_wrong']}" if error_score.published_wrong else ""
    return f"  {error_score.id} {'/'.join(error_score.place)} {name}: {what}{published}"
