"""`modelapp store migrate`: all that an app keeps, in PostgreSQL and object storage and back, with nothing lost."""

import json

import pytest
from click.testing import CliRunner
from kept_flags import App
from modelapp.cli import main
from modelapp.core.errors import EnvironmentFault
from modelapp.core.protocol import CaseInput
from modelapp.session import migrating
from modelapp.session.flags import Flags, KeptFlag
from modelapp.session.history import History, KeptCase, KeptRemark
from modelapp.session.invites import Invites
from modelapp.session.storage import refuse_half_moved, storage_of
from modelapp.session.store import SessionStore


@pytest.fixture
def app(tmp_path):
    """A script with something of everything, odd texts among it."""
    app = App(tmp_path)
    storage = storage_of(app.path)
    digests = [app.blob(bytes([number]) * 1000) for number in range(5)]
    store, history, invites = SessionStore(storage), History(storage), Invites(storage)
    for number in range(3):
        session = f"session-{number}"
        store.create(session, f"grant-{number}", "visitor", "Dr. Lee\0" if number else None, None)
        store.set_values(session, {"a": number, "text 'é' ?%s": "\0 😀", "scan": {"blob": digests[number]}})
        store.set_submitted(session, "group", {"b": [1.5, None, True]})
        store.set_state(session, {"count": bytes(range(256)), "none": b""})
        store.add_upload(session, digests[number])
        said = (CaseInput("a", "A", "1", ()),)
        case = KeptCase(
            "", session, 0, 1.7e9 + number / 3, None, "v", {"a": number}, {"x": 1e-300}, said, "even", b"\0\1"
        )
        kept, _ = history.keep(case, [digests[number]], lambda: True)
        history.remark(history.share(kept.id), KeptRemark("owner", 1.25, None, "Looks ?"))
    invites.invite("Dr. Rao", 4e9)
    invites.invite("Dr. Lee")
    for number in range(4):
        app.flag({"a": number}, {"label": "even"}, note=f"about {number}\0")
    assert storage.key("key") != storage.key("link_key")
    app("flags", "delete", "4")  # its number is never given again
    history.doom([digests[3]])
    for one in (store, history, invites):
        one.close()
    return app


def everything(storage):
    """All rows, keys and files of a storage, in an order."""
    found = {
        (tables.name, table): sorted(map(repr, (sorted(row.items()) for row in rows)))
        for tables in migrating.ALL
        for table, rows in migrating.content(tables, storage).items()
    }
    blobs = storage.blobs()
    found["files"] = sorted((digest, blobs.path(digest).read_bytes()) for digest in blobs.all())
    found["keys"] = sorted(item for item in storage.all_keys().items() if item[0] != "cookies")
    return found


def call(app, *words, status=0):
    done = CliRunner().invoke(main, ["store", "migrate", str(app.path), *words])
    assert done.exit_code == status, done.output
    return done.output


def test_all_is_the_same_there_and_back(app, postgres, bucket):
    before = everything(storage_of(app.path))
    assert all(before.values())
    said = call(app, "--to", postgres, "--blobs", bucket)
    assert "3 sessions, 3 flags, 3 cases, 3 remarks, 2 links, 5 files (0.0 MB) are in postgresql://" in said
    there = storage_of(app.path, postgres, bucket)
    assert everything(there) == before
    assert everything(storage_of(app.path)) == before  # what it came from is as it was
    folder = there.folder
    folder.rename(folder.with_name("before"))
    told = json.loads(call(app, "--from", postgres, "--from-blobs", bucket, "--to", "folder", "--json"))
    assert (told["files"], told["size_bytes"], told["rows"]["flag"], told["keys"]) == (5, 5000, 3, 3)
    assert everything(storage_of(app.path)) == before
    for storage in (there, storage_of(app.path)):
        flags = Flags(storage)
        kept, _ = flags.keep("session", 0, KeptFlag(0, "later", 0.0, None, "v", {}, {}))
        assert kept.number == 5
        flags.close()


def test_target_that_holds_something_is_refused_and_stays_as_it_is(app, postgres):
    other = storage_of(app.path, postgres)
    store = SessionStore(other)
    store.create("theirs", "grant", "visitor")
    store.close()
    before = everything(storage_of(app.path, postgres))
    said = call(app, "--to", postgres, status=1)
    assert "holds something already: 1 × session. Nothing was moved." in said
    assert everything(storage_of(app.path, postgres)) == before
    call(app, "--to", "folder", status=2)


def test_move_that_was_interrupted_is_served_by_nobody_and_repeated_as_a_whole(app, postgres, bucket, monkeypatch):
    insert = migrating._insert

    def interrupted(connection, table, rows):
        insert(connection, table, rows)
        if table == "tried":
            raise KeyboardInterrupt

    monkeypatch.setattr(migrating, "_insert", interrupted)
    call(app, "--to", postgres, "--blobs", bucket, status=1)
    monkeypatch.setattr(migrating, "_insert", insert)
    there = storage_of(app.path, postgres, bucket)
    assert there.all_keys().keys() == {"moving"}
    with pytest.raises(EnvironmentFault, match="was not ended"):
        refuse_half_moved(there)
    said = call(app, "--from", postgres, "--to", "folder", status=1)
    assert "was not ended: it is not whole" in said
    app("flags", "delete", "1")  # of what was moved already
    call(app, "--to", postgres, "--blobs", bucket)
    assert everything(there) == everything(storage_of(app.path))


def test_host_that_runs_is_not_moved(app, postgres):
    serving = storage_of(app.path, postgres, serves=True)
    said = call(app, "--to", postgres, status=1)
    assert "A host serves the app" in said and "Stop it first." in said
    serving.close()
    call(app, "--to", postgres)
