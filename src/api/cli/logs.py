"""Logs as JSON lines on stderr, the libraries' too, so that answers on stdout stay clean. Tracebacks without the values of variables:
those may be personal data."""

from __future__ import annotations

import logging
import os
import sys

import structlog
from structlog.typing import Processor


def configure(level: int = logging.CRITICAL) -> None:
    """Set up once per process. A service logs from INFO; a single command only speaks through its own messages,
    unless REPORTING_DEBUG is set."""
    if os.environ.get("REPORTING_DEBUG"):
        level = logging.DEBUG
    begin: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    end: list[Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    structlog.configure(
        processors=[*begin, *end],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    libraries = logging.StreamHandler(sys.stderr)
    libraries.setLevel(level)  # some of them set a level of their own, which the root's does not reach
    libraries.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *begin],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *end],
        )
    )
    logging.basicConfig(level=level, handlers=[libraries], force=True)
