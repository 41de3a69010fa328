"""Measurements of the running product. `python -m benchmarks` prints one table."""
