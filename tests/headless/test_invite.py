"""`modelapp invite` on the command line, without a host."""

import json
import socket
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from stores import content_of, files_only, on_files

pytestmark = pytest.mark.usefixtures("each_store")


@pytest.fixture
def invite(tmp_path):
    """Call the command in a folder with one app."""
    (tmp_path / "demo.py").write_text("import modelapp as ma\n")
    (tmp_path / "helper.py").write_text("import json\n")

    def call(*words):
        command = [sys.executable, "-m", "modelapp", "invite", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    return call


def test_link_is_printed_with_a_code_before_the_app_has_ever_run(invite, tmp_path):
    done = invite("Dr. Rao", "--expire", "3d")
    assert done.returncode == 0, done.stderr
    assert "http://localhost:8501/?invite=" in done.stdout
    assert "demo.py does not run just now" in done.stdout
    assert "█" in done.stdout
    token = done.stdout.partition("?invite=")[2].split()[0]
    assert len(token) >= 22
    folder = tmp_path / ".modelapp" / "demo"
    if on_files():
        assert stat.S_IMODE((folder / "invites.sqlite3").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert token.encode() not in content_of(tmp_path / "demo.py", "invites")


def test_invited_are_listed_revoked_and_let_in_by_name(invite):
    invite("Dr. Rao", "--expire", "30m")
    facts = json.loads(invite("Dr. Lee", "demo.py", "--json").stdout)
    assert facts["name"] == "Dr. Lee"
    assert facts["running"] is facts["public"] is False
    listed = json.loads(invite("--list", "--json").stdout)
    assert listed["closed"] is True
    assert [(one["name"], one["until"] is None, one["last_seen"]) for one in listed["invites"]] == [
        ("Dr. Lee", True, None),
        ("Dr. Rao", False, None),
    ]
    shown = invite("--list", "demo.py").stdout
    assert shown.splitlines()[0].split() == ["Name", "Invited", "Until", "Last", "seen"]
    assert "Only these may come in." in shown
    twice = invite("Dr. Rao")
    assert twice.returncode == 1
    assert "Dr. Rao has a link already" in twice.stderr
    assert invite("--revoke", "Dr. Rao", "demo.py").returncode == 0
    unknown = invite("--revoke", "Dr. Rao")
    assert unknown.returncode == 1
    assert "Invited: Dr. Lee." in unknown.stderr
    assert "may come in again" in invite("--open").stdout
    assert "Everybody who has the address may come in." in invite("--list").stdout
    invite("--revoke", "Dr. Lee")
    assert json.loads(invite("--list", "--json").stdout) == {"closed": False, "invites": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Say whom to invite"),
        (("demo.py",), "Say whom to invite"),
        (("Dr.", "Rao", "demo.py"), "needs quotes"),
        (("Dr. Rao", "--expire", "3"), "for example 30m, 12h, 3d or 2w"),
        (("Dr. Rao", "--expire", "0d"), "for example 30m, 12h, 3d or 2w"),
        (("--list", "--open"), "pass one of them"),
        (("--list", "demo.py", "other.py"), "one too many"),
    ],
)
def test_wrong_use_is_told(invite, words, said):
    done = invite(*words)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\x1b[31mred", "x" * 81])
def test_name_must_be_one(invite, name):
    done = invite(name, "demo.py")
    assert done.returncode == 1
    assert "is no name of a person" in done.stderr


def test_one_app_of_several_must_be_named(invite, tmp_path):
    (tmp_path / "other.py").write_text("from modelapp import text_output\n")
    done = invite("Dr. Rao")
    assert done.returncode == 2
    assert "demo.py, other.py" in done.stderr
    assert invite("Dr. Rao", "other.py").returncode == 0
    # The one that has been served or shared is meant from now on.
    assert (tmp_path / ".modelapp" / "other").exists()
    assert json.loads(invite("--list", "--json").stdout)["invites"][0]["name"] == "Dr. Rao"
    missing = invite("Dr. Rao", "missing.py")
    assert missing.returncode == 1
    assert "There is no script 'missing.py'" in missing.stderr


@pytest.mark.parametrize("public", ["https://relay.example/a/name/", "https://relay.example/a/name/#key", None])
def test_link_is_for_the_address_at_which_the_app_is_reached(invite, tmp_path, public):
    invite("Dr. Lee")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        local = f"http://127.0.0.1:{listening.getsockname()[1]}/"
        known = {"process": 1, "local": local, "public": public}
        (tmp_path / ".modelapp" / "demo" / "addresses.json").write_text(json.dumps(known))
        facts = json.loads(invite("Dr. Rao", "--json").stdout)
    # What follows the “#” no relay sees: the token is part of it.
    assert facts["link"].startswith(f"{public or local}?invite=")
    assert (facts["running"], facts["public"]) == (True, public is not None)
    # A host that was killed left its addresses behind.
    assert json.loads(invite("Dr. Ito", "--json").stdout)["running"] is False


def test_many_processes_lose_no_link(invite):
    with ThreadPoolExecutor(6) as pool:
        codes = list(pool.map(lambda number: invite(f"Guest {number}", "demo.py").returncode, range(12)))
    assert codes == [0] * 12
    assert len(json.loads(invite("--list", "--json").stdout)["invites"]) == 12


@files_only
def test_store_of_before_there_were_links_is_read(tmp_path):
    from modelapp.session.storage import FolderStorage
    from modelapp.session.store import SessionStore

    path = tmp_path / "store.sqlite3"
    with sqlite3.connect(path) as database:
        database.execute(
            "CREATE TABLE session (id TEXT PRIMARY KEY, grant_token TEXT NOT NULL UNIQUE, role TEXT NOT NULL,"
            " created REAL NOT NULL) WITHOUT ROWID"
        )
        database.execute("INSERT INTO session VALUES ('old', 'grant', 'visitor', 0)")
    database.close()
    for _ in range(2):
        store = SessionStore(FolderStorage(tmp_path))
        loaded = store.load("old")
        assert (loaded.grant, loaded.visitor, loaded.invite) == ("grant", None, None)
        store.close()
