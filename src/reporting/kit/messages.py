"""What a workbook says, and what is said of one that came back, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.kit")
