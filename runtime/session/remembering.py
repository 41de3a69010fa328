"""Which cases of one session become history: what the script had finished on when she let it rest.

While she drags or types each step may get an answer; of those only the last is a case. A run that nobody of the session
caused, at the opening of a page or after the script was saved, is none.

All methods are called in the event loop's thread unless they say otherwise.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from modelapp.core.output import Output
from modelapp.core.protocol import AppProps
from modelapp.session.blobs import SessionBlobs
from modelapp.session.case import Case, answer_in_words
from modelapp.session.flags import owner_of
from modelapp.session.frame import Page
from modelapp.session.history import KeptCase
from modelapp.session.host import Host
from modelapp.session.loop import Handle
from modelapp.session.store import Saved

log = logging.getLogger("modelapp")
SETTLED_SECONDS = 1.0
"""For how long an answer must have been the last one."""
_MOST_AT_HAND = 8


class Remembering:
    """Keeps the cases of one session.

    Args:
        host: The app.
        saved: What is known of the session.
        page: What its clients see.
        blobs: Large values, as the session sees them.
        kept: Told when a case was kept, with the blobs of old ones that had to go.
    """

    def __init__(
        self, host: Host, saved: Saved, page: Page, blobs: SessionBlobs, kept: Callable[[set[str]], None]
    ) -> None:
        self._host = host
        self._saved = saved
        self._page = page
        self._blobs = blobs
        self._kept = kept
        self._caused = False
        self._resting: tuple[Case, Handle] | None = None
        self._jobs = 0
        self._deletions = 0
        self.at_hand: dict[str, dict[str, Output]] = {}
        """The outputs of the last few cases, by the case's id."""

    @property
    def busy(self) -> bool:
        """True while a case is being written."""
        return self._jobs > 0

    def caused(self) -> None:
        """Told when somebody has caused a run: what comes of it is a case, and the one before it was a step."""
        self._caused = True
        self._drop()

    def ended(self, case: Case) -> None:
        """Told at the end of a finished run that is the last for now."""
        app = self._page.elements.get("layout.app")
        wanted = app.props.history if app and isinstance(app.props, AppProps) else True
        if self._caused and wanted and case.own and case.made:
            self._drop()
            self._resting = (case, self._host.loop.call_later(SETTLED_SECONDS, self.settle))

    def settle(self) -> None:
        """Keep the case that rests, if there is one."""
        if self._resting is not None:
            case = self._resting[0]
            self._drop()
            self._caused = False
            self._keep(case)

    def forget(self) -> None:
        """Keep nothing of what was tried so far and is not kept yet."""
        self._deletions += 1
        self._caused = False
        self._drop()
        self.at_hand.clear()

    def _drop(self) -> None:
        if self._resting is not None:
            self._resting[1].cancel()
            self._resting = None

    def _keep(self, case: Case) -> None:
        saved, deletions, moment = self._saved, self._deletions, time.time()
        self._jobs += 1

        def work() -> tuple[KeptCase, set[str]] | None:
            outputs = case.outputs(self._blobs)
            kept = KeptCase(
                id="",
                owner=owner_of(saved.session),
                place=0,
                time=moment,
                visitor=saved.visitor,
                version=case.version(),
                inputs=case.inputs,
                outputs=outputs,
                said=tuple(case.said()),
                answer=answer_in_words(outputs),
                picture=case.picture(self._blobs),
            )
            return self._host.history.keep(kept, case.digests(), lambda: deletions == self._deletions)

        def done(result: Any) -> None:
            self._jobs -= 1
            if isinstance(result, BaseException):
                log.warning("A case could not be kept: %s", result)
            elif result is not None:
                self.at_hand.pop(result[0].id, None)
                self.at_hand[result[0].id] = case.made
                while len(self.at_hand) > _MOST_AT_HAND:
                    del self.at_hand[next(iter(self.at_hand))]
            self._kept(result[1] if isinstance(result, tuple) else set())

        self._host.background(work, done)
