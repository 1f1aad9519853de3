"""What is known of one printed figure: another publication says otherwise. Neither is corrected by guessing."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from reporting.domain.labels import Code, Definition, Name
from reporting.domain.messages import message
from reporting.domain.typed import Number


class KnownErratum(Definition):
    """Of one election: `published` in `publication`, but `other` in `other_publication`; `difference` = published − other. Which one
    is right is not known unless `note` says so."""

    id: Code
    contest: Code
    area: Code
    item: Code
    breakdown: str = ""
    publication: Name
    published: Number
    other_publication: Name
    other: Number
    difference: Number
    source: Name
    note: str = Field("", description="what is known about the cause")

    @model_validator(mode="after")
    def _difference_fits(self) -> Self:
        if self.published - self.other != self.difference or self.difference == 0:
            raise ValueError(message("a_difference_that_is_published_other"))
        return self
