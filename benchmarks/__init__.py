"""How fast, against whom: `python -m benchmarks [name …] [--quick]`. Every number is a ratio within one run."""
