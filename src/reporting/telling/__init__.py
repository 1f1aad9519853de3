"""Who is told of what happened, where, and that they were told once.

Takes notices that a follower of the log wrote down, offices, and addresses of people beside the log. Gives signed calls of webhooks
(and other channels), retried with patience, and one DeliveryMade in the log for each that arrived. No message holds a figure.
"""

from reporting.telling.addresses import Address, Addresses
from reporting.telling.deadlines import Deadlines
from reporting.telling.letter import Letter, NotDelivered
from reporting.telling.outbox import Delivery, Outbox
from reporting.telling.rules import Rules, read_rules
from reporting.telling.telling import Teller

__all__ = [
    "Address",
    "Addresses",
    "Deadlines",
    "Delivery",
    "Letter",
    "NotDelivered",
    "Outbox",
    "Rules",
    "Teller",
    "read_rules",
]
