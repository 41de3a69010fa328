"""A limit on wrong keys, tokens and passwords: for each address, and for all of them together.

Pure but for the clock that it is given. It holds no secret and decides nothing about one: who calls it does.
"""

import ipaddress
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

_MOST_ADDRESSES = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """How many wrong ones are taken.

    Attributes:
        burst: At once.
        seconds: Until one more is.
    """

    burst: int
    seconds: float


class TooMany(Exception):
    """No further one is looked at now.

    Args:
        seconds: After how long one will be.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = max(1, math.ceil(seconds))


class Guesses:
    """Counts wrong ones.

    Args:
        each: Limit of one address.
        together: Limit of all addresses.
        clock: Seconds that only grow.
    """

    def __init__(
        self,
        each: Rate = Rate(10, 30.0),
        together: Rate = Rate(100, 3.0),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._each = each
        self._together = together
        self._clock = clock
        self._full_at: dict[str, float] = {}
        """For each address when it has all of its tries again: what is past says nothing and is dropped."""
        self._all_full_at = 0.0

    def check(self, address: str) -> None:
        """Refuse an address that has no try left, or that comes when all have none.

        Raises:
            TooMany: Then.
        """
        now = self._clock()
        waits = (
            _wait(self._full_at.get(_network(address), 0.0), self._each, now),
            _wait(self._all_full_at, self._together, now),
        )
        if max(waits) > 0:
            raise TooMany(max(waits))

    def wrong(self, address: str) -> None:
        """Count one."""
        self._count(address, 1)

    def right(self, address: str) -> None:
        """Take back one that was counted before it was known to be right."""
        self._count(address, -1)

    def _count(self, address: str, by: int) -> None:
        now = self._clock()
        network = _network(address)
        if len(self._full_at) >= _MOST_ADDRESSES and network not in self._full_at:
            self._full_at = {one: full for one, full in self._full_at.items() if full > now}
        if len(self._full_at) < _MOST_ADDRESSES or network in self._full_at:  # beyond, the limit of all holds
            self._full_at[network] = max(self._full_at.get(network, 0.0), now) + by * self._each.seconds
        self._all_full_at = max(self._all_full_at, now) + by * self._together.seconds


def _wait(full_at: float, rate: Rate, now: float) -> float:
    """Return how long it is until there is a try again."""
    return full_at - now - (rate.burst - 1) * rate.seconds - 1e-9


def _network(address: str) -> str:
    """Return what stands for one client: of IPv6 a household has a whole network."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if known.version == 6:
        mapped = known.ipv4_mapped
        return str(mapped) if mapped else str(ipaddress.ip_network((known, 64), strict=False))
    return address
