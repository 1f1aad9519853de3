"""Imports over HTTP.

Takes a file and who sends it, gives what became of it, line by line. Checks and deciding are `reporting.importing`'s, as for the
command line.
"""

from api.imports.routes import import_routes

__all__ = ["import_routes"]
