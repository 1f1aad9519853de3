"""`reporting follow`."""

from __future__ import annotations

import importlib.util
import json
import sqlite3
import sys
import traceback
from dataclasses import asdict
from inspect import isclass
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import click

from api.cli.failure import FileUnusable, first_line
from api.cli.messages import message
from api.cli.runtime import running
from reporting.errors import InvalidInput, Unavailable
from reporting.outside import of_database

LOOK_S = 1.0  # how often what a follower has found is looked for


@click.command("follow")
@click.argument("what", metavar="alarms|FILE.py")
@click.option(
    "--to",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="SQLite file of the view",
)
@click.option("--until-now", is_flag=True, help="end at the log's present end instead of waiting for more")
def command(what: str, file: Path, until_now: bool) -> None:
    """Run a follower beside the totals: `alarms`, or a projection of your own (docs/followers.md).

    `alarms` prints each as a line of JSON: overrides, differences, withdrawals, notices. Started again it goes on where it
    stopped; a line is printed twice only if it was killed between printing and noting so.

    \b
    Examples:
      reporting follow alarms --to alarms.sqlite
      reporting follow examples/own-projection/corrections.py --to corrections.sqlite --until-now
    """
    from eventsourcing.persistence import OperationalError, PersistenceError

    from projections.followers import follow, wait_for
    from projections.followers.alarms import AlarmList, Alarms

    projection, view = (Alarms, AlarmList) if what == "alarms" else _own(Path(what))
    try:
        with running(service=True) as (_, database), follow(projection, view, database.url, file) as runner:
            end = runner.app.recorder.max_notification_id()
            while True:
                if until_now:
                    wait_for(runner, end)
                runner.run_forever(timeout=0 if until_now else LOOK_S)  # raises what stopped the follower
                if projection is Alarms:
                    _tell(runner.view)
                if until_now:
                    break
    except (sqlite3.Error, PersistenceError) as failed:
        own = failed if isinstance(failed, sqlite3.Error) else failed.__cause__
        if isinstance(own, sqlite3.Error):
            raise FileUnusable(
                path=str(file), detail=message("not_taken_by_sqlite"), said=first_line(own)
            ) from failed
        if not isinstance(failed, OperationalError):
            raise
        raise Unavailable(detail=of_database(failed), said=first_line(failed)) from failed


def _tell(view: Any) -> None:
    from projections.followers.alarms import WORDS

    for alarm in view.waiting():
        ja, en = WORDS[alarm.kind]
        click.echo(json.dumps({**asdict(alarm), "ja": ja, "en": en}, ensure_ascii=False))
        view.tell(alarm)


def _own(file: Path) -> tuple[type[Any], type[Any]]:
    """(projection, view class) of a file with one projection in it; InvalidInput for anything else."""
    from eventsourcing.persistence import TrackingRecorder
    from eventsourcing.projection import Projection

    module = _load(file)
    classes = [
        var
        for var in vars(module).values()
        if isclass(var) and issubclass(var, Projection) and var.__module__ == module.__name__
    ]
    if len(classes) != 1:
        raise InvalidInput(
            field=str(file),
            found=f"{len(classes)}",
            expected=message("one_class_derived_from_projection"),
        )
    named = [
        view
        for above in classes[0].__mro__
        for base in vars(above).get("__orig_bases__", ())
        for view in get_args(base)
        if isclass(view) and issubclass(view, TrackingRecorder)
    ]
    if not named:
        raise InvalidInput(
            field=str(file), found=classes[0].__name__, expected=message("projection_of_its_view")
        )
    return classes[0], named[0]


def _load(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    if not file.is_file() or spec is None or spec.loader is None:
        raise InvalidInput(field="FILE.py", found=str(file), expected=message("alarms_or_py_file"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    try:
        spec.loader.exec_module(module)
    except Exception as wrong:  # whatever a program of somebody else's does
        at = [
            frame.lineno for frame in traceback.extract_tb(wrong.__traceback__) if frame.filename == str(file)
        ]
        line = wrong.lineno if isinstance(wrong, SyntaxError) else (at or [None])[-1]
        raise InvalidInput(
            field=file.name if line is None else f"{file.name}:{line}",
            found=type(wrong).__name__,
            expected=message("program_that_runs"),
            said=first_line(wrong),
        ) from wrong
    return module
