"""The bases of all records, and the words that several of them use."""

from typing import Any, Literal

import msgspec

Json = Any
"""A JSON value: None, bool, int, float, str, or a list or string-keyed dict of them."""

Role = Literal["presenter", "visitor", "watcher"]
Turn = Literal["none", "yours", "another"]
Phase = Literal["queued", "running", "done", "waiting", "failed", "cancelled"]
WorkPhase = Literal["running", "done", "stopped", "failed"]
ExplainMethod = Literal["occlusion", "gradients"]
BulkPhase = Literal["reading", "ready", "running", "done", "stopped", "failed"]


class Record(msgspec.Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """The base of everything that crosses the wire."""


class Edit(msgspec.Struct, frozen=True, tag_field="op", forbid_unknown_fields=True, omit_defaults=True):
    """One change to an input, told apart by its `op`. An edited value is `{…, "edits": [Edit, …]}`: the untouched
    original and what to do to it, in order. Each kind of medium has a base class of its own beside its widget."""


class Stored(msgspec.Struct, frozen=True):
    """The base of what is put into blobs as JSON, for the page to read."""
