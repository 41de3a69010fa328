"""The robustness sweep: does the answer hold where a value is slightly another?

Inputs name their own variations and outputs measure their own distance; `cases` collects the former, `runs` does the
runs, one for each variation.
"""
