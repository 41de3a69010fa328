"""A real OpenSSH server on loopback, with keys and a home of its own."""

import getpass
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from certificates import made_certificate
from proxies import Proxy
from relays import RelayProcess

PATIENCE_SECONDS = 90


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class SshServer:
    """OpenSSH's sshd in the foreground, and a home folder whose user may log in.

    Args:
        folder: Where keys, settings and the home go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.port = free_port()
        self.user = getpass.getuser()
        ssh = self.home / ".ssh"
        ssh.mkdir(parents=True, mode=0o700)
        for key in (folder / "host_key", ssh / "id_ed25519"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
        shutil.copy(ssh / "id_ed25519.pub", folder / "authorized_keys")
        public = (folder / "host_key.pub").read_text().split()
        self.known = ssh / "known_hosts"
        self.known.write_text(f"[127.0.0.1]:{self.port} {public[0]} {public[1]}\n")
        self.start()

    def start(self, *settings: str) -> None:
        """Start it; further settings come first and so win."""
        lines = [
            *settings,
            "ListenAddress 127.0.0.1",
            f"Port {self.port}",
            f"HostKey {self.folder / 'host_key'}",
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            "PidFile none",
            "StrictModes no",
            "UsePAM no",
            "PermitRootLogin yes",
            "GatewayPorts clientspecified",
        ]
        config = self.folder / "sshd_config"
        config.write_text("\n".join(lines))
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self.log = self.folder / "sshd.log"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", str(config)], stderr=log)
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, self.log.read_text()

    def stop(self) -> None:
        """End it and every connection to it."""
        children = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout.split()
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)
        for child in children:
            subprocess.run(["pkill", "-KILL", "-P", child])
            subprocess.run(["kill", "-KILL", child], stderr=subprocess.DEVNULL)


@pytest.fixture
def sshd(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[SshServer]:
    """A server whose user's home is this process's, and that of what it starts; ended at the end."""
    server = SshServer(tmp_path_factory.mktemp("ssh"))
    monkeypatch.setenv("HOME", str(server.home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield server
    server.stop()


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., RelayProcess]]:
    """Start relays that are ended at the end, with a home of their own for what connects to them."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made: list[RelayProcess] = []

    def start(*options: str, own_ssh_port: bool = False) -> RelayProcess:
        made.append(RelayProcess(tmp_path / f"relay{len(made)}", *options, own_ssh_port=own_ssh_port))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    """Whatever proxy this machine has is not the test's."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def proxy():
    """Start proxies that are ended at the end."""
    made = []

    def start(**options):
        made.append(Proxy(**options))
        return made[-1]

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    """A certificate for this machine whose root is trusted, as the environment says."""
    certificate = made_certificate(tmp_path, "localhost", "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.root))
    return certificate
