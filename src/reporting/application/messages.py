"""What decisions of the desk say in refusing and asking, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.application")
