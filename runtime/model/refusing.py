"""What a caller of a script as a function is told where its run has not ended well."""

from modelapp.core.context import RunContext
from modelapp.core.errors import MissingInput, RunFailed, WrongInput
from modelapp.script.failure import as_text
from modelapp.script.run import Outcome


def refuse(run: RunContext, outcome: Outcome) -> None:
    """Raise what a caller is told of a run that has not ended well.

    Raises:
        MissingInput: If the script waits for an input.
        WrongInput: If an input does not accept its value.
        RunFailed: If the script raised an exception, which is then the cause.
    """
    if outcome.phase == "waiting":
        missing = [name for name in outcome.waiting_for if name in run.inputs]
        known = ", ".join(f"{name}=…" for name in missing)
        raise MissingInput(
            f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing: the script needs it.",
            hint=f"Pass {known}.",
            name=missing[0] if missing else None,
        )
    if outcome.phase != "failed":
        return
    error = outcome.error
    if isinstance(error, (WrongInput, KeyboardInterrupt)):
        raise error
    assert outcome.failure is not None
    raise RunFailed(as_text(outcome.failure)) from error
