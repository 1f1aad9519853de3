"""Columns for what items are broken down by: one for each dimension."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from reporting.domain.election import ElectionDefinition
from reporting.domain.items import Dimension, Item
from reporting.publication.distribution.messages import message
from reporting.publication.formats.table import Column, ColumnRole, Kind


@dataclass(frozen=True, slots=True)
class BreakdownColumn:
    """A dimension of the election and the column it stands in."""

    dimension: Dimension
    name: str


def breakdown_columns(definition: ElectionDefinition, items: Iterable[Item]) -> tuple[BreakdownColumn, ...]:
    """Of the dimensions that some of these items are broken down by, in the definition's order; two whose codes differ in a sign
    that no column's name may have are told apart by a number."""
    asked = {code for item in items for combination in item.breakdowns for code in combination}
    told: dict[str, BreakdownColumn] = {}
    for dimension in definition.dimensions:
        if dimension.code not in asked:
            continue
        name = f"by_{re.sub('[^A-Za-z0-9_]', '_', dimension.code)}"
        while name in told:
            name += "_2"
        told[name] = BreakdownColumn(dimension, name)
    return tuple(told.values())


def columns_of(broken: BreakdownColumn) -> tuple[Column, Column]:
    """The code of the value and its name."""
    label = broken.dimension.label.words
    code = message.words("breakdown_code", name_ja=label.ja, name_en=label.en)
    named = message.words("breakdown_name", name_ja=label.ja, name_en=label.en)
    return (
        Column(broken.name, Kind.CODE, ColumnRole.DIMENSION, code, broken.name),
        Column(f"{broken.name}_name", Kind.TEXT, ColumnRole.NAME, named, names=broken.name),
    )
