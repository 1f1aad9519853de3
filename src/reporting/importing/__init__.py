"""Files into the ledger: areas, their lineage, elections, returns, polling places, files of other systems by mappings. Whole or not at all; safe to
repeat.

Takes files and who brings them, gives one command each to `application`, and a report of every row.
"""

from reporting.importing.definitions import import_areas, import_election
from reporting.importing.errata import import_errata
from reporting.importing.history import import_history
from reporting.importing.history_file import shipped_histories, shipped_history_file
from reporting.importing.lineage import import_lineage
from reporting.importing.mapped import import_mapped
from reporting.importing.polling_places import import_places
from reporting.importing.report import ImportReport
from reporting.importing.returns import import_returns
from reporting.importing.shipped import mapping_of, shipped_mappings
from reporting.importing.workbook import import_workbook

__all__ = [
    "ImportReport",
    "import_areas",
    "import_election",
    "import_errata",
    "import_history",
    "import_lineage",
    "import_mapped",
    "import_places",
    "import_returns",
    "import_workbook",
    "mapping_of",
    "shipped_histories",
    "shipped_history_file",
    "shipped_mappings",
]
