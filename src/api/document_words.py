"""What is wrong with a kept document, in words, for whoever verifies the folder or a backup of it."""

from __future__ import annotations

from api.messages import message
from reporting.application.kept_documents import DocumentState
from reporting.words import Words

SAYS = message.table("document_state")


def line_of(row: DocumentState) -> Words:
    """Names the document, its return and the ledger position of its attachment. Of a state that is WRONG."""
    told, says = row.attachment, SAYS[row.state or ""]
    facts = {"document": told.document, "where": "/".join(told.place), "position": f"{told.position:,}"}
    return Words(says.ja.format_map(facts), says.en.format_map(facts))
