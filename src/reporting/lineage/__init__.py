"""What became of which area: official changes as data, and the graph that follows an area through them."""
