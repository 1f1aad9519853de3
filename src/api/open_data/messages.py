"""What is said of files that are not there, not yet, or asked for too often: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("api.open_data")
