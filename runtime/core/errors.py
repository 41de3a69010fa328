"""The project's exceptions, and the signals that end a run.

    ModelAppError
    ├── ScriptError            the script's author can mend it: a wrong argument, two inputs with one name
    │   ├── DuplicateName
    │   └── NoRun              a widget was called where no run is going on
    ├── InvalidValue           a value from a page, a file or a caller that an input does not accept
    │   ├── WrongInput         a caller of the script as a function passed it
    │   ├── MissingInput       a caller left out an input that has no default
    │   └── UnknownInput       a caller passed a name that is no input
    ├── RunFailed              the script failed while it was called as a function
    ├── EnvironmentFault       the machine is at fault: a port in use, a full disk
    └── InternalFault          we are

    RunSignal (BaseException)  not errors: how a run ends early
    ├── Waiting                a required input is empty
    ├── Stopped                `modelapp.stop()`
    ├── RerunRequested         `modelapp.rerun()`
    └── Superseded             newer input arrived, or somebody pressed "stop"

Signals derive from BaseException so that a script's `except Exception` does not swallow them.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class ModelAppError(Exception):
    """Base of all errors that this project raises.

    Args:
        message: What is wrong, naming the thing.
        hint: The corrected call or the next step, or None.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n{self.hint}" if self.hint else message

    @property
    def message(self) -> str:
        """The message without the hint."""
        return str(self.args[0])


class ScriptError(ModelAppError):
    """The script uses the library wrongly."""


class DuplicateName(ScriptError):
    """Two inputs of one run have the same name."""


class NoRun(ScriptError):
    """A widget was called outside a run of a script."""


class InvalidValue(ModelAppError):
    """An input does not accept this value; the message says what it does accept.

    Args:
        name: The input at fault, where the one who raises knows it.
    """

    def __init__(self, message: str, *, hint: str | None = None, name: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.name = name


class WrongInput(InvalidValue):
    """A caller of the script as a function passed a value that its input does not accept."""


class MissingInput(InvalidValue):
    """A caller of the script as a function left out an input that has no default."""


class UnknownInput(InvalidValue):
    """A caller of the script as a function passed a name that is no input of it."""


class RunFailed(ModelAppError):
    """The script failed while it was called as a function; `__cause__` is what it raised."""


class EnvironmentFault(ModelAppError):
    """Something outside the project and the script is at fault."""


class InternalFault(ModelAppError):
    """The project is at fault."""


class RunSignal(BaseException):
    """Base of the signals that end a run early."""


class Waiting(RunSignal):
    """A required input is empty, or a group's button was not pressed.

    Args:
        names: Ids of what is waited for.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__(", ".join(names))
        self.names = tuple(names)


class Stopped(RunSignal):
    """The script said that it is done."""


class RerunRequested(RunSignal):
    """The script asked to be run again at once."""


class Superseded(RunSignal):
    """Newer input arrived, or the run was cancelled."""


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return "Did you mean 'x'?" for the known name nearest to `name`, or None."""
    close = get_close_matches(name, list(known), n=1)
    return f"Did you mean {close[0]!r}?" if close else None
