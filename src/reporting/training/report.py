"""A score for people (text, both languages in the headings) and for machines (JSON)."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from reporting.training.incidents import MISTAKES
from reporting.training.score import POINTS, Differences, ErrorScore, OfficeScore, Score

_COLUMNS = (
    ("混入 injected", "injected"),
    ("訂正 corrected", "corrected"),
    ("発見 caught", "caught"),
    ("誤報 false alarms", "false_alarms"),
    ("分 median min", "minutes"),
    ("申告 declared", "declared"),
    ("改変 falsified", "falsified"),
    ("公表漏れ missed", "missed"),
    ("督促 reminders", "reminders"),
    ("点 points", "points"),
)


def as_text(score: Score) -> str:
    """The whole, every mistake, then the offices that have anything to tell, lowest points first."""
    total = score.total
    share = f"{100 * max(0, total.points) / score.best:.0f} %" if score.best else "—"
    lines = [
        f"【訓練 TRAINING】{score.election}　seed {score.seed}",
        f"得点 points: {total.points} / {score.best} ({share})",
        *(f"{heading}: {_shown(total, name)}" for heading, name in _COLUMNS[:-1]),
        f"真の不突合 true differences: {total.differences}",
        f"参加者の責めでない公表漏れ not published in time, through no fault of people: {len(score.too_late)}",
        *_differences(score.differences),
        "",
        "混入した誤り / mistakes (分は訓練の時計 / minutes of the drill's clock)",
        *(_error(error) for error in score.errors),
        "",
        "団体別 / by office",
    ]
    told = [office for office in score.offices if _tells(office)]
    for one in sorted(told, key=lambda one: (one.points, one.area)):
        facts = ", ".join(
            f"{heading} {_shown(one, name)}" for heading, name in _COLUMNS if getattr(one, name)
        )
        lines.append(f"  {one.area} {one.name}: {facts or '0'}")
    quiet = len(score.offices) - len(told)
    if quiet:
        lines.append(f"  ほか {quiet} 団体は何もなし / {quiet} more offices without anything to tell")
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
        f"第二の確認 second looks: {of.second_looks}（申告 declared {of.declared}、表示後に消えた vanished {of.vanished}）",
        f"改変のまま公表 released falsified: {of.falsified_released}、うち誰も見ていない unseen: {len(of.unseen)}",
    ]
    if of.tried:
        lines.append("言い逃れの試み / tries to evade (試み tries, 拒否 refused)")
        lines += [f"  {one.trick}: {one.tries}, {one.refused}" for one in of.tried]
    return lines


def _tells(office_score: OfficeScore) -> bool:
    return any(getattr(office_score, name) for _, name in _COLUMNS) or office_score.differences > 0


def _shown(office_score: OfficeScore, name: str) -> str:
    value = getattr(office_score, name)
    if isinstance(value, tuple):
        return str(len(value))
    return "—" if value is None else str(value)


def _error(error_score: ErrorScore) -> str:
    label = next((mistake.label for mistake in MISTAKES if mistake.code == error_score.kind), None)
    name = f"{label.ja} / {label.en}" if label else error_score.kind
    if error_score.declare:
        what = (
            "改変 falsified"
            if error_score.falsified
            else "申告 declared"
            if error_score.declared
            else "未申告 not declared"
        )
    elif error_score.shown is None:
        what = "入力されず never typed"
    elif error_score.corrected is None:
        what = "未訂正 not corrected"
    else:
        what = f"訂正 corrected +{error_score.minutes} min ({error_score.found_by})"
    published = "、誤ったまま公表 published wrong" if error_score.published_wrong else ""
    return f"  {error_score.id} {'/'.join(error_score.place)} {name}: {what}{published}"
