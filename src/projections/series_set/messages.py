"""What a series' data set says of its tables and columns, in both languages: `messages.toml`."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("projections.series_set")
