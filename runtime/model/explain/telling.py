"""A map for a terminal: shades of a picture, marks under a sound, words and columns with their weights."""

from itertools import groupby

from modelapp.core.protocol import Explanation, Weight

UNFAITHFUL = 0.1
"""Below this score a map is no better than chance."""
_SHADES = "·░▒▓█"
_BAR = 20
_LONGEST = 30


def lines_of(found: Explanation) -> list[str]:
    """Return a map, what it says, how it was made, and how far it can be believed."""
    told = _told(found)
    if all(each.weight == 0 for each in found.weights):
        return [f"Nothing of {found.label} that is hidden changes {told} ({found.runs} runs)."]
    drawn = {"picture": _picture, "sound": _sound, "words": _words, "columns": _columns}[found.kind](found)
    trust = trusted(found)
    return [*drawn, "", *([trust] if trust else []), f"{found.method}; {found.runs} runs."]


def trusted(found: Explanation) -> str | None:
    """Return how far the map can be believed, in a sentence or two; None if that was not measured."""
    tested = found.faithfulness
    if tested is None:
        return None
    if tested.score is None:
        return "Hiding all of it changes too little to tell whether the map is right."
    curve = (
        f"Hiding {_first(found)} takes the answer from {found.before:.2f} to {tested.marked[1]:.2f}; "
        f"as much at random, to {tested.random[1]:.2f}."
    )
    if tested.score < UNFAITHFUL:
        return f"This map is no better than chance (faithfulness {tested.score:.2f}): do not rely on it. {curve}"
    return f"Faithfulness {tested.score:.2f} of 1. {curve}"


def _first(found: Explanation) -> str:
    tested = found.faithfulness
    assert tested is not None
    if found.kind == "columns":
        return "the one that speaks most for it" if tested.first == 1 else f"the {tested.first} that speak most for it"
    return f"the {100 * tested.shares[1]:.0f} % that it marks most"


def _picture(found: Explanation) -> list[str]:
    assert found.values is not None and found.peak is not None
    most = max(map(max, found.values))
    rows = ["".join(_shade(value / most) * 2 if most > 0 else _SHADES[0] * 2 for value in row) for row in found.values]
    x, y = (round(100 * place) for place in found.peak)
    rests = f"{_told(found)} rests most on what is {x} % from the left and {y} % from the top of {found.label}."
    return [*rows, "", rests if most > 0 else f"No part of {found.label} takes away from {_told(found)} when hidden."]


def _sound(found: Explanation) -> list[str]:
    densities = [(each, each.weight / (each.at[1] - each.at[0])) for each in found.weights]
    most = max((density for _, density in densities), default=0.0)
    finest = min(each.at[1] - each.at[0] for each in found.weights)
    shades = "".join(
        _shade(density / most if most > 0 else 0) * round((each.at[1] - each.at[0]) / finest)
        for each, density in densities
    )
    best = max(densities, key=lambda pair: pair[1])[0]
    end = found.weights[-1].at[1]
    scale = "0 s" + f"{end:.2f} s".rjust(max(0, len(shades) - 3))
    return [shades, scale, "", f"{_told(found)} rests most on {best.at[0]:.2f} to {best.at[1]:.2f} s of {found.label}."]


def _words(found: Explanation) -> list[str]:
    """Words of one stretch that was not divided have one weight, and stand on one line in the text's order."""
    rows = [(" ".join(each.name for each in group), weight) for weight, group in _stretches(found.weights)]
    return _bars(rows)


def _stretches(weights: tuple[Weight, ...]) -> list[tuple[float, list[Weight]]]:
    if len(weights) <= 40:
        return [(each.weight, [each]) for each in weights]
    return [(weight, list(group)) for weight, group in groupby(weights, key=lambda each: each.weight)]


def _columns(found: Explanation) -> list[str]:
    rows = sorted(found.weights, key=lambda each: -abs(each.weight))
    return _bars([(f"{each.name} = {each.value}", each.weight) for each in rows])


def _bars(rows: list[tuple[str, float]]) -> list[str]:
    most = max(abs(weight) for _, weight in rows)
    texts = [text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…" for text, _ in rows]
    width = max(map(len, texts))
    bars = [("█" if weight > 0 else "░") * round(_BAR * abs(weight) / most) for _, weight in rows]
    return [
        f"{text.ljust(width)}  {weight:+.3f}  {bar}".rstrip()
        for text, (_, weight), bar in zip(texts, rows, bars, strict=True)
    ]


def _told(found: Explanation) -> str:
    return found.answer if found.decision is None else f"“{found.decision}”"


def _shade(share: float) -> str:
    return _SHADES[min(len(_SHADES) - 1, int(max(0.0, share) * len(_SHADES)))]
