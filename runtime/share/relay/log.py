"""The relay's log: one line of JSON an event, without anything of visitors: no paths, queries, names or addresses.

An address is shortened to its network, a name to its first letters, a key to the first letters of its fingerprint.
"""

import json
import logging
import sys
import threading
import time
from typing import TextIO

from modelapp.share.relay.limits import Bucket, shortened

_LINES_PER_SECOND = 20.0
_LINES_AT_ONCE = 200.0
_PREFIX = 6
_OWN_FAULTS = ("asyncio", "tornado.application")


class Log:
    """Writes lines; when they come too fast some are left out, and counted in the next.

    Args:
        to: Where to.
    """

    def __init__(self, to: TextIO = sys.stderr) -> None:
        self._to = to
        self._bucket = Bucket(_LINES_PER_SECOND, _LINES_AT_ONCE)
        self._left_out = 0
        self._lock = threading.Lock()

    def write(
        self, event: str, what: str = "", *, address: str = "", key: str = "", name: str = "", **figures: float
    ) -> None:
        """Write one line.

        Args:
            event: What happened, in one word.
            what: What it was about: one of our own words, never text that came from outside.
            address: The other side's address, in full.
            key: Fingerprint of the client's key.
            name: The name that was served.
            figures: Numbers.
        """
        fields: dict[str, object] = {"time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "event": event}
        if what:
            fields["what"] = what
        if address:
            fields["network"] = shortened(address)
        if key:
            fields["key"] = key[: len("SHA256:") + _PREFIX]
        if name:
            fields["name"] = name[:_PREFIX]
        fields.update(figures)
        with self._lock:
            if self._bucket.is_empty:
                self._left_out += 1
                return
            self._bucket.take(1)
            if self._left_out:
                fields["left_out"], self._left_out = self._left_out, 0
            print(json.dumps(fields), file=self._to, flush=True)

    def take_faults(self) -> None:
        """Write a line for each exception that nobody caught, without its text, which may be a visitor's."""
        for name in _OWN_FAULTS:
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [_Faults(self)], False


class _Faults(logging.Handler):
    def __init__(self, log: Log) -> None:
        super().__init__(logging.ERROR)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        kind = record.exc_info[0] if record.exc_info else None
        self._log.write("fault", kind.__name__ if kind else record.name)
