"""A report as a table for a terminal."""

from collections.abc import Iterable, Sequence

from modelapp.model.bulk.report import Classification, Regression, Report

_MOST_CLASSES = 20
_BAR = 20
_LONGEST_NAME = 32


def as_text(report: Report) -> str:
    """Return a report as lines for a person."""
    lines = [
        f"{report.done:,} of {report.cases:,} cases in {report.seconds:.3g} s of the script, {report.failed:,} failed"
    ]
    lines += [f"  {count:,} x {kind}" for kind, count in report.errors.items()]
    if report.classification is not None:
        lines += ["", *_classification(report.classification)]
    if report.regression is not None:
        lines += ["", *_regression(report.regression)]
    if report.truth is not None and report.without_truth:
        lines.append(f"{report.without_truth:,} cases have no truth in {report.truth!r}.")
    return "\n".join([*lines, *([""] if report.notes else []), *report.notes])


def _classification(figures: Classification) -> list[str]:
    facts = [("accuracy", figures.accuracy), ("macro F1", figures.macro_f1), ("AUC", figures.auc)]
    if figures.calibration is not None:
        facts += [("calibration error (ECE)", figures.calibration.ece), ("Brier score", figures.calibration.brier)]
    lines = [f"{figures.output}, {figures.n:,} cases with a truth", *_aligned(_facts(facts))]
    if figures.unanswered:
        lines.append(f"  {figures.unanswered:,} got no label, and count as wrong")
    shown = sorted(figures.classes, key=lambda one: -one.count)[:_MOST_CLASSES]
    rows = [("class", "cases", "precision", "recall", "F1", "AUC")]
    rows += [
        (_short(one.name), f"{one.count:,}", _share(one.precision), _share(one.recall), _share(one.f1), _share(one.auc))
        for one in shown
    ]
    lines += ["", *_aligned(rows)]
    if len(shown) < len(figures.classes):
        return [*lines, f"  and {len(figures.classes) - len(shown)} more classes (--json has all)"]
    names = [_short(one.name) for one in figures.classes]
    matrix = [("true \\ answered", *names)]
    matrix += [(name, *map(str, row)) for name, row in zip(names, figures.confusion, strict=True)]
    lines += ["", *_aligned(matrix)]
    if figures.calibration is not None:
        lines += ["", "  confidence    cases   right"]
        for one in figures.calibration.bins:
            if one.accuracy is not None:
                bar = "#" * round(one.accuracy * _BAR)
                lines.append(f"  {one.low:.1f} to {one.high:.1f} {one.count:>8,}   {one.accuracy:.3f}  {bar}")
    return lines


def _regression(figures: Regression) -> list[str]:
    facts = [("mean absolute error", figures.mae), ("root mean squared error", figures.rmse), ("R2", figures.r2)]
    return [f"{figures.output}, {figures.n:,} cases with a truth", *_aligned(_facts(facts))]


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _facts(facts: Iterable[tuple[str, float | None]]) -> list[tuple[str, str]]:
    return [(name, f"{value:.4g}" if value is not None else "-") for name, value in facts]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
