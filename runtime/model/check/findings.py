"""What `modelapp check` finds: plain records, and how they read on a terminal."""

from collections.abc import Iterable
from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]
_RANK = {"error": 0, "warning": 1, "note": 2}


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing about a script that its author should know.

    Attributes:
        severity: "error" if visitors will meet it, "warning" if the answer or the speed may suffer, "note" else.
        kind: What was looked for, such as "fails" or "not a number"; one word for all findings of that kind.
        message: What is wrong, naming the thing.
        fix: What to do about it.
        file: Name of the file, relative to the script's folder.
        line: Line in it, from 1; 0 if there is none to point at.
        case: What the inputs were when it happened; "" if that does not matter.
    """

    severity: Severity
    kind: str
    message: str
    fix: str
    file: str
    line: int = 0
    case: str = ""


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """All that a check found, errors first, each in the order of the lines.

    Attributes:
        script: Name of the script.
        runs: How often it was run.
        seconds: How long that took.
        skipped: How many cases were left out because the check took too long.
    """

    script: str
    findings: tuple[Finding, ...]
    runs: int
    seconds: float
    skipped: int = 0

    @property
    def failed(self) -> bool:
        """True if there is an error."""
        return any(finding.severity == "error" for finding in self.findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with errors first, each in the order of the lines."""
    return tuple(sorted(findings, key=lambda finding: (_RANK[finding.severity], finding.file, finding.line)))


def as_lines(report: CheckReport) -> list[str]:
    """Return a report as lines for a terminal."""
    lines = []
    for finding in report.findings:
        place = f"{finding.file}:{finding.line}" if finding.line else finding.file
        lines.append(f"{place}: {finding.severity}: {finding.message}")
        if finding.case:
            lines.append(f"    with {finding.case}")
        lines += [f"    {line}" for line in finding.fix.splitlines()]
    return [*lines, summary(report)]


def summary(report: CheckReport) -> str:
    """Return a report as one line."""
    counts = {
        name: sum(finding.severity == name for finding in report.findings) for name in ("error", "warning", "note")
    }
    told = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count]
    runs = f"{report.runs} run{'' if report.runs == 1 else 's'} in {report.seconds:.1f} s"
    rest = f"; {report.skipped} cases were left out for want of time" if report.skipped else ""
    return f"{report.script}: {', '.join(told) or 'nothing to mend'} ({runs}{rest})"
