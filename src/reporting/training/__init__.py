"""Rehearsals: a copy of an election on its own clock, with the mistakes of real nights in it, and a score.

`kinds` keeps live and training elections apart by type, `copy` makes the copy, `errors` knows the mistakes, `plan` puts
them into the hidden truth, `drill` plays the night, `history` reads it back and `score` judges it.
"""
