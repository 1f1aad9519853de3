"""A page that asks for the first so many of something says where there are more, or leads on to them; where it does not, nothing can be
missing that its reader looks for, and here is why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from graphql import FieldNode, FragmentDefinitionNode, FragmentSpreadNode, SelectionSetNode, parse

PAGES = Path("src/api/console/pages")
REASONS = {
    "cited.elections": "labels of the latest; the cited one is asked for by its code, another is called by its code",
    "series.elections": "labels of the latest; those of the series come with it",
    "series.codebookItems": "as many as there may be of one installation; any other can be asked for by its code",
    "hand_over.offices": "one, by its code",
    "office_people.offices": "one, by its code",
    "incident.incidents": "of one unit, of which one is shown",
    "incident_record.discrepancies": "of one unit",
    "notice.releases": "of one slot",
    "open_data_of.releases": "the latest; all stand in the catalogue (/data/catalog.jsonld)",
    "election.releases": "the latest: of each slot the last",
    "publication.releases": "the latest: of each slot the last",
    "publication_slot.releases": "the latest of one slot",
    "totals.releases": "ticks of a slider: the latest of one slot",
    "results.releases": "ticks of a slider: the latest of one slot",
    "slot_board.releases": "ticks of a slider: the latest of one slot",
    "differences.releases": "ticks of a slider: the latest of one slot",
    "work.releases": "ticks of a slider: the latest",
    "results.hours": "slots of a form: a definition has fewer",
    "results.whole": "cells of one area: a form has fewer",
    "totals.whole": "cells of one area: a form has fewer",
    "totals.usual": "which layer: of any",
    "search.search": "says how many more there are (`more`)",
    "work.discrepancies": "one more than is shown, which says that there are others",
}


def asked() -> Iterator[tuple[str, frozenset[str]]]:
    """Page and name of each field with `first`, and what is asked below it."""
    for file in sorted(PAGES.glob("*/*.graphql")):
        document = parse(file.read_text(encoding="utf-8"))
        shared = {
            d.name.value: d.selection_set
            for d in document.definitions
            if isinstance(d, FragmentDefinitionNode)
        }
        for definition in document.definitions:
            for field in fields(getattr(definition, "selection_set", None)):
                if any(argument.name.value == "first" for argument in field.arguments or ()):
                    name = (field.alias or field.name).value
                    yield f"{file.parent.name}.{name}", frozenset(below(field.selection_set, shared))


def fields(selections: SelectionSetNode | None) -> Iterator[FieldNode]:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        yield from fields(getattr(selection, "selection_set", None))


def below(selections: SelectionSetNode | None, shared: dict[str, SelectionSetNode]) -> Iterator[str]:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection.name.value
        elif isinstance(selection, FragmentSpreadNode):
            yield from below(shared[selection.name.value], shared)
        else:
            yield from below(getattr(selection, "selection_set", None), shared)


def test_no_list_of_a_page_ends_without_saying_so() -> None:
    silent = {name for name, told in asked() if not told & {"pageInfo", "cursor"}}
    assert silent == set(REASONS)


def test_what_says_that_there_are_more_is_looked_at() -> None:
    """`pageInfo` that is asked for and not used by the page's code or template says nothing."""
    for page in sorted({name.partition(".")[0] for name, told in asked() if told & {"pageInfo", "cursor"}}):
        told = "".join(
            file.read_text(encoding="utf-8")
            for file in PAGES.glob(f"{page}/page.*")
            if file.suffix != ".graphql"
        )
        borrowed = "results.page import" in told  # whose `parts` looks
        assert borrowed or any(word in told for word in ("hasNextPage", "cursor", "pageInfo")), page
