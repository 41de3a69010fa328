"""Pages of recorded answers: what is asked, what is kept, and how it is packed."""

import base64
import gzip
import hashlib
import html
import io
import json
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import modelapp as ma
import pytest
from modelapp.core.errors import EnvironmentFault, InvalidValue, RunFailed, ScriptError, UnknownInput
from modelapp.frontend import export_file
from modelapp.model.export.page import as_data
from PIL import Image

TUMOUR = Path(__file__).parents[2] / "examples" / "tumour.py"
CONTROLS = """
    import modelapp as ma
    dose = ma.slider_input(min=0, max=10, value=4)
    organ = ma.choice_input(options=["liver", "lung", "heart"])
    fast = ma.checkbox_input()
    ma.number_output(dose * 2 + len(organ) + fast, label="Level")
"""
PLAIN = {"sweep": False, "explain": False}


@pytest.fixture
def exported(tmp_path):
    """Export a script; return the report, and the record as it is in the file."""

    def export(script, **wanted):
        path = script if isinstance(script, Path) else tmp_path / "demo.py"
        if path is not script:
            path.write_text(textwrap.dedent(script))
        report = ma.load(path).export(tmp_path / "out.html", **wanted)
        return report, record_in((tmp_path / "out.html").read_text())

    return export


def record_in(page):
    return json.loads(re.search(r'<script type="application/json" id="record">(.*?)</script>', page, re.DOTALL)[1])


def cases_of(record):
    return [tuple(case["values"].values()) for case in record["cases"]]


def props_of(record, case, kind):
    return next(p for place in case["elements"] if (p := record["elements"][place]["props"])["type"] == kind)


def test_each_control_is_moved_by_itself_over_its_ends_and_options(exported):
    report, record = exported(CONTROLS, **PLAIN)
    assert cases_of(record) == [
        (4, "liver", False),
        (0, "liver", False),
        (10, "liver", False),
        (4, "lung", False),
        (4, "heart", False),
        (4, "liver", True),
    ]
    assert [props_of(record, case, "number_output")["text"] for case in record["cases"]] == [
        "13",
        "5",
        "25",
        "12",
        "13",
        "14",
    ]
    assert (report.cases, report.runs, report.left_out, report.faults) == (6, 6, (), ())


def test_inputs_of_a_grid_are_combined_and_the_others_moved_one_at_a_time(exported):
    _, record = exported(CONTROLS, grid={"dose": [1, 2], "organ": ["lung", "heart"]}, **PLAIN)
    assert cases_of(record) == [
        (4, "liver", False),
        (4, "liver", True),
        (1, "lung", False),
        (1, "heart", False),
        (2, "lung", False),
        (2, "heart", False),
    ]


def test_controls_are_moved_around_each_example_too_and_no_case_is_asked_twice(exported):
    report, record = exported(
        """
        import modelapp as ma
        text = ma.text_input(examples=["a", "b"])
        loud = ma.checkbox_input()
        ma.text_output(text.upper() if loud else text)
        """,
        **PLAIN,
    )
    assert cases_of(record) == [("a", False), ("b", False), ("a", True), ("b", True)]
    assert report.runs == 4


def test_examples_of_a_group_fill_several_inputs_and_its_button_is_not_needed(exported):
    _, record = exported(
        """
        import modelapp as ma
        with ma.inputs(submit="Run", examples=[{"a": 1, "b": 2}, {"a": 3, "b": 4}]):
            a = ma.number_input()
            b = ma.number_input()
        ma.number_output(a + b)
        """,
        **PLAIN,
    )
    assert cases_of(record) == [(1, 2), (3, 4)]
    assert [props_of(record, case, "number_output")["text"] for case in record["cases"]] == ["3", "7"]
    assert props_of(record, record["cases"][0], "inputs")["submit"] is None


def test_runs_are_bounded_and_what_was_left_out_is_told_and_in_the_record(exported):
    report, record = exported(CONTROLS, most=4)
    assert report.runs == 4
    assert len(record["cases"]) == 4
    assert report.left_out[0] == "2 of 5 positions of controls were not asked."
    assert "variations of 1 case" in report.left_out[1]
    assert "not asked of 1 case" in report.left_out[2]
    assert record["left_out"] == list(report.left_out)


def test_a_map_never_takes_more_runs_than_are_left(exported):
    report, record = exported(LIT, most=120)
    assert report.runs <= 120
    assert record["cases"][0]["maps"] == []
    assert record["cases"][0]["rows"]


