"""All faults, in the order they are played and told."""

from __future__ import annotations

import broken_lines
import clock_steps
import disk_full
import fencing
import log_changed
import makers_killed
import old_backup
import old_follower
import provider_away
import publication_missed
import repeated_commands
import server_clock
import stopped_processes

FAULTS = (
    *stopped_processes.FAULTS,
    *broken_lines.FAULTS,
    *repeated_commands.FAULTS,
    *publication_missed.FAULTS,
    *makers_killed.FAULTS,
    *old_follower.FAULTS,
    *old_backup.FAULTS,
    *log_changed.FAULTS,
    *disk_full.FAULTS,
    *clock_steps.FAULTS,
    *server_clock.FAULTS,
    *fencing.FAULTS,
    *provider_away.FAULTS,
)
BY_CODE = {fault.code: fault for fault in FAULTS}
SHORT = ("session-killed", "commands-again", "line-silent", "postgresql-killed")
"""Played in the ordinary tests."""
