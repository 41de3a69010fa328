"""Two cases side by side: what went in, what came out, and in what they differ. Pure."""

from collections.abc import Mapping, Sequence
from pathlib import PurePath

from modelapp.core.output import Output
from modelapp.core.protocol import CaseAside, CaseOutput, CaseRow, ComparedCases, Json
from modelapp.session.history import KeptCase

_MOST_BARS = 3
_LONGEST_TEXT = 400
_SHOWN = {".png", ".jpg", ".jpeg", ".webp", ".gif"}


def compared(
    pair: Sequence[KeptCase],
    rows: Sequence[CaseRow],
    at_hand: Mapping[str, Mapping[str, Output]],
    visible: set[str],
) -> ComparedCases:
    """Return two cases beside each other.

    Args:
        pair: The cases.
        rows: The same, as the list shows them.
        at_hand: Outputs that are still in memory, by the id of their case.
        visible: Blobs that the reader may see.
    """
    first, second = pair
    labels = {one.name: one.label for row in rows for one in row.inputs}
    names = dict.fromkeys([*first.inputs, *second.inputs])
    changed = [labels.get(name, name) for name in names if first.inputs.get(name) != second.inputs.get(name)]
    sides = (
        CaseAside(row, tuple(output(name, value, visible) for name, value in case.outputs.items()))
        for row, case in zip(rows, pair, strict=True)
    )
    changes = _changes(at_hand.get(first.id, {}), at_hand.get(second.id, {}))
    return ComparedCases(tuple(sides), tuple(changed), tuple(changes))


def output(name: str, value: Json, visible: set[str]) -> CaseOutput:
    """Return an output of a case for a reader."""
    if isinstance(value, dict) and "blob" in value and isinstance(value.get("name"), str):
        shown = value["blob"] in visible and PurePath(value["name"]).suffix.lower() in _SHOWN
        return CaseOutput(name, value["name"], value["blob"] if shown else None)
    text = _text(value)
    return CaseOutput(name, text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…")


def _text(value: Json) -> str:
    if isinstance(value, dict) and value.keys() == {"label", "confidences"}:
        confidences = value["confidences"]
        if not isinstance(confidences, dict) or not confidences:
            return str(value["label"])
        best = sorted(confidences.items(), key=lambda item: -item[1])[:_MOST_BARS]
        return ", ".join(f"{label} {confidence:.2f}" for label, confidence in best)
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    return "–" if value is None else str(value)


def _changes(first: Mapping[str, Output], second: Mapping[str, Output]) -> list[str]:
    """Return how outputs differ, a line for each that can say it."""
    lines = []
    for name, after in second.items():
        before = first.get(name)
        if before is None or type(before) is not type(after):
            continue
        try:
            text = after.change_from(before)
        except Exception:  # what the script passed may do anything when it is looked at
            continue
        if text is not None:
            lines.append(text)
    return lines
