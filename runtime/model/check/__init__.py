"""`modelapp check`: what a visitor of a script's page would stumble over.

`runs` does it, on what `cases` finds; `reading`, `timing` and `doubts` look at the text, the clock and the answers;
`findings` is the report.
"""