LIT = """
    import modelapp as ma
    import numpy as np
    from PIL import Image
    def half(x):
        picture = Image.new("RGB", (64, 40))
        picture.paste("white", (x, 0, x + 32, 40))
        return picture
    scan = ma.image_input(examples={"left": half(0), "right": half(32)})
    lit = float(np.asarray(scan.convert("L"))[:, :32].mean()) / 255
    ma.label_output({"lit": lit, "dark": 1 - lit})
"""


def test_variations_say_what_flips_and_the_map_lies_on_what_the_answer_rests_on(exported):
    _, record = exported(LIT)
    left, right = record["cases"]
    flipped = next(row for row in left["rows"] if row["variation"] == "flipped left to right")
    assert (flipped["now"], flipped["change"]) == ("dark", "lit 1.00 → 0.00")
    assert flipped["picture"] in record["media"]
    (found,) = left["maps"]
    assert found["decision"] == "lit"
    strongest = max(found["weights"], key=lambda one: one["weight"])
    assert strongest["at"][2] <= 0.5
    assert right["maps"][0]["decision"] == "dark"


def test_edits_are_recorded_of_each_example_and_the_picture_is_shown_edited(exported):
    flip = {"op": "flip", "axis": "horizontal"}
    _, record = exported(LIT, edits=[{"scan": [flip]}], **PLAIN)
    assert [case["values"]["scan"]["edits"] for case in record["cases"]] == [[], [], [flip], [flip]]
    tops = [props_of(record, case, "label_output")["top"] for case in record["cases"]]
    assert tops == ["lit", "dark", "dark", "lit"]
    value = next(one for one in record["inputs"]["scan"] if one["edited"])
    picture = Image.open(io.BytesIO(base64.b64decode(record["media"][value["picture"]]["base64"]))).convert("L")
    assert picture.getpixel((5, 20)) < 30
    assert picture.getpixel((60, 20)) > 225


def test_pictures_are_bounded_kept_once_and_lose_what_the_camera_noted(exported, tmp_path):
    photo = Image.effect_noise((3000, 1500), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    photo.save(tmp_path / "photo.jpg", exif=exif, quality=95)
    script = """
        import modelapp as ma
        scan = ma.image_input(examples=["photo.jpg"])
        many = ma.checkbox_input()
        ma.image_output(scan, label="Same")
        ma.image_output(scan, label="Again")
    """
    _, record = exported(script, **PLAIN)
    contents = [base64.b64decode(one["base64"]) for one in record["media"].values()]
    assert len(set(contents)) == len(contents) == 3  # thumbnail, input, output
    for content in contents:
        picture = Image.open(io.BytesIO(content))
        assert max(picture.size) <= 1280
        assert not picture.getexif()
        assert b"Secret" not in content


def test_a_case_that_fails_or_waits_is_recorded_with_what_was_said(exported):
    report, record = exported(
        """
        import modelapp as ma
        mode = ma.choice_input(options=["good", "bad", "open"])
        if mode == "bad":
            raise ValueError("no such mode")
        if mode == "open":
            ma.text_input("Name")
        ma.text_output("fine")
        """,
        **PLAIN,
    )
    assert [(case["phase"], case["said"]) for case in record["cases"]] == [
        ("done", None),
        ("failed", "ValueError: no such mode"),
        ("waiting", None),
    ]
    assert record["cases"][2]["waiting_for"] == ["name"]
    assert report.faults == ("mode = bad: ValueError: no such mode", "mode = open, name = nothing: waits for name")


def test_a_script_without_an_example_is_an_error_that_names_the_input(tmp_path):
    (tmp_path / "demo.py").write_text("import modelapp as ma\nscan = ma.image_input()\nma.image_output(scan)\n")
    with pytest.raises(ScriptError, match=r"scan has no example") as caught:
        ma.load(tmp_path / "demo.py").export(tmp_path / "out.html")
    assert "scan = image_input(examples=[…])" in caught.value.hint
    assert not (tmp_path / "out.html").exists()


def test_a_script_of_which_every_case_fails_is_an_error_and_the_old_file_stays(tmp_path):
    (tmp_path / "demo.py").write_text("import modelapp as ma\nx = ma.checkbox_input()\n1 / 0\n")
    (tmp_path / "out.html").write_text("before")
    with pytest.raises(RunFailed, match="ZeroDivisionError"):
        ma.load(tmp_path / "demo.py").export(tmp_path / "out.html")
    assert (tmp_path / "out.html").read_text() == "before"


@pytest.mark.parametrize(
    ("wanted", "error", "text"),
    [
        ({"grid": {"doze": [1]}}, UnknownInput, "Did you mean 'dose'"),
        ({"grid": {"dose": [11]}}, InvalidValue, "from 0 to 10"),
        ({"edits": [{"dose": [{"op": "flip", "axis": "vertical"}]}]}, InvalidValue, "dose cannot be edited"),
        ({"edits": [{"scan": []}]}, UnknownInput, "no input 'scan'"),
        ({"most": 0}, InvalidValue, "most=0"),
    ],
)
def test_what_cannot_be_recorded_is_refused_by_name(exported, wanted, error, text):
    with pytest.raises(error, match=re.escape(text)):
        exported(CONTROLS, **wanted)


def test_a_folder_that_is_not_there_is_told_before_anything_runs(tmp_path):
    (tmp_path / "demo.py").write_text("raise SystemError\n")
    with pytest.raises(EnvironmentFault, match="no folder"):
        ma.load(tmp_path / "demo.py").export(tmp_path / "none" / "out.html")


@pytest.mark.parametrize("text", ["</script><b>", "<!--<script>", "&lt;", "\u2028\u2029", "]]>", 'a"\\b'])
def test_no_text_of_a_script_ends_the_data(text):
    data = as_data({"text": text})
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data) == {"text": text}


