"""What one session's inputs are: as they were set, as groups submitted them, and as the script declared them.

All methods are called in the event loop's thread unless they say otherwise. Knows no client and no run that goes on.
"""

from collections.abc import Mapping

from modelapp.core.context import RunContext
from modelapp.core.declared import MISSING, Declared, Given
from modelapp.core.protocol import Json
from modelapp.session.accept import Known, same
from modelapp.session.frame import Page
from modelapp.session.naming import Digests, examples_of, naming, without
from modelapp.session.store import Saved, Store, renamed


class SessionInputs:
    """The inputs of one session.

    Args:
        store: What survives this process.
        saved: What is known of the session.
        page: What its clients see.
    """

    def __init__(self, store: Store, saved: Saved, page: Page) -> None:
        self._store = store
        self._session = saved.session
        self._page = page
        self.values = saved.values
        """What was set, by the input's name."""
        self._submitted = saved.submitted
        self._met: dict[str, Declared] = {}
        self._groups: set[str] = set()
        self._parsed: dict[str, Declared] = {}

    # ------------------------------------------------------------ what the script declared

    @property
    def are_known(self) -> bool:
        """True once a run has declared inputs."""
        return bool(self._met)

    def known(self, run: RunContext | None) -> Known:
        """Return the inputs that runs have met, the one that goes on before those that have ended."""
        if run is None:
            return Known(self._met, groups=(self._groups,))
        return Known(run.inputs, self._met, groups=(run.submit_groups, self._groups))

    def ended(self, run: RunContext, *, whole: bool) -> None:
        """Take in what a run has met that has ended; if it is not whole it may have met less than there is."""
        self._met.update(run.inputs)
        self._groups |= run.submit_groups
        self._parsed = run.inputs if whole else {**self._parsed, **run.inputs}

    def given(self, values: dict[str, Json], pressed: list[str]) -> Given:
        """Return what a run of these values starts from that begins now. Called in the queue's thread."""
        return Given(values, self._submitted, pressed, self._parsed)

    # ------------------------------------------------------------ what was set

    def take(self, accepted: Mapping[str, Json]) -> dict[str, Json]:
        """Set values; return those that are others than before."""
        changed = {name: raw for name, raw in accepted.items() if not same(self._shown(name), raw)}
        self.values.update(changed)
        return changed

    def submit(self, group: str, known: Known) -> None:
        """Let the script see the values of a group as they are now."""
        values = {declared.name: self._shown(declared.name) for declared in known.members(group)}
        self._submitted = {**self._submitted, group: values}

    def keep(self, changed: Mapping[str, Json], groups: list[str]) -> None:
        """Write values that were set, and groups that were submitted, to the disk.

        Raises:
            EnvironmentFault: If they cannot be written.
        """
        if changed:
            self._store.set_values(self._session, changed)
        for group in groups:
            self._store.set_submitted(self._session, group, self._submitted[group])

    def effective(self, name: str, group: str | None) -> Json:
        """Return the value that the script would get: what was submitted of a group, else what was set, or MISSING."""
        values = self.values if group is None else self._submitted.get(group, {})
        return values.get(name, MISSING)

    def rename(self, old: str, new: str) -> None:
        """Let the value of an input be that of another, because the script calls it so now."""
        self.values = renamed(self.values, old, new)
        self._submitted = {group: renamed(values, old, new) for group, values in self._submitted.items()}

    def _shown(self, name: str) -> Json:
        return self.values[name] if name in self.values else self._page.values.get(name)

    # ------------------------------------------------------------ blobs that go

    def named(self) -> Digests:
        """Return the digests that values name. Called in any thread."""
        return naming([dict(self.values), self._submitted])

    def empty(self, digests: Digests) -> tuple[dict[str, Json], list[str]]:
        """Empty the inputs that name these blobs, except where an example does.

        Returns:
            The inputs that are empty now, as values to tell, and the groups of which something submitted is.

        Raises:
            EnvironmentFault: If that cannot be written.
        """
        digests = digests - examples_of(dict(self._page.elements))
        gone: dict[str, Json] = dict.fromkeys(
            (name for name, raw in self.values.items() if naming(raw) & digests), None
        )
        before = self._submitted
        self._submitted = {group: without(values, digests) for group, values in before.items()}
        groups = [group for group, values in self._submitted.items() if values != before[group]]
        self.values.update(gone)
        self.keep(gone, groups)
        return gone, groups
