"""How texts vary in a robustness sweep: another case, typos by a seed, words left out."""

import random
import re
from collections.abc import Iterator

_SEED = 1
_MOST_WORDS = 12
_TYPOS = 3
_LETTERS = re.compile(r"[^\W\d_]{4,}")


def text_variations(text: str) -> Iterator[tuple[str, str]]:
    """Yield a text in another case, with typos, and without each of some words; each with what was done."""
    yield "in lower case", text.lower()
    yield "in capitals", text.upper()
    yield "without punctuation", re.sub(r"[^\w\s]", "", text)
    yield from _typos(text)
    words = list(re.finditer(r"\S+", text))
    if len(words) > 1:
        # Evenly spread over a long text; all of a short one.
        count = min(len(words), _MOST_WORDS)
        for place in range(count):
            word = words[place * len(words) // count]
            left = (text[: word.start()] + text[word.end() :].lstrip(" ")).strip()
            yield f"without “{_short(word[0])}”", left


def _typos(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text with two neighbouring letters of a word exchanged, in up to three words that a seed picks."""
    words = list(_LETTERS.finditer(text))
    rule = random.Random(_SEED)
    for word in sorted(rule.sample(words, min(_TYPOS, len(words))), key=lambda one: one.start()):
        places = [place for place in range(1, len(word[0]) - 1) if word[0][place] != word[0][place + 1]]
        if places:
            place = rule.choice(places)
            letters = word[0]
            wrong = letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :]
            yield f"typo “{_short(wrong)}”", text[: word.start()] + wrong + text[word.end() :]


def _short(word: str) -> str:
    return word if len(word) <= 24 else word[:23] + "…"
