"""A script over many cases.

`cases` come from tables, folders and zips, `runs` does them and keeps a `journal`, `report` says how good the answers
are.
"""
