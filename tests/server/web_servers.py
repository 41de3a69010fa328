"""A real nginx in front of hosts, with the very configuration that the manual gives."""

import re
import shutil
import socket
import subprocess
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/usr/local/sbin")


def manual_block(language: str, words: str, page: str = "deploy.md") -> str:
    """Return the block of a page of the manual in that language which has these words."""
    text = (DOCS / page).read_text()
    blocks = re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    (block,) = [block for block in blocks if words in block]
    return block


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


class Nginx:
    """nginx with one server block, on a free port of loopback.

    Args:
        folder: For its files.
        server: Text of the server block, without what it listens on.
        tls: Options of the listening socket and the certificate's lines, or "".
    """

    def __init__(self, folder: Path, server: str, *, tls: str = "") -> None:
        folder.mkdir()
        self.port = free_port()
        listen = f"listen 127.0.0.1:{self.port}{' ssl' if tls else ''};\n{tls}"
        text = re.sub(r"listen [^;]*;\n", lambda _: listen, server, count=1)
        places = "\n".join(
            f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nworker_processes 1;\n"
            f"user root;\nevents {{}}\nhttp {{\naccess_log off;\n{places}\n{text}\n}}\n"
        )
        assert NGINX is not None, "install nginx-light"
        checked = subprocess.run([NGINX, "-t", "-c", configuration], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
        # It listens before it forks: a client that connects at once waits in the queue of the socket.
        self.process = subprocess.Popen([NGINX, "-c", configuration], stderr=subprocess.DEVNULL)

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(30)
