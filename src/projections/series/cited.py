"""From a citation back to the query that finds its observation."""

from __future__ import annotations

from projections.read.contests import SameBy
from projections.series.plan import LayeredSlot, Pinned, SeriesQuery, identity_of
from reporting.domain.election import ElectionDefinition
from reporting.domain.layer import Layered
from reporting.series.model import Citation


def page_of(cited: Citation) -> LayeredSlot | None:
    """Where it was read; None: from the item's last slot, in the layer that everybody sees."""
    if not cited.slot:
        return None
    form, _, rest = cited.slot.partition("/")
    return LayeredSlot(form, *Layered.parse(rest))


def layer_named(cited: Citation) -> str | None:
    """The layer of a citation with a slot, as readers ask for it; None: the usual one."""
    page = page_of(cited)
    return page.layer.name if page else None


def cited_query(definition: ElectionDefinition, cited: Citation, position: int | None) -> SeriesQuery:
    """What finds one observation again."""
    parts = cited.breakdown.split(",") if cited.breakdown else []
    choice = next((part[7:] for part in parts if part.startswith("choice=")), None)
    asked_form, _, asked_slot = cited.asked.partition("/")
    if choice is not None:
        choice = choice.replace("%2C", ",").replace("%25", "%")
    contest = next((contest for contest in definition.contests if contest.code == cited.contest), None)
    identity = identity_of(contest, choice) if contest and choice and not cited.over else None
    return SeriesQuery(
        items=(cited.item,),
        geography=cited.geography,
        areas=(cited.area,),
        since=definition.polling_date,
        until=definition.polling_date,
        boundaries=cited.boundaries,
        position=position,
        kinds=(definition.kind,),
        contest=None if cited.over else cited.contest,
        contest_kind=cited.contest if cited.over else None,
        over=SameBy(cited.over) if cited.over else None,
        breakdown=",".join(part for part in parts if not part.startswith("choice=")),
        choice=None if identity else choice,
        identity=identity,
        form=asked_form or None,
        slot=asked_slot or None,
        tests=definition.is_test or bool(cited.tests),
        pinned=Pinned(cited.election, page) if (page := page_of(cited)) else None,
    )
