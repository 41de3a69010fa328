"""How a sentence feels, by the VADER lexicon."""

import modelapp as ma
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

ma.app("Sentiment", "The lexicon of VADER (Hutto and Gilbert, 2014). Change a word and see what it weighs.")

load = ma.cache(SentimentIntensityAnalyzer)

sentence = ma.text_input(
    value="The food was great but the service was terrible!",
    lines=3,
    max_chars=2000,
    examples=[
        "The food was great but the service was terrible!",
        "I am not sure that I like it.",
        "Best day EVER :)",
        "It was not bad at all.",
    ],
)
scores = load().polarity_scores(sentence)
ma.label_output(
    {"negative": scores["neg"], "neutral": scores["neu"], "positive": scores["pos"]}, label="Share of words"
)
ma.number_output(scores["compound"], label="Compound", unit="from -1 to 1")
