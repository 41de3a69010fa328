"""Where a relay's names are: under paths of one address, or each at an address of its own."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_PATH = re.compile(r"/a/([^/?#]{1,100})(/?)(.*)", re.DOTALL)
_PORT = re.compile(r":[0-9]+\Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor asked for.

    Attributes:
        name: Whose page; "" is the relay itself.
        path: Path and query, under the root of what was asked for.
        moved_to: The address to ask at instead, or "".
    """

    name: str
    path: str
    moved_to: str = ""


@dataclass(frozen=True)
class Place:
    """How visitors reach the relay.

    Attributes:
        secure: True if their browsers speak HTTPS.
        port: The port that the relay listens on.
        public: Address as "https://relay.example.org", or "" for whatever name its clients know it by.
        behind_proxy: If True a proxy's headers tell of the visitor.
        status_key: Key to the operator's page, or "" for none.
        domain: Each name is a subdomain of this one; "" has them under paths.
    """

    secure: bool
    port: int
    public: str = ""
    behind_proxy: bool = False
    status_key: str = ""
    domain: str = ""

    def address(self, name: str, known_as: str) -> str:
        """Return a name's public address."""
        if self.domain:
            return f"{self._scheme}://{name}.{self.domain}{self._port_suffix}/"
        if self.public:
            return f"{self.public}/a/{name}/"
        host = f"[{known_as}]" if ":" in known_as else known_as
        return f"{self._scheme}://{host}{self._port_suffix}/a/{name}/"

    @property
    def root(self) -> str:
        """The relay's own address, without a slash at the end; "" if only its clients know."""
        return f"{self._scheme}://{self.domain}{self._port_suffix}" if self.domain else self.public

    @property
    def _scheme(self) -> str:
        return "https" if self.secure else "http"

    @property
    def _port_suffix(self) -> str:
        port = self.port
        if self.domain and self.public:
            port = urlsplit(self.public).port or (443 if self.secure else 80)
        return "" if port == (443 if self.secure else 80) else f":{port}"

    def asked(self, host: str, path: str) -> Asked | None:
        """Return what a request is for.

        Args:
            host: The name that the visitor asked for, perhaps with a port.
            path: Path and query.

        Returns:
            None if the relay does not answer to that name.
        """
        host = host.lower()
        if not self.domain:
            return self._by_path(path) if not self.public or host == urlsplit(self.public).netloc.lower() else None
        host = _PORT.sub("", host)
        label, _, rest = host.partition(".")
        if host == self.domain:
            asked = self._by_path(path)
            # Who has a link from the time before there was a domain, or a path of another relay, is led on.
            return Asked(asked.name, "", self.address(asked.name, "") + asked.path[1:]) if asked.name else asked
        return Asked(label, path) if label and rest == self.domain else None

    def _by_path(self, path: str) -> Asked:
        match = _PATH.fullmatch(path)
        if match is None:
            return Asked("", path)
        name, slash, rest = match.groups()
        return Asked(name, f"/{rest}", "" if slash else f"/a/{name}/{rest}")

    def cookie_path(self, name: str) -> str:
        """Return the path that the cookies of a name are kept within; "" for any: its origin is its own."""
        return "" if self.domain else f"/a/{name}/"
