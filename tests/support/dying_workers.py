"""Workers of a rebuild of which those die whose share says so: `python -m dying_workers` is one of them."""

from __future__ import annotations

import os
import signal

from projections.views.workers import StreamShare, Told, be_worker

DIES, RAISES = "dies", "raises"
"""What a share's schema says."""


def work(share: StreamShare, told: Told) -> None:
    told(share.head // 2)
    if share.schema == DIES:
        os.kill(os.getpid(), signal.SIGKILL)
    if share.schema == RAISES:
        raise RuntimeError(share.schema)
    told(share.head)


if __name__ == "__main__":
    be_worker(work)
