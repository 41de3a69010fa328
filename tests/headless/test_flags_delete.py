"""`modelapp flags … delete`: what was flagged, deleted with the files that nothing else needs."""

import json
import sqlite3

import pytest
from click.testing import CliRunner
from kept_flags import App
from modelapp.cli import main
from modelapp.session.blobs import FileBlobs
from modelapp.session.flags import Flags, KeptFlag, Words, owner_of
from modelapp.session.folder import folder_of
from modelapp.session.history import History, KeptCase
from modelapp.session.store import SessionStore
from stores import content_of, files_only, storage_at

pytestmark = pytest.mark.usefixtures("each_store")


@pytest.fixture
def app(tmp_path):
    return App(tmp_path)


def call(app, *words, status=0, typed=None):
    result = CliRunner().invoke(main, ["flags", str(app.path), *words], input=typed)
    assert result.exit_code == status, result.output
    return result.output


def flagged(app, content):
    digest = app.blob(content)
    app.flag({"scan": {"blob": digest, "name": "scan.png"}}, {"text": content.decode()}, note=f"about {content}")
    return digest


def test_chosen_flags_go_with_the_files_that_nothing_needs(app):
    blobs = FileBlobs(folder_of(app.path) / "blobs")
    store = SessionStore(storage_at(app.path))
    store.create("session", "grant", "visitor")
    one, two, three, four = (flagged(app, content) for content in (b"one", b"two", b"three", b"four"))
    for digest in (one, two, three, four):
        store.add_upload("session", digest)
    store.set_values("session", {"scan": {"blob": four, "name": "scan.png"}})
    history = History(storage_at(app.path))
    case = KeptCase("", owner_of("session"), 0, 0.0, None, "v", {"scan": {"blob": two}}, {}, (), None)
    history.keep(case, [two], lambda: True)
    assert call(app, "delete", "1", "2") == "2 flags are deleted, 1 file is removed.\n"
    assert [flag.number for flag in app.all()] == [3, 4]
    assert [blobs.path(digest) is not None for digest in (one, two, three, four)] == [False, True, True, True]
    assert store.load("session").uploads == {two, three, four}
    told = json.loads(call(app, "delete", "--all", "--yes", "--json"))
    assert told == {"flags": 2, "files": 1, "running": False}
    assert [blobs.path(digest) is not None for digest in (two, three, four)] == [True, False, True]
    content = content_of(app.path, "flags")
    assert b"about" not in content and one.encode() not in content and b"scan.png" not in content
    # Once she shows something else it is nobody's, and it goes with whatever is deleted next.
    store.set_values("session", {"scan": None})
    app.flag({}, {})
    assert call(app, "delete", "5") == "1 flag is deleted, 1 file is removed.\n"
    assert blobs.path(four) is None
    store.close()
    history.close()


def test_all_are_deleted_only_after_a_question(app):
    flagged(app, b"one")
    assert "Delete 1 flag of demo.py for good?" in call(app, "delete", "--all", typed="n\n", status=1)
    call(app, "delete", "--all", status=1)  # nobody answers
    assert len(app.all()) == 1
    assert "1 flag is deleted, 1 file is removed." in call(app, "delete", "--all", typed="y\n")
    assert app.all() == []
    assert "0 flags are deleted" in call(app, "delete", "--all")
    assert app.flag({}, {}).number == 2  # a number means one flag for ever


def test_unknown_number_deletes_nothing(app):
    flagged(app, b"one")
    assert "There is no flag 7" in call(app, "delete", "1", "7", status=1)
    assert len(app.all()) == 1


@pytest.mark.parametrize("words", [["delete"], ["delete", "1", "--all"], ["list", "1"], ["export", "--all"], ["--yes"]])
def test_wrong_usage_is_told(app, words):
    call(app, *words, status=2)


@files_only
def test_file_of_flags_from_before_they_could_be_deleted(app):
    path = folder_of(app.path) / "flags.sqlite3"
    database = sqlite3.connect(path)
    database.execute(
        "CREATE TABLE flag (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, "
        "time REAL NOT NULL, visitor TEXT, version TEXT NOT NULL, inputs TEXT NOT NULL, outputs TEXT NOT NULL, "
        "revision INTEGER NOT NULL, note TEXT NOT NULL, right_answer TEXT NOT NULL, choice TEXT)"
    )
    database.execute("INSERT INTO flag VALUES (1, 'a', 'o', 0, NULL, 'v', '{}', '{}', 0, '', '', NULL)")
    database.commit()
    database.close()
    assert app.all() == [KeptFlag(1, "a", 0.0, None, "v", {}, {}, Words())]
    flags = Flags(storage_at(app.path))
    made = app.blob(b"shown")
    flags.keep("session", 0, KeptFlag(0, "b", 0.0, None, "v", {}, {}), [made])
    flags.close()
    assert call(app, "delete", "1", "2") == "2 flags are deleted, 1 file is removed.\n"
