"""Parts of media, by which a player seeks: checked against slices of the same bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.server.ranges import Part, Unsatisfiable, requested

TAG = '"abc"'
SCRIPT = """
    import modelapp as ma
    sound = ma.file_input(types=[".bin"])
    ma.text_output(f"{sound.stat().st_size} bytes")
"""


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60))
def test_part_is_the_slice_that_the_standard_says(size, first, last):
    content = bytes(range(size))

    def part(header):
        try:
            found = requested(header, None, size, TAG)
        except Unsatisfiable:
            return b""
        return content if found is None else content[found.start : found.end]

    if first <= last:
        assert part(f"bytes={first}-{last}") == content[first : last + 1]
    assert part(f"bytes={first}-") == content[first:]
    assert part(f"bytes=-{last}") == (content[-last:] if last else b"")


@pytest.mark.parametrize(
    "header", [None, "", "bytes", "bytes=-", "bytes=5-2", "lines=1-2", "bytes=1-2,4-5", "bytes=a-b"]
)
def test_anything_else_is_answered_with_the_whole(header):
    assert requested(header, None, 10, TAG) is None


def test_part_of_another_version_is_answered_with_the_whole():
    assert requested("bytes=0-3", TAG, 10, TAG) == Part(0, 4)
    assert requested("bytes=0-3", '"other"', 10, TAG) is None
    assert requested("bytes=0-3", "Wed, 21 Oct 2015 07:28:00 GMT", 10, TAG) is None


def test_media_is_served_in_parts(serve, connect):
    served = serve(SCRIPT)
    socket = connect(served)
    welcome = socket.hello()
    socket.receive("run", phase="waiting")
    content = bytes(range(256)) * 4099  # above a megabyte: it goes out in several pieces
    status, uploaded = socket.upload("sound", content, "sound.bin")
    assert status == 200, uploaded
    path = f"media/{welcome['grant']}/{uploaded['blob']}"

    def get(method="GET", **headers):
        return served.request(
            path, method=method, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )

    status, headers, body = get()
    assert (status, headers["Accept-Ranges"], body) == (200, "bytes", content)
    tag = headers["Etag"]
    size = len(content)
    for asked, start, end in [
        ("bytes=0-0", 0, 1),
        ("bytes=100000-700000", 100000, 700001),
        ("bytes=1000000-", 1000000, size),
        ("bytes=-5", size - 5, size),
        (f"bytes=0-{size * 9}", 0, size),
    ]:
        status, headers, body = get(Range=asked)
        assert (status, body) == (206, content[start:end]), asked
        assert headers["Content-Range"] == f"bytes {start}-{end - 1}/{size}"
        assert int(headers["Content-Length"]) == end - start
    assert get(Range="bytes=0-3", If_Range=tag)[0] == 206
    assert get(Range="bytes=0-3", If_Range='"other"')[::2] == (200, content)
    status, headers, body = get(Range=f"bytes={size}-")
    assert (status, headers["Content-Range"], body) == (416, f"bytes */{size}", b"")
    status, headers, body = get("HEAD", Range="bytes=0-3")
    assert (status, int(headers["Content-Length"]), headers["Etag"], body) == (200, size, tag, b"")
    status, headers, body = get(If_None_Match=tag)
    assert (status, body) == (304, b"")
