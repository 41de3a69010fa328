"""Sweeps and maps of a page as cases: they are done whole where the model is, and tell each step."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import msgspec
from modelapp.core.context import RunContext
from modelapp.core.errors import RunFailed
from modelapp.core.protocol import ExplainMethod, Explanation, Json
from modelapp.model.around import run_around
from modelapp.model.engines.going import Going
from modelapp.model.engines.threads import Answer
from modelapp.model.explain.runs import Explaining
from modelapp.model.headless import Model
from modelapp.model.kept import KeptCase, KeptRuns
from modelapp.model.sweep.runs import Sweep, Varied
from modelapp.script.source import Version
from modelapp.session.blobs import FileBlobs, digests_in

_TELL_SECONDS = 0.1


class SweepBegun(msgspec.Struct, frozen=True):
    """What a sweep is of.

    Attributes:
        total: How many runs there are in all parts.
        before: What the answer decides for, or None.
        values: Raw values of the inputs that are varied around.
    """

    total: int
    before: str | None
    values: dict[str, Json]


class SweepStep(msgspec.Struct, frozen=True):
    """What became of one variation.

    Attributes:
        values: Raw values of the variation, by input name, or None if it failed before it had any.
        contents: Files that they name and the host lacks, by digest.
        picture: A small picture file of it, or None.
    """

    row: Varied
    values: dict[str, Json] | None
    contents: dict[str, bytes]
    picture: bytes | None


class ExplainStep(msgspec.Struct, frozen=True):
    """How far an explanation is."""

    values: dict[str, Json]
    methods: tuple[ExplainMethod, ...]
    reports: tuple[Explanation, ...]


class Base(NamedTuple):
    """The run around which others are."""

    version: Version
    run: RunContext
    runs: KeptRuns


@contextmanager
def base_of(case: KeptCase, model: Model, going: Going) -> Iterator[Base]:
    """Do the run around which others are; what it leaves on the disk is gone at the end of the block.

    Raises:
        InvalidValue: If there is no answer.
        RunFailed: If the script cannot be run.
    """
    version = model.version
    if version is None:
        raise RunFailed(f"{model.path.name} cannot be run any more.")
    with KeptRuns(model, FileBlobs(case.blobs)) as runs:
        runs.show(case.inputs)
        yield Base(version, run_around(version, case.inputs, runs.blobs, going.begin, case.visitor), runs)


@dataclass(frozen=True, slots=True)
class SweepAround(KeptCase):
    """A sweep around raw values: every `parts`-th variation, from its position on."""

    parts: int = 1
    gives_way: ClassVar[bool] = True

    def done(self, model: Model, going: Going) -> Answer:
        """Do it."""
        with base_of(self, model, going) as (version, run, runs):
            sweep = Sweep(version, run, visitor=self.visitor)
            going.tell(SweepBegun(sweep.total, sweep.before, sweep.values))
            going.stops_by(sweep.stop)
            held = set(digests_in(dict(self.inputs)))
            for row in sweep.steps(self.position, self.parts):
                going.tell(_step(sweep, row, runs, held))
                going.give_way()
        return Answer(self.position)


def _step(sweep: Sweep, row: Varied, runs: KeptRuns, held: set[str]) -> SweepStep:
    try:
        values = sweep.values_of(row.number)
        contents = {digest: runs.blobs.path(digest).read_bytes() for digest in {*digests_in(values)} - held}
    except Exception:  # a variation that failed has no values, and its files may be gone
        return SweepStep(row, None, {}, None)
    try:
        picture = sweep.picture_of(row.number)
    except Exception:  # foreign bytes may make a decoder raise anything, and the row says all without it
        picture = None
    return SweepStep(row, values, contents, picture)


@dataclass(frozen=True, slots=True)
class ExplainAround(KeptCase):
    """The maps of the answer to raw values.

    Attributes:
        method: How they are made.
    """

    method: ExplainMethod = "occlusion"
    gives_way: ClassVar[bool] = True

    def done(self, model: Model, going: Going) -> Answer:
        """Make them."""
        with base_of(self, model, going) as (version, run, _):
            explaining = Explaining(version, run, visitor=self.visitor, method=self.method)
            going.stops_by(explaining.stop)
            going.tell(_so_far(explaining))
            told = time.monotonic()
            for _ in explaining.steps():
                if time.monotonic() - told > _TELL_SECONDS:
                    told = time.monotonic()
                    going.tell(_so_far(explaining))
                going.give_way()
            going.tell(_so_far(explaining))
        return Answer(self.position)


def _so_far(explaining: Explaining) -> ExplainStep:
    return ExplainStep(explaining.values, explaining.methods, tuple(explaining.reports()))
