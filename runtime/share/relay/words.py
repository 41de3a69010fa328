"""What a relay and its clients say to each other beyond plain SSH."""

from typing import Literal, TypeAlias

BANNER = "SSH-2.0-modelapp_relay"
"""How the server of a relay begins its first line."""

NAME_REQUEST = "name@modelapp"
"""A global request: the app's name, the name by which the client knows the relay, and a text of the process's own.

The answer is an `Answer`, and for "given" the name and its public address, else nothing twice."""

Answer: TypeAlias = Literal["given", "taken", "full"]
"""given: the name is the client's. taken: another process holds it just now. full: the relay serves too many."""

FORWARD_PORT = 80
"""The port with which a client asks for its name to be forwarded; a name has no others."""

PACKET_BYTES = 1 << 17
WINDOW_BYTES = 1 << 21
NARROW_WINDOW_BYTES = 1 << 17
"""Of the connections of a relay for which there is no memory for a wide one."""
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes256-ctr")
"""Best first: the first two need no second pass for the checksum."""
