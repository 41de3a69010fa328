"""Removing stored files while others are removed and put."""

import threading

from modelapp.session.blobs import FileBlobs


def test_two_removals_at_a_time_both_remove_theirs(tmp_path):
    blobs = FileBlobs(tmp_path)
    sets = [{blobs.put(f"{owner} {number}".encode()) for number in range(50)} for owner in range(2)]
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


def test_what_is_put_meanwhile_stays(tmp_path):
    blobs = FileBlobs(tmp_path)
    kept, lost = blobs.put(b"kept"), blobs.put(b"lost")

    def needed():
        blobs.put(b"kept")
        return set()

    assert blobs.remove_all_but({kept, lost}, needed) == {lost}
    assert blobs.path(kept) is not None and blobs.path(lost) is None
