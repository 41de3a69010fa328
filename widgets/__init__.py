"""The widgets: one file each, with its options, its properties record, and both directions of its value.

A widget stands on `modelapp.core` alone: it knows nothing of sessions, sockets or threads. Modules whose name starts
with an underscore hold what several widgets share.
"""
