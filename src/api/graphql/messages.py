"""What the interface itself refuses and expects, in both languages: `messages.toml`. Sentences of the schema's descriptions are
English and stand with what they describe."""

from __future__ import annotations

from reporting.messages import Messages

message = Messages.of("api.graphql")
