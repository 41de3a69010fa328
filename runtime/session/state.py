"""What a script keeps for one session with `state`, in memory and on disk."""

import pickle
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from modelapp.core.describe import describe
from modelapp.core.errors import EnvironmentFault, ScriptError
from modelapp.session.store import Store


class PickledState(MutableMapping[str, Any]):
    """A mapping whose values are pickled at the end of each run that touched them.

    Args:
        pickled: Values that were kept before. They are unpickled when first asked for, because their classes may be
            defined by the script.
    """

    def __init__(self, pickled: dict[str, bytes]) -> None:
        self.pickled = pickled
        self.changed: dict[str, bytes | None] = {}
        """What `keep` found last: values that are others than before; None was removed."""
        self._values: dict[str, Any] = {}
        self._touched: set[str] = set()
        self._removed: set[str] = set()
        self.unkept: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            pickled = self.pickled[name]
            try:
                self._values[name] = pickle.loads(pickled)
            except Exception:  # its class is gone or was changed: the value is lost, the script goes on without it
                del self[name]
                raise KeyError(name) from None
        self._touched.add(name)  # the script may now change it in place
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name.isprintable():
            raise ScriptError(
                f"state[{describe(name)}]: the name of a value is printable text.", hint="For example state.count = 1."
            )
        self._values[name] = value
        self._touched.add(name)
        self._removed.discard(name)

    def __delitem__(self, name: str) -> None:
        if name not in self._values and name not in self.pickled:
            raise KeyError(name)
        self._values.pop(name, None)
        self.pickled.pop(name, None)
        self._touched.discard(name)
        self._removed.add(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values.keys() | self.pickled.keys())

    def __len__(self) -> int:
        return len(self._values.keys() | self.pickled.keys())

    def keep(self) -> list[str]:
        """Pickle what changed. Return the names of values that pickle cannot write, each once."""
        changed: dict[str, bytes | None] = dict.fromkeys(self._removed)
        refused = []
        for name in list(self._touched):
            try:
                pickled = pickle.dumps(self._values[name], protocol=5)
            except Exception:  # pickle raises whatever an object's own methods raise
                if name not in self.unkept:
                    self.unkept.add(name)
                    refused.append(name)
                if self.pickled.pop(name, None) is not None:
                    changed[name] = None  # an older value must not come back after a restart
                continue
            if self.pickled.get(name) != pickled:
                self.pickled[name] = changed[name] = pickled
        self._touched.clear()
        self._removed.clear()
        self.changed = changed
        return refused


class SessionState(PickledState):
    """A session's state, which is kept on disk.

    Args:
        store: Where to keep it.
        session: Id of the session.
        pickled: Values that were kept before.
    """

    def __init__(self, store: Store, session: str, pickled: dict[str, bytes]) -> None:
        super().__init__(pickled)
        self._store = store
        self._session = session
        self._arrived: dict[str, bytes | None] = {}

    def arrived(self, changed: Mapping[str, bytes | None]) -> None:
        """Take over values, pickled, that a run elsewhere has changed; None was removed."""
        for name, pickled in changed.items():
            self._values.pop(name, None)
            if pickled is None:
                self.pickled.pop(name, None)
            else:
                self.pickled[name] = pickled
        self._arrived.update(changed)

    def settle(self, notice: Callable[[str], None]) -> None:
        """Write what changed to disk; tell the script's author what could not be kept."""
        try:
            for name in self.keep():
                notice(f"state.{name} cannot be pickled: it lasts until the host stops.")
            arrived, self._arrived = self._arrived, {}
            changed = {**arrived, **self.changed}
            if changed:
                self._store.set_state(self._session, changed)
        except EnvironmentFault as fault:
            notice(fault.message)
        except Exception as error:  # pickling runs the script's own methods; the run has ended all the same
            notice(f"The state could not be kept: {type(error).__name__}: {error}")
