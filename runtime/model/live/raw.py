"""What a page sets to show a case of a table, whose cells only the script's inputs can read."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.errors import InvalidValue
from modelapp.core.protocol import Json
from modelapp.model.engines.going import Going
from modelapp.model.errands import Done, Errand
from modelapp.model.headless import Model
from modelapp.script.run import Outcome
from modelapp.session.blobs import FileBlobs, SessionBlobs


class Raw(msgspec.Struct, frozen=True):
    """Raw values by input name, and the files that they name."""

    values: dict[str, Json]
    contents: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class RawErrand(Errand):
    """Finds raw values of what is given. The report is `Raw`."""

    def done(self, model: Model, going: Going) -> Done:
        """Do it."""
        with tempfile.TemporaryDirectory(prefix="modelapp-") as folder:
            blobs = SessionBlobs(FileBlobs(Path(folder)), set())
            run, outcome = model.trial(self.inputs, "bulk", blobs=blobs, visitor=self.visitor, begin=going.begin)
            values = raw_values(self.inputs, run, outcome)
            return Done(self.position, report=Raw(values, tuple(blobs.path(made).read_bytes() for made in blobs.made)))


def raw_values(given: Mapping[str, Any], run: RunContext, outcome: Outcome) -> dict[str, Json]:
    """Return the raw values that a run made of what was given.

    Raises:
        InvalidValue: If an input does not take it.
    """
    if isinstance(outcome.error, InvalidValue):
        raise outcome.error
    return {name: run.inputs[name].raw for name in given if name in run.inputs}
