"""From events to rows: takes the log from one position to another, gives the tables that `projections.read` asks.

`fold` and `load` are SQL over whole parts of the log, `define` what an election's areas and cells are, `cases` where each
return stands.
"""
