"""A relay, a host and the network between them, each killed over and over: the address and the session outlive all."""

import os
import random
import socket
import threading
import time
from pathlib import Path

from terminal import Terminal, complains
from wires import Wire

PATIENCE_SECONDS = 90
SCRIPT = """
    import modelapp as ma
    kept = ma.number_input(value=0)
    moving = ma.number_input(value=0)
    ma.text_output(f"kept {kept:.0f}")
    ma.text_output(f"moving {moving:.0f}")
"""
KILLS = ["network"] * 26 + ["relay"] * 14 + ["host"] * 10


class Place:
    """All that is killed, and what must outlive it."""

    def __init__(self, serve, relay, connect, chance):
        self.relay = relay()
        self.wire = Wire(self.relay.port)
        self.chance = chance
        by = chance.choice(["", "http://"])  # in a websocket there are two more sockets: the way stays the same
        way = ("--share", f"{by}127.0.0.1:{self.wire.port}", "--share-key", self.relay.fingerprint)
        self.served = serve(SCRIPT, *way, "--share-plain")
        self.terminal = Terminal(self.served)
        self.connect = connect
        self.url = self.served.url = self.terminal.says(r"public\s+(http\S+/a/[a-z2-7]{26}/)$")[1]
        self.breaks = 0  # of this host's link; what a host says goes to one file, whichever process it is
        self.page = connect(self.served)
        self.session = self.page.hello()["session"]
        self.value = 0

    def changes(self):
        """Change what must be kept, and see that the host has it."""
        self.value += 1
        self.page.set(kept=self.value)
        self.page.sees(f"kept {self.value}")

    def is_busy(self):
        """Have something under way: nothing, changes that nobody waits for, or half an upload."""
        moment = self.chance.choice(["idle", "changes", "upload"])
        if moment == "changes":
            for number in range(self.chance.randrange(1, 30)):
                self.page.set(moving=number)
        elif moment == "upload":
            path = "/" + self.url.split("/", 3)[3]
            half = socket.create_connection(("127.0.0.1", self.relay.port), PATIENCE_SECONDS)
            head = f"POST {path}upload HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Modelapp-Session: {self.session}\r\n"
            half.sendall(f"{head}X-Modelapp-Input: kept\r\nContent-Length: 1000000\r\n\r\n".encode() + bytes(300_000))
            return half
        return None

    def kill(self, what):
        """Kill one part, start it again, and wait until the host says that its link stands."""
        if what == "host":
            self.served.kill()
            self.served.start()
            self.terminal = Terminal(self.served)
            assert self.terminal.says(r"public\s+(\S+)$")[1] == self.url
            self.served.url = self.url
            return
        self.breaks += 1
        if what == "network":
            self.wire.cut()
        else:
            self.relay.kill()
            self.relay.start()
        assert self.terminal.says(r"public\s+(\S+) is back")[1] == self.url
        complains(self.served, "The public link is down", self.breaks)

    def is_there_again(self):
        """See that the address leads to the session as it was."""
        self.page.close()
        self.page = self.connect(self.served)
        welcome = self.page.hello(session=self.session)
        assert welcome["resumed"] and welcome["session"] == self.session
        self.page.sees(f"kept {self.value}")

    def is_warm(self):
        """Have relay and host make what they keep: threads that scripts run in, a connection for the next request."""
        for number in range(300):
            self.page.set(moving=number)
        self.page.sees("moving 299")
        assert self.served.request("")[0] == 200

    def counted(self):
        """Return threads and files of relay and host."""
        return [
            len(list(Path(f"/proc/{process.pid}/{what}").iterdir()))
            for process in (self.relay.process, self.served.process)
            for what in ("task", "fd")
        ]

    def settles(self, before):
        """Wait until there is no more of anything than there was; each look is a request, so that things go on."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while any(now > then for now, then in zip(self.counted(), before, strict=True)):
            assert time.monotonic() < deadline, (self.counted(), before)
            assert self.served.request("")[0] == 200


def test_fifty_kills_lose_neither_the_address_nor_the_session(serve, relay, connect):
    seed = int(os.environ.get("MODELAPP_TEST_SEED") or random.randrange(1 << 30))
    print(f"MODELAPP_TEST_SEED={seed}")
    chance = random.Random(seed)
    kills = chance.sample(KILLS, len(KILLS))
    place = Place(serve, relay, connect, chance)
    for what in ("network", "relay", "host", "network"):
        place.changes()
        place.kill(what)
        place.is_there_again()
    place.is_warm()
    before = place.counted()
    ours = threading.active_count()
    for what in kills:
        place.changes()
        half = place.is_busy()
        place.kill(what)
        if half is not None:
            half.close()
        place.is_there_again()
    place.settles(before)
    assert threading.active_count() <= ours + 1  # that which reads what the last host says
    place.wire.close()
