"""A simulated election night, always marked as a test: `figures` makes the numbers, `night` the order in which they
arrive, `play` sends them through the application service, `board` shows the totals."""
