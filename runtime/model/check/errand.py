"""A check as an errand: of the script as it was sent, where the model is."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from modelapp.model.check.runs import TIME_LIMIT_SECONDS, Check
from modelapp.model.engines.going import Going
from modelapp.model.errands import Done, Errand
from modelapp.model.headless import Model
from modelapp.script.run import Script


@dataclass(frozen=True, slots=True)
class CheckErrand(Errand):
    """A check; its report is a `CheckReport`.

    Attributes:
        time_limit: Seconds after which no further case is begun.
    """

    time_limit: float = TIME_LIMIT_SECONDS
    gives_way: ClassVar[bool] = True

    def done(self, model: Model, going: Going) -> Done:
        """Do it."""
        script = Script(model.path)
        script.install()
        with tempfile.TemporaryDirectory(prefix="modelapp-") as folder:
            checking = Check(script, Path(folder), self.time_limit)
            going.stops_by(checking.stop)
            for _ in checking.steps():
                going.tell((checking.runs, checking.seconds))
                going.give_way()
            return Done(self.position, report=checking.report())
