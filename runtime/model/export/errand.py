"""A record as an errand: the runs where the model is, the file here."""

from dataclasses import dataclass, field

from modelapp.model.engines.going import Going
from modelapp.model.errands import Done, Errand
from modelapp.model.export.recording import Recording, Wanted
from modelapp.model.headless import Model
from modelapp.script.run import Script


@dataclass(frozen=True, slots=True)
class ExportErrand(Errand):
    """A record; its report is a `Record`.

    Attributes:
        wanted: What it is to hold.
    """

    wanted: Wanted = field(default_factory=Wanted)

    def done(self, model: Model, going: Going) -> Done:
        """Make it."""
        recording = Recording(Script(model.path), self.wanted)
        for runs in recording.steps():
            going.tell(runs)
        return Done(self.position, report=recording.record())
