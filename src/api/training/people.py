"""Who may be chosen in a practice room beside the seats of its rehearsals, and where nobody needs a login."""

from __future__ import annotations

from api.training.messages import message
from reporting.application.service import Reporting
from reporting.domain.actor import Actor, Role
from reporting.errors import InvalidInput

PRACTICE = message.table("host")
HOSTS = (
    Actor(PRACTICE["leader"].ja, PRACTICE["room"].ja, Role.MINISTRY, "*"),
    Actor(PRACTICE["auditor"].ja, PRACTICE["room"].ja, Role.AUDITOR, "*"),
)
"""Names of people are written one way, whatever the language of the page."""


def must_be_for_practice(service: Reporting) -> None:
    """Whoever comes may act here: InvalidInput where that would be in a real election."""
    for code in sorted(service.catalog.codes()):
        if not service.catalog.election(code).definition.is_test:
            raise InvalidInput.at("database", code, message("database_of_its_own"))
