"""What the rules say besides their own catalogue (data/rules.toml), in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.rules")
