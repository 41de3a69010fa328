"""An explanation as an errand: of the run with some values, where the model is."""

from dataclasses import dataclass

from modelapp.core.errors import RunFailed
from modelapp.core.protocol import ExplainMethod
from modelapp.model.engines.going import Going
from modelapp.model.errands import Done, Errand
from modelapp.model.explain.runs import Explaining
from modelapp.model.headless import Model


@dataclass(frozen=True, slots=True)
class ExplainErrand(Errand):
    """The maps of a case; the report is the name of the answer and the maps.

    Attributes:
        input: Name of the one input that is asked for; None takes all of which parts can be hidden.
        answer: Name of the output; None takes the first label, else number, else text, else any.
        method: "occlusion" hides parts, "gradients" asks the model that sees a picture.
        tested: If True each map is tested by further runs.
    """

    input: str | None = None
    answer: str | None = None
    method: ExplainMethod = "occlusion"
    tested: bool = True

    def done(self, model: Model, going: Going) -> Done:
        """Make them."""
        base, _ = model.call(self.inputs, self.edits, "explain", begin=going.begin)
        if model.version is None:
            raise RunFailed(f"{model.path.name} cannot be run any more.")
        explaining = Explaining(model.version, base, self.input, self.answer, method=self.method, tested=self.tested)
        going.stops_by(explaining.stop)
        for runs in explaining.steps():
            going.tell(runs)
        return Done(self.position, report=(explaining.probe.answer, explaining.reports()))
