"""A return that a page of the console takes along: what stood, as it has to come back with what was typed."""

from __future__ import annotations

import strawberry

from api.graphql.access import UNIT, readable
from api.graphql.arguments import ElectionCode, FormCode, SlotCode, UnitCode
from api.graphql.context import Info
from api.graphql.types import described
from reporting.kit.making import make_page
from reporting.kit.plan import digest_of


@strawberry.type(description="A return that a page takes along, to be typed into without a line.")
class TakenPage:
    made: str = described("what it was of and what stood, as it has to come back")
    digest: str = described("SHA-256 of that text, hex")


@strawberry.type(description="Reads for pages that are typed into without a line.")
class TakenPageQueries:
    @readable(
        UNIT,
        "a return as a page takes it along. Typed into, it comes back as `content` of `previewWorkbook` and `handInWorkbook`: "
        "base64 of a JSON object with `made`, `digest` and `typed` (cell key → text). Null where the slot does not ask the unit",
    )
    def page_taken_along(
        self,
        info: Info,
        election: ElectionCode,
        form: FormCode,
        slot: SlotCode,
        unit: UnitCode,
    ) -> TakenPage | None:
        defined = info.context.service.catalog.election(election)
        defined.shape(form, slot)
        if not defined.reports(form, slot, unit):
            return None
        made = make_page(info.context.desk, election, form, slot, unit, info.context.require_actor())
        text = made.text()
        return TakenPage(made=text, digest=digest_of(text))
