"""Files that were sent: imports and workbooks that came back, each with its sender until it is dealt with.

Takes a sender, a name and bytes. Gives them back to that sender alone, from whichever server, until taken, discarded or too old.
"""

from reporting.uploads.store import KEPT_FOR, MOST, MOST_BYTES, Upload, Uploads, Way

__all__ = ["KEPT_FOR", "MOST", "MOST_BYTES", "Upload", "Uploads", "Way"]
