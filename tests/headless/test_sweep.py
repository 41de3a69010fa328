"""The robustness sweep, on models of which it is known what moves them."""

import io
import json
import subprocess
import sys
import textwrap

import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.model.sweep.runs import Sweep, worst_first
from PIL import Image

READS = """
    import modelapp as ma
    import numpy as np
    scan = ma.image_input()
    pixels = np.asarray(scan.convert("L")).astype(float) / 255
    lit = float({what})
    ma.label_output({{"lit": lit, "dark": 1 - lit}})
"""


@pytest.fixture
def swept(tmp_path):
    """Sweep a script around a case; return the rows, worst first."""

    def sweep(script, answer=None, **case):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        model = ma.load(path)
        base, _ = model.call(case, {}, "explain")
        sweeping = Sweep(model.version, base, answer)
        list(sweeping.steps())
        assert len(sweeping.rows) == len(sweeping.cases)
        return worst_first(sweeping.rows)

    return sweep


def by_name(rows):
    return {row.variation: row for row in rows}


def half_white(size=(64, 40)):
    picture = Image.new("RGB", size)
    picture.paste("white", (0, 0, size[0] // 2, size[1]))
    return picture


def test_model_that_is_invariant_to_flips_has_zero_for_flips(swept):
    noise = np.random.default_rng(3).integers(0, 256, (30, 40, 3), np.uint8)
    rows = by_name(swept(READS.format(what="np.round(np.sort(pixels, axis=None).mean(), 9)"), scan=noise))
    for name in ("flipped left to right", "flipped top to bottom", "turned by 90°", "turned by 180°"):
        assert (rows[name].distance, rows[name].change, rows[name].now) == (0, "no change", None)
    assert rows["brightness +25 %"].distance > 0.1


def test_model_that_reads_the_left_half_names_the_mirror_first(swept):
    rows = swept(READS.format(what="pixels[:, : pixels.shape[1] // 2].mean()"), scan=half_white())
    assert rows[0].variation == "flipped left to right"
    assert (rows[0].distance, rows[0].change, rows[0].now) == (1, "lit 1.00 → 0.00", "dark")
    assert by_name(rows)["flipped top to bottom"].distance == 0


def test_only_edits_that_the_script_offers_are_tried_after_those_that_are_there(swept):
    script = READS.format(what="pixels[:, :10].mean()").replace("image_input()", 'image_input(tools=["flip"])')
    rows = swept(script, scan=half_white())
    compressed = [f"compressed as JPEG of quality {quality}" for quality in (75, 30, 10)]
    assert [row.variation for row in rows] == ["flipped left to right", "flipped top to bottom", *compressed]
    rows = swept(script.replace('["flip"]', "()"), scan=half_white())
    assert [row.variation for row in rows] == compressed


def test_rows_of_a_linear_model_come_in_the_order_of_weight_times_step(swept):
    # Integers step by 1, the range of "b" by 0.1: |weight x step| is 5, 2, 0.4, 0.3.
    rows = swept("""
        import modelapp as ma
        row = ma.row_input({"a": (0, 100), "b": (0.0, 10.0), "c": (0, 10), "d": (0, 1000)})
        ma.number_output(1000 + 2 * row["a"] - 4 * row["b"] + 0.3 * row["c"] - 5 * row["d"])
    """)
    assert [row.variation.split()[0] for row in rows] == ["d", "d", "a", "a", "b", "b", "c", "c"]
    assert rows[0].now is None


def test_cells_are_missing_only_where_they_may_be_and_no_bound_is_passed(swept):
    rows = swept(
        """
        import modelapp as ma
        row = ma.row_input({"age": (0, 9), "kind": ["x", None], "smoker": False})
        ma.text_output(f"{row}")
        """,
        row={"age": 9, "kind": "x", "smoker": False},
    )
    assert sorted(row.variation for row in rows) == ["age one step down to 8", "kind missing", "smoker yes"]
    assert all(row.distance == 1 and row.now for row in rows)


def test_texts_are_varied_by_case_typo_and_dropped_word(swept):
    script = """
        import modelapp as ma
        note = ma.text_input()
        ma.label_output({"bad": 0.9 if "terrible" in note else 0.1, "good": 0.1 if "terrible" in note else 0.9})
    """
    rows = swept(script, note="A terrible film, alas.")
    changed = {row.variation for row in rows if row.now == "good"}
    assert changed >= {"in capitals", "without “terrible”"}
    assert changed.isdisjoint({"in lower case", "without punctuation", "without “film,”", "without “A”"})
    assert {row.variation for row in rows} == {row.variation for row in swept(script, note="A terrible film, alas.")}
    assert any(row.variation.startswith("typo") for row in rows)


def test_sounds_are_varied_by_noise_gain_and_speed(swept):
    rate = 8000
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)
    rows = by_name(
        swept(
            """
            import modelapp as ma
            import numpy as np
            sound = ma.audio_input()
            ma.number_output(float(np.round(np.abs(sound.samples).max(), 2)))
            """,
            sound=(rate, tone),
        )
    )
    assert rows["gain −6 dB"].change == "0.5 → 0.25"
    assert rows["gain +20 dB, clipped"].change == "0.5 → 1"
    assert rows["reversed"].distance == 0
    assert rows["noise at 0 dB"].distance > rows["noise at 20 dB"].distance


def test_failing_variation_is_worst_and_the_others_go_on(swept):
    rows = swept("""
        import modelapp as ma
        age = ma.number_input(value=1, min=0, max=120)
        ma.number_output(10 / age)
    """)
    assert rows[0].variation == "one step down to 0"
    assert (rows[0].change, rows[0].fault.type) == ("failed", "ZeroDivisionError")
    assert rows[1].change == "10 → 5"


def test_answer_is_the_label_unless_another_output_is_named(swept):
    script = """
        import modelapp as ma
        age = ma.slider_input(min=0, max=10, value=5)
        ma.text_output(f"{age}")
        ma.label_output({"a": 0.5, "b": 0.5})
    """
    assert all(row.distance == 0 for row in swept(script))
    assert all(row.distance == 1 for row in swept(script, "text"))
    with pytest.raises(InvalidValue, match=r"no output 'tekst'.*text, label"):
        swept(script, "tekst")


def test_group_with_a_button_counts_as_pressed(swept):
    rows = swept("""
        import modelapp as ma
        with ma.inputs(submit=True):
            dose = ma.number_input(value=4)
        ma.number_output(2 * dose)
    """)
    assert [row.change for row in rows] == ["8 → 10", "8 → 6"]


def test_stopped_sweep_begins_no_other_run(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text("import modelapp as ma\nma.number_output(ma.number_input(value=3))\n")
    model = ma.load(path)
    sweeping = Sweep(model.version, model.call({}, {}, "explain")[0])
    steps = sweeping.steps()
    next(steps)
    sweeping.stop()
    assert list(steps) == [] and len(sweeping.rows) == 1


def test_command_prints_a_line_for_each_variation_and_json(tmp_path):
    (tmp_path / "demo.py").write_text(textwrap.dedent(READS.format(what="pixels[:, :32].mean()")))
    half_white().save(tmp_path / "half.png")

    def command(*words):
        whole = [sys.executable, "-m", "modelapp", "sweep", "demo.py", *words]
        return subprocess.run(whole, cwd=tmp_path, capture_output=True, text=True, timeout=60)

    done = command("scan=half.png")
    assert done.returncode == 0, done.stderr
    first, *_, last = done.stdout.splitlines()
    assert first.split("  ")[:2] == ["1.00", "flipped left to right"] and first.endswith("lit 1.00 → 0.00, now dark")
    assert "variations" in last and "change the answer from lit" in last
    report = json.loads(command("scan=half.png", "--json").stdout)
    assert (report["answer"], report["before"], report["rows"][0]["now"]) == ("label", "lit", "dark")
    # With the picture mirrored first, mirroring it again gives back what was there.
    edits = json.dumps({"scan": [{"op": "flip", "axis": "horizontal"}]})
    again = json.loads(command("scan=half.png", "--edits", edits, "--json").stdout)
    assert (again["before"], again["rows"][0]["variation"]) == ("dark", "flipped left to right")
    assert command("scan=none.png").returncode == 1


@pytest.mark.parametrize("kind", ["pil", "numpy"])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_jpeg_is_what_pillow_makes_of_the_picture(swept, kind, mode):
    noise = np.random.default_rng(5).integers(0, 256, (24, 24, 4), np.uint8)
    picture = Image.fromarray(noise).convert(mode)
    script = f"""
        import modelapp as ma
        import numpy as np
        scan = ma.image_input(type="{kind}", mode="{mode}")
        ma.number_output(float(np.asarray(scan).astype(float).std()))
    """
    rows = by_name(swept(script, scan=picture))
    file = io.BytesIO()
    picture.convert("L" if mode == "L" else "RGB").save(file, "JPEG", quality=10)
    after = np.asarray(Image.open(file)).astype(float)
    if mode == "RGBA":
        after = np.dstack([after, noise[..., 3]])
    before, now = np.asarray(picture).astype(float).std(), after.std()
    expected = abs(now - before) / (before + abs(now - before))
    assert rows["compressed as JPEG of quality 10"].distance == pytest.approx(expected, rel=1e-6)


def test_script_adds_what_it_does_to_its_inputs(swept):
    rows = by_name(
        swept("""
            import modelapp as ma
            def doubled(a):
                return 2 * a
            def broken(a):
                raise ValueError("not today")
            ma.app("Demo", sweep={"a": {"doubled": doubled, "broken": broken, "beyond": lambda a: 1e9}})
            a = ma.slider_input(min=0, max=100, value=10)
            ma.number_output(a)
        """)
    )
    assert (rows["doubled"].change, rows["doubled"].distance) == ("10 → 20", 0.5)
    assert (rows["broken"].fault.type, rows["broken"].fault.message) == ("ValueError", "not today")
    assert rows["beyond"].fault is not None and "100" in rows["beyond"].fault.message


def test_what_a_transform_made_is_the_value_that_a_row_opens(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text(
        textwrap.dedent("""
        import modelapp as ma
        ma.app("Demo", sweep={"scan": {"dark": lambda picture: picture.point(lambda level: 0)}})
        scan = ma.image_input(mode="L", tools=())
        ma.number_output(scan.getpixel((0, 0)))
    """)
    )
    model = ma.load(path)
    base, _ = model.call({"scan": half_white()}, {}, "explain")
    sweeping = Sweep(model.version, base)
    with pytest.raises(InvalidValue, match="no value to show"):
        sweeping.values_of(4)
    list(sweeping.steps())
    values = sweeping.values_of(4)
    shown = Image.open(base.blobs.path(values["scan"]["blob"]))
    assert shown.convert("L").getextrema() == (0, 0)
    assert Image.open(io.BytesIO(sweeping.picture_of(4))).convert("L").getextrema() == (0, 0)


def test_transform_of_an_unknown_input_is_said(swept):
    with pytest.raises(InvalidValue, match=r"names 'scam', and there is no such input\. The script has: scan"):
        swept(
            """
            import modelapp as ma
            ma.app("Demo", sweep={"scam": {"same": lambda picture: picture}})
            scan = ma.image_input()
            ma.number_output(scan.width)
        """,
            scan=half_white(),
        )


@pytest.mark.parametrize("wrong", ["3", "[print]", "{'a': {}}", "{'a': {'b': 3}}", "{'a': {' ': print}}", "{3}"])
def test_wrong_sweep_is_said(tmp_path, wrong):
    path = tmp_path / "demo.py"
    path.write_text(f"import modelapp as ma\nma.app('Demo', sweep={wrong})\n")
    with pytest.raises(ma.ModelAppError, match="functions by input and name are expected"):
        ma.load(path)()


def test_runs_that_share_calls_of_the_model_find_the_same(tmp_path):
    path = tmp_path / "demo.py"
    path.write_text(
        textwrap.dedent("""
        import modelapp as ma
        import torch
        @ma.cache
        def network():
            torch.manual_seed(0)
            return torch.nn.Sequential(torch.nn.Conv2d(3, 2, 8), torch.nn.Flatten())
        scan = ma.image_input(size=(8, 8))
        ma.label_output(ma.predict(network(), scan, labels=["a", "b"]))
    """)
    )
    model = ma.load(path)
    noise = np.random.default_rng(2).integers(0, 256, (8, 8, 3), np.uint8)

    def rows(*, shared):
        base, _ = model.call({"scan": noise}, {}, "explain")
        assert not base.stackable  # on a processor it is not worth it
        base.stackable = shared
        sweeping = Sweep(model.version, base)
        list(sweeping.steps())
        return sweeping.rows

    alone, shared = rows(shared=False), rows(shared=True)
    assert [(row.variation, row.now, row.fault) for row in alone] == [
        (row.variation, row.now, row.fault) for row in shared
    ]
    assert [row.distance for row in shared] == pytest.approx([row.distance for row in alone], abs=1e-5)
