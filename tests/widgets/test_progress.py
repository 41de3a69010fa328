import modelapp as ma
import pytest
from modelapp.core.current import current_run
from modelapp.core.errors import Superseded


def test_progress_yields_every_item_and_ends_complete(page):
    assert page.run(lambda: list(ma.progress("abc", text="Reading"))) == ["a", "b", "c"]
    props = page.props("layout.progress")
    assert (props.text, props.fraction, props.done, props.total) == ("Reading", 1.0, 3, 3)


def test_progress_stands_on_the_page_before_the_first_item_with_or_without_a_total(page):
    page.run(lambda: ma.progress([1, 2]))
    assert (page.props("layout.progress").fraction, page.props("layout.progress").total) == (0.0, 2)
    page.run(lambda: ma.progress(iter([1, 2])))
    assert (page.props("layout.progress").fraction, page.props("layout.progress").total) == (None, None)
    page.run(lambda: ma.progress(iter([1, 2]), total=2))
    assert page.props("layout.progress").total == 2


def test_progress_over_nothing_is_complete(page):
    assert page.run(lambda: list(ma.progress([]))) == []
    assert page.props("layout.progress").fraction == 1.0


def test_run_ends_at_the_next_step_when_it_is_superseded(page):
    steps = []

    def script():
        for step in ma.progress(range(10)):
            steps.append(step)
            if step == 2:
                current_run().superseded = True

    with pytest.raises(Superseded):
        page.run(script)
    assert steps == [0, 1, 2]


def test_status_and_error_are_messages(page):
    def script():
        ma.status("Loaded.")
        ma.error("No face.")

    page.run(script)
    messages = [(page.props(identity).level, page.props(identity).text) for identity in page.ids]
    assert messages == [("status", "Loaded."), ("error", "No face.")]
