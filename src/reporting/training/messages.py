"""What drills say: names of mistakes, terms of the score, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("reporting.training")
