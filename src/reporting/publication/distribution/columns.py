"""Columns of a distribution's tables, with their labels."""

from __future__ import annotations

from reporting.publication.distribution.messages import message
from reporting.publication.formats.table import Column, ColumnRole, Kind

COLUMN, ABOUT = message.table("column"), message.table("about")


def code_column(name: str, role: ColumnRole, codes: str = "", *, required: bool = True) -> Column:
    return Column(
        name, Kind.CODE, role, COLUMN[name], codes or name, required=required, about=ABOUT.get(name)
    )


def plain_column(name: str, kind: Kind, role: ColumnRole, *, required: bool = False) -> Column:
    return Column(name, kind, role, COLUMN[name], required=required, about=ABOUT.get(name))


def name_column(of: str) -> Column:
    return Column(f"{of}_name", Kind.TEXT, ColumnRole.NAME, COLUMN[f"{of}_name"], names=of)
