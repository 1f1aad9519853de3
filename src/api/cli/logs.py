"""Logs as JSON lines on stderr, so that answers on stdout stay clean. Tracebacks without the values of variables:
those may be personal data."""

from __future__ import annotations

import logging
import os
import sys

import structlog


def configure(level: int = logging.CRITICAL) -> None:
    """Set up once per process. A service logs from INFO; a single command only speaks through its own messages,
    unless REPORTING_DEBUG is set."""
    if os.environ.get("REPORTING_DEBUG"):
        level = logging.DEBUG
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s", force=True
    )
