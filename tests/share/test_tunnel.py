"""A page's public link through a real OpenSSH server: everything works there, and it comes back after every break."""

import urllib.request

import pytest
from terminal import Terminal, complains

SCRIPT = """
    import modelapp as ma
    n = ma.slider_input()
    picture = ma.image_input(required=False)
    ma.text_output(f"{n} {picture.size if picture else 'none'}")
"""
PATIENCE_SECONDS = 90


@pytest.fixture
def share(serve, sshd):
    """Serve the script with a public link; return the server, what it prints, and the link's port."""

    def start(*options, destination=None):
        served = serve(SCRIPT, "--share", destination or f"{sshd.user}@127.0.0.1:{sshd.port}", *options)
        return served, Terminal(served)

    return start


def public(served, terminal):
    """Wait for the link and make the tests' page use it."""
    port = terminal.says(r"public\s+http://127\.0\.0\.1:(\d+)/")[1]
    served.url = f"http://127.0.0.1:{port}/"
    return int(port)


def test_page_uploads_and_media_work_through_the_link(share, connect):
    import io

    from PIL import Image

    served, terminal = share()
    public(served, terminal)
    status, _, body = served.request("")
    assert status == 200 and b"<title>Demo</title>" in body
    page = connect(served)
    welcome = page.hello()
    page.sees("0 none")
    page.set(n=7)
    page.sees("7 none")
    file = io.BytesIO()
    Image.effect_noise((600, 400), 90).save(file, "PNG")
    status, answer = page.upload("picture", file.getvalue())
    assert status == 200
    page.set(picture={"blob": answer["blob"], "name": "noise.png", "edits": []})
    page.sees("7 (600, 400)")
    media = f"media/{welcome['grant']}/{answer['blob']}"
    status, _, body = served.request(media, headers={"Range": "bytes=1-3"})
    assert (status, body) == (206, b"PNG")


def test_killed_server_comes_back_under_the_same_address_and_the_page_goes_on(share, connect, sshd):
    served, terminal = share()
    port = public(served, terminal)
    page = connect(served)
    session = page.hello()["session"]
    page.set(n=7)
    page.sees("7 none")
    for time_of_break in range(1, 4):
        sshd.stop()
        complains(served, "The public link is down: The connection to 127.0.0.1 is gone.", time_of_break)
        with pytest.raises(OSError):
            urllib.request.urlopen(served.url, timeout=5)
        sshd.start()
        assert terminal.says(r"public\s+http://127\.0\.0\.1:(\d+)/ is back")[1] == str(port)
        again = connect(served)
        assert again.hello(session=session)["resumed"]
        again.sees("7 none")


def test_server_that_is_not_there_yet_is_waited_for(share, sshd):
    sshd.stop()
    served, terminal = share()
    assert f"127.0.0.1:{sshd.port} refuses the connection" in complains(served, "comes back by itself")
    sshd.start()
    public(served, terminal)
    assert served.request("")[0] == 200


def test_server_whose_key_is_unknown_is_refused_with_its_fingerprint(share, sshd):
    import subprocess

    key = subprocess.run(["ssh-keygen", "-lf", sshd.folder / "host_key.pub"], capture_output=True, text=True).stdout
    sshd.known.write_text("")
    served, _ = share()
    said = complains(served, "There is no public link")
    assert f"127.0.0.1 is not known: its ssh-ed25519 key is {key.split()[1]}." in said
    assert f"ssh {sshd.user}@127.0.0.1 -p {sshd.port}" in said
    assert sshd.known.read_text() == ""
    assert served.request("")[0] == 200


def test_server_with_another_key_than_the_known_one_is_refused(share, sshd):
    import subprocess

    other = sshd.folder / "other"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", other], check=True)
    kind, key, *_ = other.with_suffix(".pub").read_text().split()
    sshd.known.write_text(f"[127.0.0.1]:{sshd.port} {kind} {key}\n")
    served, _ = share()
    assert "127.0.0.1 shows another key" in complains(served, "There is no public link")


def test_server_that_accepts_no_key_of_ours_says_so(share, sshd):
    (sshd.folder / "authorized_keys").write_text("")
    served, _ = share()
    assert f"accepts none of your keys for {sshd.user}" in complains(served, "There is no public link")


def test_server_that_forbids_forwarding_says_so(share, sshd):
    sshd.stop()
    sshd.start("AllowTcpForwarding no")
    served, _ = share()
    assert "does not allow port forwarding" in complains(served, "There is no public link")


def test_port_that_is_taken_there_says_so_and_is_tried_again(share, sshd):
    import socket

    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as taken:
        number = taken.getsockname()[1]
        served, terminal = share("--share-port", str(number))
        assert f"Port {number} of 127.0.0.1 is in use" in complains(served, "The public link is down")
    assert public(served, terminal) == number


def test_names_keys_and_jumps_of_the_ssh_configuration_count(share, sshd):
    moved = sshd.home / ".ssh" / "elsewhere"
    (sshd.home / ".ssh" / "id_ed25519").rename(moved)
    (sshd.home / ".ssh" / "config").write_text(
        f"Host gate inner\n HostName 127.0.0.1\n Port {sshd.port}\n User {sshd.user}\n IdentityFile {moved}\n"
        "Host inner\n ProxyJump gate\n"
    )
    served, terminal = share(destination="inner")
    port = terminal.says(r"public\s+http://inner:(\d+)/")[1]
    served.url = f"http://127.0.0.1:{port}/"
    assert served.request("", headers={"Host": f"inner:{port}"})[0] == 200
    assert served.request("", headers={"Host": "elsewhere.example"})[0] == 421


@pytest.mark.parametrize("text", ["", "a b", "user@", "host:99999", "host:0", "user@host:x", "ssh://host/"])
def test_text_that_names_no_server_is_an_error_before_anything_starts(tmp_path, text):
    import subprocess
    import sys

    (tmp_path / "demo.py").write_text("import modelapp as ma\n")
    command = [sys.executable, "-m", "modelapp", "run", "demo.py", "--no-open", "--share", text]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert done.returncode == 1
    assert "names no SSH server" in done.stderr and "Traceback" not in done.stderr
