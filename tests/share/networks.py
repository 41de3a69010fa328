"""Networks of a test's own: a host, a relay and a visitor in a namespace each, joined by links that can be slow or cut.

Made by iproute2 and nftables, for which one must be root. Not every kernel has `netem`: what a slow link does to
packets is done here, between two TUN devices.
"""

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

RELAY = "10.7.0.1"
ADDRESSES = {"host": "10.7.0.2", "visitor": "10.7.0.3"}
_UP = "torelay"
_ENVIRONMENT = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of <sched.h>
_SET_DEVICE = 0x400454CA  # TUNSETIFF of <linux/if_tun.h>
_TUN_WITHOUT_HEAD = 0x1001  # IFF_TUN | IFF_NO_PI


def _run(*command: str) -> None:
    done = subprocess.run(command, env=_ENVIRONMENT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(
            f"The tests of networks need root, and iproute2, nftables, namespaces and TUN devices: {' '.join(command)} "
            f"says {done.stderr.strip()}"
        )


class Network:
    """A host and a visitor who both reach a relay, and not each other.

    Args:
        delay_seconds: How long a packet takes from one end of a link to the other.
        loss: The share of packets that get lost.
    """

    def __init__(self, delay_seconds: float = 0.0, loss: float = 0.0) -> None:
        self._names = {who: f"ma{os.getpid()}{who}" for who in ("relay", "host", "visitor")}
        self._slow: list[_SlowLink] = []
        try:
            for name in self._names.values():
                _run("ip", "netns", "add", name)
                _run("ip", "-n", name, "link", "set", "lo", "up")
            for who, address in ADDRESSES.items():
                ends = ((self._names["relay"], f"to{who}", RELAY, address), (self._names[who], _UP, address, RELAY))
                if delay_seconds or loss:
                    self._slow.append(_SlowLink([end[:2] for end in ends], delay_seconds, loss))
                else:
                    (there, far, *_), (here, near, *_) = ends
                    _run("ip", "-n", here, "link", "add", near, "type", "veth", "peer", far, "netns", there)
                for name, device, own, other in ends:
                    _run("ip", "-n", name, "address", "add", own, "peer", other, "dev", device)
                    _run("ip", "-n", name, "link", "set", "dev", device, "up")
        except BaseException:
            self.close()
            raise

    def inside(self, who: str) -> list[str]:
        """Return what comes before a command that is to run there."""
        return ["ip", "netns", "exec", self._names[who]]

    def unplug(self, who: str) -> None:
        """Take away a link."""
        _run("ip", "-n", self._names[who], "link", "set", "dev", _UP, "down")

    def plug(self, who: str) -> None:
        """Give it back."""
        _run("ip", "-n", self._names[who], "link", "set", "dev", _UP, "up")

    def firewall(self, who: str, *rules: str) -> None:
        """Let out only what one of the rules accepts."""
        chain = "type filter hook output priority 0; policy drop;"
        text = "\n".join(
            ["flush ruleset", "table inet test {", "chain out {", chain, 'oifname "lo" accept', *rules, "}", "}"]
        )
        _run(*self.inside(who), "nft", text)

    def reaches(self, who: str, port: int) -> bool:
        """Return True if a connection to a port of the relay can be made from there."""
        code = f"import socket; socket.create_connection(({RELAY!r}, {port}), 2)"
        command = [*self.inside(who), sys.executable, "-c", code]
        return not subprocess.run(command, env=_ENVIRONMENT, stderr=subprocess.DEVNULL).returncode

    @property
    def lost(self) -> int:
        """How many packets got lost."""
        return sum(link.lost for link in self._slow)

    def close(self) -> None:
        """Take all down."""
        for link in self._slow:
            link.close()
        for name in self._names.values():
            subprocess.run(["ip", "netns", "del", name], env=_ENVIRONMENT, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def network(delay_seconds: float = 0.0, loss: float = 0.0) -> Iterator[Network]:
    """Make a network, and take it down."""
    made = Network(delay_seconds, loss)
    try:
        yield made
    finally:
        made.close()


class _SlowLink:
    """Carries packets between two devices in two namespaces, late, and not all of them.

    Args:
        ends: Namespace and device of each end.
        delay_seconds: How late.
        loss: The share of those that get lost.
    """

    def __init__(self, ends: list[tuple[str, str]], delay_seconds: float, loss: float) -> None:
        self.lost = 0
        self._delay = delay_seconds
        self._loss = loss
        self._random = random.Random(7)
        self._devices = [_device(*end) for end in ends]
        self._stopped, self._stop = os.pipe()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self) -> None:
        one, other = self._devices
        onward = {one: other, other: one}
        under_way: list[tuple[float, int, int, bytes]] = []
        count = 0
        while True:
            wait = max(0.0, under_way[0][0] - time.monotonic()) if under_way else None
            readable, _, _ = select.select([*onward, self._stopped], [], [], wait)
            if self._stopped in readable:
                return
            for device in readable:
                packet = os.read(device, 1 << 16)
                if self._random.random() < self._loss:
                    self.lost += 1
                    continue
                count += 1
                heapq.heappush(under_way, (time.monotonic() + self._delay, count, onward[device], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                _, _, device, packet = heapq.heappop(under_way)
                with contextlib.suppress(OSError):  # that end is down
                    os.write(device, packet)

    def close(self) -> None:
        """Carry nothing any more."""
        os.write(self._stop, b"x")
        self._thread.join()
        for number in (*self._devices, self._stopped, self._stop):
            os.close(number)


def _device(namespace: str, name: str) -> int:
    """Make a TUN device in a namespace; return what its packets are read from and written to."""
    made: list[int] = []
    faults: list[OSError] = []

    def make() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            with Path(f"/run/netns/{namespace}").open() as there:
                if libc.setns(there.fileno(), _NEW_NETWORK):  # of this thread alone
                    raise OSError(ctypes.get_errno(), "setns")
            number = os.open("/dev/net/tun", os.O_RDWR)
            made.append(number)
            fcntl.ioctl(number, _SET_DEVICE, struct.pack("16sH22x", name.encode(), _TUN_WITHOUT_HEAD))
        except OSError as problem:
            faults.append(problem)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if faults:
        raise RuntimeError(f"The tests of networks need root and /dev/net/tun: {faults[0]}")
    return made[0]
