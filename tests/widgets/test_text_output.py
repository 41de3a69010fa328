import modelapp as ma
import pytest
from modelapp.core.errors import ScriptError, Stopped


def test_text_is_shown_and_returned(page):
    assert page.run(lambda: ma.text_output("Hello\nAda")) == "Hello\nAda"
    assert page.props("output.text").text == "Hello\nAda"
    assert page.result("text") == "Hello\nAda"


def test_other_values_are_shown_as_their_text(page):
    page.run(lambda: ma.text_output([1, 2]))
    assert page.props("output.text").text == "[1, 2]"


def test_iterator_is_shown_as_it_comes_and_returned_whole(page):
    seen = []

    def pieces():
        for word in ("one ", "two ", "three"):
            yield word
            seen.append((page.props("output.text").text, page.props("output.text").streaming))

    assert page.run(lambda: ma.text_output(pieces())) == "one two three"
    assert seen == [("one ", True), ("one two ", True), ("one two three", True)]
    assert not page.props("output.text").streaming
    assert page.result("text") == "one two three"


def test_text_no_longer_streams_when_its_iterator_stops_the_run(page):
    def pieces():
        yield "so far"
        ma.stop()

    with pytest.raises(Stopped):
        page.run(lambda: ma.text_output(pieces()))
    assert (page.props("output.text").text, page.props("output.text").streaming) == ("so far", False)


def test_iterator_of_other_things_is_the_scripts_fault(page):
    with pytest.raises(ScriptError, match="yielded 5") as caught:
        page.run(lambda: ma.text_output(iter(["a", 5])))
    assert "str(piece)" in caught.value.hint


def test_outputs_are_named_by_label_key_or_kind(page):
    def script():
        ma.text_output("a")
        ma.text_output("b")
        ma.text_output("c", label="The verdict")
        ma.text_output("d", key="own")

    page.run(script)
    assert page.ids == ["output.text", "output.text_2", "output.the_verdict", "output.own"]
    assert page.props("output.the_verdict").label == "The verdict"
