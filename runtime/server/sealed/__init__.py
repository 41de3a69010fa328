"""The page for those who come through a relay: a port at which all but the page's own files arrives sealed.

What is opened here is handed to the same handlers as on the plain port, which need not know of it. See
`core/sealing.py` for how it is sealed, and `frontend/src/sealed/` for the other end.
"""
