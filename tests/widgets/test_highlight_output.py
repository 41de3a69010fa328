import modelapp as ma
import numpy as np
import pytest
from modelapp.core.errors import ScriptError


def pieces(page):
    props = page.props("output.highlight")
    return [(piece.text, piece.category, piece.score) for piece in props.pieces]


def test_pieces_are_shown_in_order_with_their_categories(page):
    page.run(lambda: ma.highlight_output([("Ada", "person"), " lives in ", ("London", "place", 0.5), (".", None)]))
    assert pieces(page) == [("Ada", 0, None), (" lives in ", None, None), ("London", 1, 0.5), (".", None, None)]
    assert page.props("output.highlight").categories == ("person", "place")
    assert page.result("highlight") == [
        {"start": 0, "end": 3, "text": "Ada", "category": "person", "score": None},
        {"start": 13, "end": 19, "text": "London", "category": "place", "score": 0.5},
    ]


@pytest.mark.parametrize(
    "spans",
    [
        [(13, 19, "place"), (0, 3, "person", 0.75)],
        [
            {"start": 13, "end": 19, "label": "place"},
            {"start": np.int64(0), "end": 3, "entity": "person", "score": 0.75},
        ],
        [{"start": 0, "end": 3, "entity_group": "person", "score": np.float32(0.75), "word": "Ada"}, [13, 19, "place"]],
    ],
)
def test_spans_of_a_text_are_marked_in_any_order_and_form(page, spans):
    page.run(lambda: ma.highlight_output(spans, text="Ada lives in London."))
    texts = [(text, score) for text, _, score in pieces(page)]
    assert texts == [("Ada", 0.75), (" lives in ", None), ("London", None), (".", None)]


def test_nothing_marked_is_the_plain_text(page):
    page.run(lambda: ma.highlight_output([], text="plain"))
    assert pieces(page) == [("plain", None, None)]
    page.run(lambda: ma.highlight_output([]))
    assert pieces(page) == []


@pytest.mark.parametrize(
    ("spans", "text", "said"),
    [
        ([(0, 5, "a"), (4, 6, "b")], "long enough", "overlap"),
        ([(0, 50, "a")], "short", "5 characters"),
        ([(3, 3, "a")], "short", "not within"),
        ([(-1, 3, "a")], "short", "not within"),
        ([(0.5, 3, "a")], "short", "is no span"),
        ([(0, 3)], "short", "is no span"),
        ([{"start": 0, "end": 3}], "short", "is no span"),
        ([(0, 3, "a", 2)], "short", "not in \\[0, 1\\]"),
        ([(0, 3, "a", float("nan"))], "short", "not in \\[0, 1\\]"),
        ("text", None, "a list"),
        (5, None, "a list"),
        ([5], None, "is no piece"),
        ([("a", "b", "c")], None, "not in \\[0, 1\\]"),
        ([(0, 3, "a")], 5, "the whole text"),
    ],
)
def test_spans_that_cannot_be_marked_are_refused_with_an_example(page, spans, text, said):
    with pytest.raises(ScriptError, match=said) as refused:
        page.run(lambda: ma.highlight_output(spans, text=text))
    assert refused.value.hint
