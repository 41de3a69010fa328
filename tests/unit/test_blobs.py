"""Large values in a folder and in object storage: kept, found, removed while others are put, bounded in a folder."""

import os
import subprocess
import sys
import threading

import pytest
from modelapp.core.errors import EnvironmentFault
from modelapp.session.blobs import FileBlobs
from modelapp.session.remote_blobs import RemoteBlobs

MISSING = "0" * 64


@pytest.fixture(params=["folder", "file://", "s3://"])
def opened(request, tmp_path):
    """Open the same blobs, as another process with a folder of its own would."""
    if request.param == "folder":
        return lambda name="one", **options: FileBlobs(tmp_path / "blobs")
    url = f"file://{tmp_path / 'far'}" if request.param == "file://" else request.getfixturevalue("bucket")
    return lambda name="one", **options: RemoteBlobs(url, tmp_path / name, **options)


@pytest.fixture
def blobs(opened):
    return opened()


@pytest.fixture(params=["file://", "s3://"])
def far(request, tmp_path):
    """Open blobs that are not of this machine."""
    url = f"file://{tmp_path / 'far'}" if request.param == "file://" else request.getfixturevalue("bucket")
    return lambda name="one", **options: RemoteBlobs(url, tmp_path / name, **options)


def test_what_is_put_is_found_by_its_digest(opened, blobs, tmp_path):
    (tmp_path / "large").write_bytes(b"large" * 500_000)
    digests = [blobs.put(b"small"), blobs.put(tmp_path / "large"), blobs.put(b"")]
    assert blobs.put(b"small") == digests[0]
    assert blobs.path(MISSING) is None and blobs.path("../../etc/passwd") is None
    other = opened("other")
    contents = [other.path(digest).read_bytes() for digest in digests]
    assert contents == [b"small", b"large" * 500_000, b""]
    assert other.all() == set(digests)
    assert other.before(0) == set() and other.before(4e9) >= set()
    folder = FileBlobs(opened("third").folder_with(digests))
    assert folder.path(digests[1]).read_bytes() == contents[1]


def test_what_is_removed_is_nowhere_any_more(opened, blobs):
    kept, lost = blobs.put(b"kept"), blobs.put(b"lost")
    other = opened("other")
    copies = [one.path(lost) for one in (blobs, other)]
    third = opened("other")  # a process that starts with a folder from before
    assert blobs.remove_all_but({kept, lost, MISSING}, lambda: {kept}) == {lost, MISSING}
    assert blobs.path(lost) is None and third.path(lost) is None
    assert not any(copy.exists() for copy in copies)
    assert third.all() == {kept} and third.path(kept) is not None
    assert blobs.put(b"lost") == lost and opened("fourth").path(lost).read_bytes() == b"lost"


def test_two_removals_at_a_time_both_remove_theirs(blobs):
    sets = [{blobs.put(f"{owner} {number}".encode()) for number in range(20)} for owner in range(2)]
    began, may_end = threading.Event(), threading.Event()
    gone = [set(), set()]

    def slow():
        began.set()
        assert may_end.wait(30)
        return set()

    def first():
        gone[0] = blobs.remove_all_but(sets[0], slow)

    def second():
        gone[1] = blobs.remove_all_but(sets[1], set)

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    threads[0].start()
    assert began.wait(30)
    threads[1].start()
    threads[1].join(0.2)  # were they not one after the other, it would have ended by now
    may_end.set()
    for thread in threads:
        thread.join(30)
    assert gone == sets
    assert not any(blobs.path(digest) for digest in sets[0] | sets[1])


def test_what_is_put_meanwhile_stays(blobs):
    kept, lost = blobs.put(b"kept"), blobs.put(b"lost")

    def needed():
        blobs.put(b"kept")
        return set()

    assert blobs.remove_all_but({kept, lost}, needed) == {lost}
    assert blobs.path(kept) is not None and blobs.path(lost) is None


def test_file_that_was_damaged_on_the_way_is_not_used(far, caplog):
    one = far("one")
    digest = one.put(b"right")
    one._files.pipe_file(one._place(digest), b"wrong")
    other = far("other")
    assert other.path(digest) is None
    assert f"{digest[:12]} in " in caplog.text and "is damaged" in caplog.text
    assert not list((other._folder / digest[:2]).iterdir())


def test_folder_of_this_machine_is_bounded_by_what_was_used_last(far):
    blobs = far("one", most_bytes=1000)
    digests = [blobs.put(bytes([number]) * 300) for number in range(3)]
    for age, digest in enumerate(reversed(digests)):
        os.utime(blobs.path(digest), (1000 - age, 1000 - age))
    blobs.path(digests[0])  # used now
    last = blobs.put(b"x" * 300)
    there = {file.name for file in blobs._folder.glob("??/*")}
    assert there == {digests[0], digests[2], last}
    assert blobs.path(digests[1]).read_bytes() == bytes([1]) * 300  # it comes back
    far("two")
    assert blobs.all() == {*digests, last}


REFUSED = {
    "memory://x": "forgotten with the process",
    "bucket/lab": "s3://bucket/prefix",
    "nothing://x": "nothing",
    "s3://there-is-no-such-bucket/lab": "cannot be used",
    "sftp://someone:s3cret@127.0.0.1:1/lab": "sftp",
}


@pytest.mark.parametrize("url", REFUSED)
def test_address_that_keeps_nothing_is_refused(bucket, tmp_path, url):
    with pytest.raises(EnvironmentFault) as caught:
        RemoteBlobs(url, tmp_path)
    assert REFUSED[url] in str(caught.value) and "s3cret" not in str(caught.value)


def test_without_fsspec_it_says_what_to_install(tmp_path):
    (tmp_path / "fsspec.py").write_text("raise ImportError('there is none')")
    (tmp_path / "demo.py").write_text("import modelapp as ma\nma.text_output('x')\n")
    path = os.pathsep.join((str(tmp_path), *filter(None, sys.path)))
    command = [sys.executable, "-m", "modelapp", "run", "demo.py", "--no-open", "--port", "0", "--blobs", "s3://b/lab"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert 'pip install "modelapp[s3]"' in done.stderr and "Traceback" not in done.stderr