def test_the_policy_allows_the_pages_own_scripts_and_no_host(exported, tmp_path):
    exported(
        'import modelapp as ma\nma.app("A </title><script>x</script>")\nma.markdown("</script><script>y</script>")\n'
    )
    page = (tmp_path / "out.html").read_text()
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1])
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "http" not in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert len(scripts) == 1
    assert base64.b64encode(hashlib.sha256(scripts[0].encode()).digest()).decode() in policy
    assert page.count("<script") == page.count("</script>") == 2
    assert re.search(r"<!--\n# Licenses\n.*## svelte .*-->\n</body>", page, re.DOTALL)


def test_the_page_carries_less_than_a_hundred_kilobytes_beside_its_answers():
    whole = "".join(map(export_file, ("page.js", "page.css", "page.licenses.md")))
    assert len(gzip.compress(whole.encode())) < 100_000


def test_the_record_of_a_real_model_equals_what_calls_of_it_print(exported):
    _, record = exported(TUMOUR, **PLAIN)
    assert record["title"] == "Tumour"
    assert len(record["cases"]) == 13
    values = [f"{name}={value}" for name, value in record["cases"][2]["values"].items()]
    command = [sys.executable, "-m", "modelapp", "call", str(TUMOUR), *values, "--json"]
    printed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["outputs"]["label"]
    model = ma.load(TUMOUR)
    results = [model(**case["values"])["label"] for case in record["cases"]]
    assert printed["confidences"] == pytest.approx(results[2]["confidences"])
    for case, called in zip(record["cases"], results, strict=True):
        shown = props_of(record, case, "label_output")
        assert shown["top"] == called["label"]
        assert {bar["name"]: bar["confidence"] for bar in shown["bars"]} == pytest.approx(called["confidences"])


def test_command_writes_the_file_and_prints_what_it_did(tmp_path):
    (tmp_path / "demo.py").write_text(textwrap.dedent(CONTROLS))

    def run(*options):
        command = [sys.executable, "-m", "modelapp", "export", "demo.py", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    done = run("--no-sweep", "--no-explain", "--grid", "dose=1,2", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["file"], report["cases"]) == ("demo.html", 6)
    assert (tmp_path / "demo.html").stat().st_size == report["size_bytes"]
    done = run("--most", "2", "-o", "two.html")
    assert "two.html: 2 cases, 2 runs" in done.stdout
    assert "4 of 5 positions of controls were not asked." in done.stdout
    assert "--most" in done.stdout
    done = run("--grid", "doze=1")
    assert done.returncode == 1
    assert "Did you mean 'dose'" in done.stderr
    done = run("--grid", "dose")
    assert done.returncode == 1
    assert "--grid dose=1,2.5,10" in done.stderr
    assert run("--nonsense").returncode == 2
