"""What `modelapp run --share` says, for tests."""

import contextlib
import re
import threading

from waits import said_in

PATIENCE_SECONDS = 90


class Terminal:
    """What `modelapp run` prints, read as it comes."""

    def __init__(self, served):
        self.served = served
        self.lines = []
        self._news = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(ValueError):  # closed by who killed the process
            for line in self.served.process.stdout:
                with self._news:
                    self.lines.append(line)
                    self._news.notify_all()

    def says(self, pattern, patience_seconds=PATIENCE_SECONDS):
        """Wait for a line in which the pattern is; return the match. Lines up to it are not looked at again."""

        def found():
            while self.lines:
                if match := re.search(pattern, self.lines.pop(0)):
                    return match
            return None

        with self._news:
            match = self._news.wait_for(found, patience_seconds)
        assert match, self.served.log.read_text()
        return match


def complains(served, words, times=1):
    """Wait until the error output has these words that often; return it."""
    return said_in(served.log, words, times)
