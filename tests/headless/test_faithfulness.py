"""How far a map can be believed: a right one, one that was shuffled, one that is upside down."""

import random
import textwrap

import modelapp as ma
import pytest
from modelapp.core.protocol import Explanation, Faithfulness, Weight
from modelapp.model.explain.deletion import Deletion
from modelapp.model.explain.occlusion import Occlusion
from modelapp.model.explain.probe import Probe
from modelapp.model.explain.subjects import subjects
from modelapp.model.explain.telling import trusted
from test_occlusion import SIDE, looks, noise_with

BOX = (30, 50, 52, 72)
FLAT = """
    import modelapp as ma
    scan = ma.image_input()
    ma.number_output(4)
"""
TWO = """
    import modelapp as ma
    text = ma.text_input()
    ma.number_output(2.0 * ("good" in text.split()))
"""


@pytest.fixture
def probed(tmp_path):
    """Load a script and make the map of its answer; return what tests it in the order of other values."""

    kept = []

    def load(script, **values):
        path = tmp_path / "demo.py"
        path.write_text(textwrap.dedent(script))
        model = ma.load(path)
        kept.append(model)  # with it go the pictures
        base, _ = model.call(values, {}, "explain")
        probe = Probe(model.version, base)
        (subject,) = subjects(base)
        occlusion = Occlusion(probe, subject, tested=False)
        for _ in occlusion.steps():
            pass
        regions = occlusion.leaves()

        def test(change, orders=3):
            values = change([region.value for region in regions])
            for region, value in zip(regions, values, strict=True):
                region.value = value
            deletion = Deletion(probe, subject, regions, orders=orders)
            for _ in deletion.steps():
                pass
            return deletion.report()

        return test

    return load


def test_right_map_scores_high(probed):
    found = probed(looks(BOX), scan=noise_with(BOX))(lambda values: values)
    assert found.score > 0.9
    assert found.marked[0] == found.random[0] == pytest.approx(1)
    assert found.marked[1] < 0.55 and found.random[1] > 0.85  # what is blurred is still lit
    assert found.shares[0] == 0 and found.shares[-1] == 1
    assert found.marked[-1] == found.random[-1]  # all is hidden


def test_shuffled_map_scores_about_nothing(probed):
    test = probed(looks(BOX), scan=noise_with(BOX))
    scores = []
    for seed in range(8):
        rule = random.Random(seed)
        scores.append(test(lambda values, rule=rule: rule.sample(values, len(values)), orders=8).score)
    assert abs(sum(scores) / len(scores)) < 0.2


def test_inverted_map_scores_below_nothing(probed):
    found = probed(looks(BOX), scan=noise_with(BOX))(lambda values: [-value for value in values])
    assert found.score < -0.5
    assert found.marked[1] == pytest.approx(1, abs=0.01)


def test_answer_that_rests_on_nothing_has_no_score(probed):
    found = probed(FLAT, scan=noise_with(BOX))(lambda values: values)
    assert found.score is None
    assert set(found.marked) == {4}


def test_required_text_that_is_empty_has_no_answer_and_does_not_count(probed):
    found = probed(TWO, text="this was a good film")(lambda values: values)
    assert found.score == pytest.approx(1)
    assert found.shares == pytest.approx((0, 0.2, 0.4, 0.6, 0.8))
    assert found.marked == (2, 0, 0, 0, 0)


def test_it_takes_few_runs(tmp_path):
    (tmp_path / "demo.py").write_text(textwrap.dedent(looks(BOX)))
    model = ma.load(tmp_path / "demo.py")
    base, _ = model.call({"scan": noise_with(BOX)}, {}, "explain")
    probe = Probe(model.version, base)
    occlusion = Occlusion(probe, subjects(base)[0])
    for _ in occlusion.steps():
        pass
    report = occlusion.report()
    assert report.runs == probe.runs < 98 + 192 + 80
    assert report.faithfulness.score > 0.9
    assert max(report.peak) * SIDE < 72


def test_map_that_is_no_better_than_chance_is_said_so():
    tested = Faithfulness(0.03, (0, 0.1, 1), (0.9, 0.88, 0.1), (0.9, 0.87, 0.1))
    whole = Weight((0, 0, 1, 1), 0.1, "scan")
    found = Explanation("picture", "m", ("scan",), "Scan", "label", "cat", 0.9, (whole,), 4, tested)
    assert trusted(found) == (
        "This map is no better than chance (faithfulness 0.03): do not rely on it. Hiding the 10 % that it marks most "
        "takes the answer from 0.90 to 0.88; as much at random, to 0.87."
    )
