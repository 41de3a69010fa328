from pathlib import Path

import modelapp as ma
import pytest
from modelapp.core.errors import ScriptError


@pytest.mark.parametrize("data", ["naïve\n", "naïve\n".encode(), bytearray("naïve\n".encode())])
def test_text_and_bytes_can_be_downloaded_under_a_name(page, data):
    page.run(lambda: ma.file_output(data, "a/b.txt"))
    props = page.props("output.file")
    assert (props.name, props.size_bytes) == ("a_b.txt", 7)
    assert page.blobs.path(props.blob).read_bytes() == "naïve\n".encode()


def test_path_keeps_its_own_name(page, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(b"weights")
    page.run(lambda: ma.file_output(path))
    assert (page.props("output.file").name, page.props("output.file").size_bytes) == ("model.onnx", 7)
    assert page.result("file") == path


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("text",), "need a name"),
        ((5, "a.txt"), "bytes, text or a pathlib.Path"),
        ((Path("nowhere.bin"),), "does not exist"),
        ((Path("/"),), "is a folder"),
    ],
)
def test_misuse_is_explained(page, arguments, message):
    with pytest.raises(ScriptError, match=message) as caught:
        page.run(lambda: ma.file_output(*arguments))
    assert caught.value.hint
