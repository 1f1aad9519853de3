"""A log line for each change: which command, by which request, at which position, with what outcome."""

from __future__ import annotations

import structlog

from reporting.watched import WatchedPart

log = structlog.get_logger(__name__)


class Lines:
    """A watcher of what requests do. What is read leaves no line of its own; what is read before its release does (`api.read_log`), and
    what the process does by itself says so where it is done."""

    def begun(self, part: WatchedPart) -> None:
        """Nothing of the command before is left, where a thread does one request after another."""
        if part.name == "operation":
            structlog.contextvars.unbind_contextvars("command_id", "position")

    def ended(self, part: WatchedPart, failure: BaseException | None) -> None:
        if part.name == "append" and "request_id" in structlog.contextvars.get_contextvars():
            if failure is None:
                structlog.contextvars.bind_contextvars(
                    command_id=part.facts["command"], position=part.facts["position"]
                )
                log.info("appended", repeated=part.facts["repeated"], ms=round(part.seconds * 1000, 1))
            else:
                log.warning("not_appended", command_id=part.facts["command"], kind=type(failure).__name__)
        elif part.name == "operation" and part.facts.get("kind") == "mutation":
            facts = {name: part.facts[name] for name in ("field", "outcome") if name in part.facts}
            log.info("change", **facts, ms=round(part.seconds * 1000, 1))
