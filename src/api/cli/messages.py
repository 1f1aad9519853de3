"""What commands say, in both languages: `messages.toml`. Help is English."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("api.cli")
