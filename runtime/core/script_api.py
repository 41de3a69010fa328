"""What a script says to its run besides inputs and outputs: stop, rerun, state, once, context."""

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, NoReturn, TypeVar

from modelapp.core.context import Mode
from modelapp.core.current import current_run
from modelapp.core.errors import RerunRequested, Stopped, did_you_mean

ResultT = TypeVar("ResultT")


def stop() -> NoReturn:
    """End the run here. What the page got so far is the page.

    Example:
        >>> import modelapp as ma
        >>> if not ma.checkbox_input("I have read the warning"):
        ...     ma.stop()
    """
    current_run()
    raise Stopped


def rerun() -> NoReturn:
    """Run the script again from the top at once, with the same input values.

    A script that asks for this more than 50 times in a row is stopped with an error.
    """
    current_run()
    raise RerunRequested


def once(function: Callable[[], ResultT]) -> ResultT:
    """Call a function the first time that this session's runs come here, and give its result every time.

    Args:
        function: Takes no argument. It is told apart from others by its code, so an edit runs it again.

    Returns:
        What the function returned.
    """
    run = current_run()
    run.personal = True
    memory = run.memory
    code = getattr(function, "__code__", function)
    key = ("once", getattr(function, "__qualname__", None), code)
    if key not in memory:
        memory[key] = function()
    return memory[key]  # type: ignore[no-any-return]


class State(MutableMapping[str, Any]):
    """What a script keeps for the session, from run to run and over restarts of the host: `state.count = 1`.

    Values are kept on disk where pickle can write them, else in memory. In a headless run the state starts empty and is
    thrown away.
    """

    __slots__ = ()

    def __getitem__(self, name: str) -> Any:
        return current_run().state[name]

    def __setitem__(self, name: str, value: Any) -> None:
        current_run().state[name] = value

    def __delitem__(self, name: str) -> None:
        del current_run().state[name]

    def __iter__(self) -> Iterator[str]:
        return iter(current_run().state)

    def __len__(self) -> int:
        return len(current_run().state)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        kept = current_run().state
        try:
            return kept[name]
        except KeyError:
            near = did_you_mean(name, kept) or f"Give it a first value: state.setdefault({name!r}, …)."
            raise AttributeError(f"The state has no {name!r}. {near}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        current_run().state[name] = value

    def __delattr__(self, name: str) -> None:
        del current_run().state[name]

    def __repr__(self) -> str:
        return f"State({dict(self)!r})"


class Context:
    """Who runs the script, and for whom."""

    __slots__ = ()

    @property
    def mode(self) -> Mode:
        """ "live" for a page; "api", "bulk", "explain" or "check" for a headless run."""
        return current_run().mode

    @property
    def visitor(self) -> str | None:
        """Name of the person whose page it is, or None where nobody gave one."""
        return current_run().visitor


state = State()
context = Context()
