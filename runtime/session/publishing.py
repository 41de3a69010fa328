"""What one session's clients are shown of its runs, and the outputs that they may ask questions.

All methods are called in the event loop's thread.
"""

from collections.abc import Callable
from typing import Any

from modelapp.core.declared import MISSING
from modelapp.core.errors import InvalidValue
from modelapp.core.output import Output
from modelapp.core.protocol import Answer, Ask, Notice, RunState
from modelapp.script.failure import CALM
from modelapp.session.active_run import ActiveRun
from modelapp.session.audience import Audience, Client
from modelapp.session.blobs import SessionBlobs
from modelapp.session.frame import Page
from modelapp.session.host import Host
from modelapp.session.inputs import SessionInputs


class Publishing:
    """Shows a session's runs to its clients.

    Args:
        host: The app.
        page: What they see.
        audience: They.
        blobs: Large values, as the session sees them.
        inputs: What was set.
        under_way: Told when the page shows some of what a run makes that has not ended.
    """

    def __init__(
        self,
        host: Host,
        page: Page,
        audience: Audience,
        blobs: SessionBlobs,
        inputs: SessionInputs,
        under_way: Callable[[], None],
    ) -> None:
        self._host = host
        self._page = page
        self._audience = audience
        self._blobs = blobs
        self._inputs = inputs
        self._under_way = under_way
        self._outputs: dict[str, Output] = {}
        self._noticed: set[str] = set()

    def publish(self, active: ActiveRun, *, complete: bool, state: RunState | None = None) -> None:
        """Send what the run changed on the page, and the state with it."""
        run = active.run
        assert run is not None
        inputs = dict(run.inputs)  # the run may go on meanwhile
        outputs = {f"output.{name}": output for name, output in dict(run.outputs).items()}
        self._outputs = outputs if complete else {**self._outputs, **outputs}
        mixed = bool(outputs) and state is None
        current, seen = self._inputs.values, active.values
        shown = {
            name: declared.raw
            for name, declared in inputs.items()
            # What somebody set since the run began is newer than what the run saw.
            if current.get(name, MISSING) is seen.get(name, MISSING)
        }
        self._audience.publish(self._page.advance(dict(run.elements), shown, complete=complete), state)
        if mixed:
            self._under_way()

    def remembered(self) -> None:
        """Show what is remembered of these values, if they are an example's, while their run goes on."""
        known = self._host.ahead.answer(self._inputs.effective)
        if known is not None:
            self._blobs.show(known.digests)
            self._outputs = known.outputs
            self._audience.publish(self._page.advance(known.elements, known.shown, complete=True), None)
            self._under_way()

    def notice(self, texts: list[str]) -> None:
        """Tell the script's author what a run noticed, each text once."""
        news = [text for text in dict.fromkeys(texts) if text not in self._noticed]
        if news:
            self._noticed.update(news)
            self._audience.tell_presenters([Notice(text) for text in news])

    def ask(self, client: Client, message: Ask) -> None:
        """Answer a question to one output, in another thread."""
        output = self._outputs.get(message.element)
        if output is None:
            client.send([Answer(message.id, error="That output is not on the page any more.")])
            return

        def done(result: Any) -> None:
            if isinstance(result, InvalidValue):
                client.send([Answer(message.id, error=result.message)])
            elif isinstance(result, BaseException):
                client.send([Answer(message.id, error=CALM)])
            else:
                client.send([Answer(message.id, reply=result)])

        self._host.background(lambda: output.query(message.query), done)
