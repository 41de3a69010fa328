"""How a sentence feels, by a lexicon whose answers are known."""

import pytest
from answers import label, shown
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def test_first_sentence_has_its_published_score(example):
    user = example("sentiment.py")
    assert user.values["sentence"] == "The food was great but the service was terrible!"
    (compound,) = shown(user, "number_output")
    assert compound.text == "−0.4389"


def test_every_example_shows_what_the_lexicon_says(example):
    user = example("sentiment.py")
    lexicon = SentimentIntensityAnalyzer()
    for one in user.elements["sentence"].props.examples:
        user.set(sentence=one.value)
        user.settle()
        scores = lexicon.polarity_scores(one.value)
        confidences = label(user)[1]
        assert confidences["negative"] == pytest.approx(scores["neg"])
        assert confidences["positive"] == pytest.approx(scores["pos"])


def test_cleared_sentence_is_waited_for(example):
    user = example("sentiment.py")
    user.set(sentence="")
    user.wait(lambda: user.phase == "waiting")
    assert user.phases[-1].waiting_for == ("sentence",)
