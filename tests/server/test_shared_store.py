"""An app whose state is in PostgreSQL and object storage: a host on another machine goes on with it."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import threading

import numpy as np
import pytest
from modelapp.session.flags import Flags
from modelapp.session.folder import folder_of
from modelapp.session.remote_blobs import RemoteBlobs
from modelapp.session.storage import storage_of
from modelapp.session.store import SessionStore
from PIL import Image
from waits import said_in

SCRIPT = """
    import modelapp as ma
    n = ma.number_input(value=1)
    scan = ma.image_input(required=False)
    ma.state.runs = ma.state.get("runs", 0) + 1
    ma.text_output(f"{n:g} {scan.size if scan else 'none'}")
    if scan:
        ma.image_output(scan.rotate(90))
"""


@pytest.fixture
def shared(serve, postgres, bucket, tmp_path, monkeypatch):
    """Serve the script with nothing kept beside it; what is kept far away can be looked into."""
    monkeypatch.setenv("MODELAPP_STORE", postgres)
    monkeypatch.setenv("MODELAPP_BLOBS", bucket)
    served = serve(SCRIPT)
    served.far = lambda: RemoteBlobs(f"{bucket}/demo", tmp_path / "far").all()
    return served


def picture():
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(3).integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def other_machine(served):
    """End the host as a power cut would, and start it where nothing of it is left."""
    served.kill()
    shutil.rmtree(folder_of(served.path))
    served.start(served.port)


def test_page_goes_on_at_a_host_of_another_machine(shared, connect):
    page = connect(shared)
    page.hello()
    page.sees("1 none")
    status, uploaded = page.upload("scan", picture())
    assert status == 200 and uploaded["blob"] in shared.far()
    fields = ("blob", "name", "preview", "width", "height", "frames")
    page.set(n=4, scan={**{field: uploaded[field] for field in fields}, "edits": []})
    page.sees("4 (60, 40)")
    page.receive("history", mine=1)
    key, session, grant = shared.key, page.welcome["session"], page.welcome["grant"]
    original = shared.request(f"media/{grant}/{uploaded['blob']}")
    page.close()

    other_machine(shared)
    assert shared.key == key
    page = connect(shared)
    assert page.hello(session=session)["resumed"] is True
    page.sees("4 (60, 40)")
    assert shared.request(f"media/{grant}/{uploaded['blob']}")[2] == original[2]
    assert hashlib.sha256(original[2]).hexdigest() == uploaded["blob"]

    command = [sys.executable, "-m", "modelapp", "history", str(shared.path), "--json"]
    (case,) = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=60).stdout)
    assert case["answer"] == "4 (60, 40)"
    command = [sys.executable, "-m", "modelapp", "replay", str(shared.path), "--history", "--json"]
    replayed = subprocess.run(command, capture_output=True, check=True, timeout=100).stdout
    assert json.loads(replayed)["counts"] == {"same": 1}

    page.send({"type": "ask", "id": 1, "element": "history", "query": {"do": "delete_all"}})
    page.receive("answer", id=1)
    page.sees("4 none")
    while page.receive("history")["going"]:
        pass
    assert shared.far() == set()
    assert shared.request(f"media/{grant}/{uploaded['blob']}")[0] == 404


PAGES, EACH, RESTARTS = 4, 12, 3


def test_nothing_said_is_lost_or_doubled_while_the_database_restarts(serve, connect, postgres_server, postgres):
    served = serve(SCRIPT, "--store", postgres)
    pages = [connect(served) for _ in range(PAGES)]
    for page in pages:
        page.hello()
        page.seen = page.sees("1 none")["sequence"]
        page.receive("run", phase="done")
    went_on = threading.Semaphore(0)
    failures = []

    def work(page, number):
        try:
            for step in range(2, 2 + EACH):
                page.set(n=step)
                page.seen = page.sees(f"{step} none")["sequence"]
                page.receive("run", phase="done")
                identity = f"flag-of-page-{number}-{step:04}"
                page.send({"type": "flag", "id": identity, "seen": page.seen, "epoch": page.welcome["epoch"]})
                assert page.receive("flagged", id=identity)["problem"] is None
                went_on.release()
        except BaseException as problem:  # told by the main thread
            failures.append(problem)
            went_on.release()

    threads = [threading.Thread(target=work, args=(page, number)) for number, page in enumerate(pages)]
    for thread in threads:
        thread.start()
    for mode in ("immediate", "fast", "immediate")[:RESTARTS]:
        for _ in range(PAGES * EACH // (RESTARTS + 1)):
            assert went_on.acquire(timeout=100)
        postgres_server.stop(mode)
        postgres_server.start()
    for thread in threads:
        thread.join(100)
    assert not failures
    sessions = [page.welcome["session"] for page in pages]
    served.kill()
    storage = storage_of(served.path, postgres)
    flags, store = Flags(storage), SessionStore(storage)
    kept = flags.all()
    assert sorted(one.id for one in kept) == sorted(
        f"flag-of-page-{number}-{step:04}" for number in range(PAGES) for step in range(2, 2 + EACH)
    )
    assert all(one.outputs["text"] == f"{one.inputs['n']} none" for one in kept)
    for session in sessions:
        saved = store.load(session)
        assert saved.values["n"] == 1 + EACH
    for one in (flags, store, storage):
        one.close()


def test_long_outage_refuses_changes_and_names_no_address_to_visitors(serve, connect, postgres_server, postgres):
    served = serve(SCRIPT, "--store", f"{postgres}&patience=1")
    page = connect(served)
    session = page.hello()["session"]
    page.sees("1 none")
    postgres_server.stop()
    try:
        page.set(n=2)
        problem = page.receive("problem")
        assert "could not be kept" in problem["text"] and "postgresql" not in problem["text"]
        late = connect(served)
        late.send({"type": "hello", "session": "another"})
        assert "cannot be read just now" in late.receive("problem")["text"]
        status, body = page.upload("scan", picture(), **{"X-Modelapp-Session": "another"})
        assert (status, "cannot be read just now" in body["error"]) == (503, True)
    finally:
        postgres_server.start()
    back = connect(served)
    assert back.hello(session=session)["resumed"] is True
    back.set(n=3)
    back.sees("3 none")
    said_in(served.log, "cannot be reached")


def test_pages_and_cookies_outlive_the_move_of_an_app(serve, connect, postgres):
    served = serve(SCRIPT)
    presenter, rao = served.cookie(f"?key={served.key}"), served.cookie(served.invited("Dr. Rao"))
    page = connect(served, headers=rao)
    session = page.hello()["session"]
    page.set(n=5)
    page.sees("5 none")
    page.close()
    served.stop()
    command = [sys.executable, "-m", "modelapp", "store", "migrate", str(served.path), "--to", postgres]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    shutil.rmtree(folder_of(served.path))
    served.options = ("--store", postgres)
    served.start(served.port)
    back = connect(served, headers=rao)
    assert back.hello(session=session)["resumed"] is True
    back.sees("5 none")
    assert connect(served, headers=presenter).hello()["role"] == "presenter"
