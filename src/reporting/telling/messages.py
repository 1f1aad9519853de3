"""What offices are told, and what is said of telling them, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.telling")
