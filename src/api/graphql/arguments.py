"""Arguments that several fields take: one name, type and description for each."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.graphql.moments import AsOfInput

ElectionCode = Annotated[str, strawberry.argument(description="code of the election")]
AsOf = Annotated[
    AsOfInput | None,
    strawberry.argument(
        description="what was known then (figures, definitions, areas), in everything below this field; now when left out"
    ),
]
MinPosition = Annotated[
    int | None,
    strawberry.argument(description="wait until the answer stands at this ledger position or later"),
]
First = Annotated[int, strawberry.argument(description="how many at most")]
After = Annotated[str | None, strawberry.argument(description="cursor of the last one already seen")]
Witnesses = Annotated[
    int, strawberry.argument(description="against a head that at least so many witnesses have cosigned")
]
FormCode = Annotated[str, strawberry.argument(description="code of the form")]
SlotCode = Annotated[str, strawberry.argument(description="code of the slot")]
UnitCode = Annotated[str, strawberry.argument(description="code of the reporting unit")]
ContestCode = Annotated[str, strawberry.argument(description="code of the contest")]
ItemCode = Annotated[str, strawberry.argument(description="code of the item")]
Breakdown = Annotated[str, strawberry.argument(description="e.g. sex=f; empty for the total")]
ChoiceCode = Annotated[
    str, strawberry.argument(description="candidate or party; empty when the item has none")
]
GeographyCode = Annotated[str, strawberry.argument(description="geography whose areas to total by")]
Items = Annotated[
    list[str] | None,
    strawberry.argument(description="only these items, in this order; none given: all of the form"),
]
Choices = Annotated[
    list[str] | None, strawberry.argument(description="only these candidates or parties; none given: all")
]
Level = Annotated[str | None, strawberry.argument(description="only areas of this level, e.g. prefecture")]
Areas = Annotated[list[str] | None, strawberry.argument(description="only areas with these codes")]
Layer = Annotated[
    str | None,
    strawberry.argument(
        description="where the election has a workflow: entered, the level that approved, or released. Not given: released; "
        "for an office that returns go through entered, where all that is asked for lies in its reach. The answer names it"
    ),
]
KeptLayer = Annotated[
    str | None,
    strawberry.argument(
        description="where the election has a workflow: released (not given: that, for whoever asks, so that a copy or a "
        "citation stays of one layer), entered, or the level that approved"
    ),
]
