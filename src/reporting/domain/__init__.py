"""Pure election knowledge: figures, areas, elections, returns and their events. No I/O in here."""
