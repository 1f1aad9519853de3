"""What is printed, and what is said of paper, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.kit.paper")
