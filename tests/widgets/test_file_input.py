import modelapp as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st
from modelapp.core.errors import InvalidValue, ScriptError
from modelapp.widgets._files import NAME_LIMIT, safe_name
from modelapp.widgets.file_input import FileInput
from wire import accepts_or_refuses, any_json


def upload(blobs, tmp_path, content=b"name,age\n", name="people.csv", **options):
    path = tmp_path / "upload"
    path.write_bytes(content)
    return FileInput("Data", **options).receive(path, name, blobs)


def raw_of(uploaded):
    return {"blob": uploaded.blob, "name": uploaded.name, "size_bytes": uploaded.size_bytes}


def test_file_input_gives_a_path_with_the_uploaded_name_and_content(page, tmp_path):
    page.values["data"] = raw_of(upload(page.blobs, tmp_path))
    path = page.run(lambda: ma.file_input("Data"))
    assert (path.name, path.read_bytes()) == ("people.csv", b"name,age\n")


def test_same_content_under_two_names_gives_two_paths(blobs, tmp_path):
    widget = FileInput("Data", multiple=True)
    raw = [raw_of(upload(blobs, tmp_path, name=name)) for name in ("a.csv", "b.csv")]
    assert [path.name for path in widget.parse(widget.accept(raw, blobs), blobs)] == ["a.csv", "b.csv"]


def test_empty_file_input_waits_and_gives_nothing_when_not_required(page):
    page.run(lambda: ma.file_input("Data"))
    assert page.waiting_for == ("data",)
    assert page.run(lambda: ma.file_input("Data", required=False)) is None
    assert page.run(lambda: ma.file_input("Data", required=False, multiple=True)) == []
    page.values["data"] = []
    page.run(lambda: ma.file_input("Data", multiple=True))
    assert page.waiting_for == ("data",)


@pytest.mark.parametrize(
    ("types", "name", "fits"),
    [
        ([".csv"], "A.CSV", True),
        ([".csv"], "a.txt", False),
        ([".tar.gz"], "a.tar.gz", True),
        (["image/*"], "a.png", True),
        (["image/*"], "a.csv", False),
        (["text/csv"], "a.csv", True),
        (".csv", "csv", False),
        ([".txt", "image/*"], "a.jpeg", True),
    ],
)
def test_types_are_judged_by_the_name(blobs, tmp_path, types, name, fits):
    if fits:
        assert upload(blobs, tmp_path, name=name, types=types).name == name
    else:
        with pytest.raises(InvalidValue, match=f"“Data” does not take “{name}”: it takes"):
            upload(blobs, tmp_path, name=name, types=types)


def test_empty_upload_is_refused(blobs, tmp_path):
    with pytest.raises(InvalidValue, match=r"“people.csv” is empty \(0 bytes\)"):
        upload(blobs, tmp_path, content=b"")


def test_hand_made_value_cannot_get_round_the_types_or_name_a_foreign_blob(blobs, tmp_path):
    raw = raw_of(upload(blobs, tmp_path))
    widget = FileInput("Data", types=[".csv"])
    assert widget.accept(raw | {"size_bytes": 1, "width": None}, blobs) == raw
    for change in ({"name": "a.exe"}, {"blob": "0" * 64}, {"blob": "../x"}, {"name": 5}, {"more": 1}):
        with pytest.raises(InvalidValue, match="“Data”"):
            widget.accept(raw | change, blobs)


def test_value_may_be_a_path_beside_the_script(page, tmp_path):
    path = tmp_path / "ready.csv"
    path.write_text("x\n1\n")
    assert page.run(lambda: ma.file_input("Data", value=path)).read_text() == "x\n1\n"
    assert page.run(lambda: ma.file_input("Data", value=[path], multiple=True))[0].name == "ready.csv"


@pytest.mark.parametrize("options", [{"types": ["csv"]}, {"types": [5]}, {"value": "nowhere.csv"}, {"value": 5}])
def test_file_input_rejects_options_of_the_script_that_cannot_work(page, options):
    with pytest.raises(ScriptError, match="file_input"):
        page.run(lambda: ma.file_input("Data", **options))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\temp\\a.csv", "C__temp_a.csv"),
        (".hidden", "hidden"),
        ("a\x00b\n.csv", "a_b_.csv"),
        ("", "file"),
        ("...", "file"),
        ("x" * 200 + ".csv", "x" * 116 + ".csv"),
        ("exe\u202evsc.csv", "exe_vsc.csv"),
    ],
)
def test_names_are_made_safe(name, safe):
    assert safe_name(name) == safe


@given(name=st.text(max_size=300))
def test_safe_names_stay_in_their_folder_and_stay_the_same(name):
    safe = safe_name(name)
    assert 0 < len(safe) <= NAME_LIMIT
    assert len(safe.encode()) <= 240
    assert "/" not in safe
    assert not safe.startswith(".")
    assert safe_name(safe) == safe


@given(raw=any_json)
def test_file_input_refuses_or_keeps_any_json(raw):
    assert accepts_or_refuses(FileInput("Data"), raw, None) is None
