"""Reading what people hand in.

Takes bytes of a table, JSON or TOML, gives plain values or a model, and everything wrong with them by row and column, in
Japanese and English. Knows nothing of what the files are about. What is too much for memory stands on disk while it is
worked on (`spool`).
"""
