"""Who takes part in a run besides the script: who is told of it, and who calls models for several runs at once."""

from typing import TYPE_CHECKING, Any, Protocol

from modelapp.core.output import Output
from modelapp.core.protocol import LayoutProps, OutputProps

if TYPE_CHECKING:
    from modelapp.core.context import RunContext


class Batches(Protocol):
    """Calls a model for several runs at once."""

    def call(self, run: "RunContext", adapter: Any, model: Any, arrays: list[Any]) -> Any:
        """Return what a model makes of one example. Called in the run's thread."""


class RunWatcher(Protocol):
    """Is told, in the run's thread, what the run makes while it goes on."""

    def shown(self, name: str, output: Output) -> None:
        """An output was made."""

    def changed(self, identity: str, props: LayoutProps | OutputProps) -> None:
        """An element has other properties now."""
