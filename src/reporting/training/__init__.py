"""Rehearsals: a copy of an election on its own clock, with the mistakes of real nights in it, and a score.

Takes an election's definition and its figures, gives a played night and its score. What is released in it goes the way of
`reporting.publication`, as a training election's; nothing of the real night comes through here. `copy` makes the copy,
`errors` knows the mistakes, `plan` puts them into the hidden truth, `drill` plays the night, `history` reads it back and
`score` judges it.
"""
