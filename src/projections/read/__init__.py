"""What is asked of the live views: takes an open snapshot and a question, gives rows as of the snapshot's position.

`reader` opens snapshots, `moment` says which position is meant, `snapshot` answers about totals, figures and events, `query` says which elections and totals, `statements` makes
their SQL, `many_areas` puts wide ones together. Beside them one module per question: `asof` and `contests_then` from the log
as it was (`slot_past` keeps what a slot has held, `gone_units` sums where units are gone), `audit` the trail, `changes` between two moments, `contests` sums over contests, `desk` boards and work, `lots`,
`preview` and `stakes` before something is done, `register` the declared differences. `rows` are their answers, `sums` how
parts add up.
"""

from projections.read.query import ElectionsWanted, TotalsQuery, WantedCell, rivals, wanted_cells
from projections.read.reader import ViewReader
from projections.read.rows import ElectionRow, EventRow, FigureRow, TotalRow, VersionRow
from projections.read.snapshot import Sees, Snapshot
from projections.read.statements import percent, ratio

__all__ = [
    "ElectionRow",
    "ElectionsWanted",
    "EventRow",
    "FigureRow",
    "Sees",
    "Snapshot",
    "TotalRow",
    "TotalsQuery",
    "VersionRow",
    "ViewReader",
    "WantedCell",
    "percent",
    "ratio",
    "rivals",
    "wanted_cells",
]
