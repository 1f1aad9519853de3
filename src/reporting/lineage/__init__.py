"""What became of which area: official changes as data, and the graph that follows an area through them.

Takes lists of changes, gives shares of areas on one day in areas of another.
"""
