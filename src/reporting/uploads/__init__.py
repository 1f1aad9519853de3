"""Files that were sent: imports and workbooks that came back, each with its sender until it is dealt with."""

from reporting.uploads.store import KEPT_FOR, MOST, MOST_BYTES, Upload, Uploads, Way

__all__ = ["KEPT_FOR", "MOST", "MOST_BYTES", "Upload", "Uploads", "Way"]
