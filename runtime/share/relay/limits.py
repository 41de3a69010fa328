"""What the relay grants: how much, how many, how fast. Knows nothing of SSH and HTTP."""

import ipaddress
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one relay serves.

    Attributes:
        tunnels: Tunnels in all.
        tunnels_per_key: Tunnels of one client's key.
        visitors: Open connections of visitors in all.
        visitors_per_address: Open connections of one address of visitors.
        connections_per_tunnel: Requests and websockets that one tunnel carries at a time.
        bytes_per_second: Bytes a second that one client sends, and as many that it is sent; 0 is no limit.
        logins: SSH connections that have not asked for a name yet, in all.
        logins_per_address: The same, of one address.
        login_seconds: How long such a connection may last.
        header_bytes: Size of a request's headers.
        header_seconds: How long a visitor's connection may take to send a request's headers, or do nothing.
        stall_seconds: How long a visitor may neither send what she announced nor read what she asked for.
        names: Names that are remembered while nobody serves them.
        guesses: Wrong names, and wrong keys, that one address may try at once.
        guesses_per_second: How many it may try again after that.
    """

    tunnels: int = 500
    tunnels_per_key: int = 10
    visitors: int = 4000
    visitors_per_address: int = 400
    connections_per_tunnel: int = 200
    bytes_per_second: int = 0
    logins: int = 64
    logins_per_address: int = 8
    login_seconds: float = 20.0
    header_bytes: int = 1 << 15
    header_seconds: float = 60.0
    stall_seconds: float = 60.0
    names: int = 10_000
    guesses: int = 30
    guesses_per_second: float = 0.5


class Bucket:
    """A token bucket: so much a second, and as much of it at once. Used from several threads.

    Args:
        rate: Tokens a second.
        burst: The most that are there at once.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def take(self, count: float) -> float:
        """Take tokens, also those to come; return after how many seconds they are there."""
        with self._lock:
            self._refill()
            self._tokens -= count
            return max(0.0, -self._tokens / self._rate)

    @property
    def is_empty(self) -> bool:
        """True while not one token is there."""
        with self._lock:
            self._refill()
            return self._tokens < 1

    def _refill(self) -> None:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now


_ADDRESSES_REMEMBERED = 20_000


class Guesses:
    """How often each address asked for what is not there."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def count(self, address: str) -> None:
        """Note a wrong guess of an address."""
        bucket = self._buckets.pop(address, None) or Bucket(self._limits.guesses_per_second, self._limits.guesses)
        self._buckets[address] = bucket
        if len(self._buckets) > _ADDRESSES_REMEMBERED:
            self._buckets.popitem(last=False)
        if not bucket.is_empty:
            bucket.take(1)

    def are_too_many(self, address: str) -> bool:
        """Return True if this address has guessed so often that it gets no answer for a while."""
        bucket = self._buckets.get(address)
        return bucket is not None and bucket.is_empty


class Counts:
    """How many of something each holder has. Used from several threads."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._counts: dict[str, int] = {}
        self._total = 0
        self._lock = threading.Lock()

    def take(self, holder: str) -> bool:
        """Count one more; return False, and count nothing, if that is too many."""
        with self._lock:
            if self._total >= self._most or self._counts.get(holder, 0) >= self._most_each:
                return False
            self._counts[holder] = self._counts.get(holder, 0) + 1
            self._total += 1
            return True

    def give_back(self, holder: str) -> None:
        """Count one less."""
        with self._lock:
            self._total -= 1
            self._counts[holder] -= 1
            if not self._counts[holder]:
                del self._counts[holder]

    @property
    def total(self) -> int:
        """How many there are."""
        return self._total


def one_holder(address: str) -> str:
    """Return what stands for all addresses that one party has: an IPv6 network of 64 bits, or the address."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, 64), strict=False))
    return str(known)


def shortened(address: str) -> str:
    """Return an address for the log: its network, which names nobody."""
    try:
        known = ipaddress.ip_address(address.partition("/")[0].partition("%")[0])
    except ValueError:
        return ""
    return str(ipaddress.ip_network((known, 24 if known.version == 4 else 48), strict=False))
