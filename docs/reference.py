"""Writes `reference.md`: the public names of modelapp, from their docstrings.

Run `python docs/reference.py` after changing a docstring; a test fails when the page is out of date. The page's order
is the one of `GROUPS`, and a public name that is in no group is an error.
"""

import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import modelapp as ma

TARGET = Path(__file__).with_name("reference.md")
LINE = 100
HEAD = """\
# Reference

Made from the docstrings by `make docs`: do not edit. The manual's other pages explain how the parts work together;
[index.md](index.md) lists them.
"""
GROUPS = {
    "Inputs": """text_input number_input slider_input choice_input checkbox_input date_input image_input audio_input
        Audio video_input Frames row_input table_input file_input button inputs""",
    "Outputs": """output label_output text_output number_output image_output audio_output video_output
        highlight_output saliency_output table_output plot_output json_output file_output markdown""",
    "The page": "app section columns tabs progress status error",
    "The run": "stop rerun once state context",
    "Models": "cache predict Interface run",
    "The script as a function": "load Model Result RunFailed connect RemoteModel RemoteResult bulk",
    "For those who write widgets": "Input Output",
    "Errors": "ModelAppError ScriptError InvalidValue",
}
SECTIONS = ("Args", "Attributes", "Returns", "Raises", "Example")


def render() -> str:
    """Return the whole page.

    Raises:
        ValueError: If a public name is in no group, or a group has a name that is not public.
    """
    grouped = [name for names in GROUPS.values() for name in names.split()]
    if sorted(grouped) != sorted(ma.__all__):
        odd = sorted(set(grouped) ^ set(ma.__all__))
        raise ValueError(f"GROUPS of {Path(__file__).name} and modelapp.__all__ differ: {', '.join(odd)}.")
    parts = [HEAD]
    for title, names in GROUPS.items():
        links = ", ".join(f"[{name}](#{name.lower()})" for name in names.split())
        parts.append(f"{title}: {links}\n")
    for title, names in GROUPS.items():
        parts.append(f"## {title}\n")
        parts += [entry(name, getattr(ma, name)) for name in names.split()]
    return "\n".join(parts)


def entry(name: str, value: Any) -> str:
    """Return the section of one name."""
    documented = value if inspect.isroutine(value) or isinstance(value, type) else type(value)
    lines = [f"### {name}\n"]
    if inspect.isroutine(value) or (isinstance(value, type) and not issubclass(value, Exception)):
        lines.append(f"```text\n{signature(name, value)}\n```\n")
    lines.append(body(documented))
    if not isinstance(value, type) or not issubclass(value, Exception):
        lines += [member(name, part) for part in members(documented)]
    return "\n".join(lines)


def member(name: str, part: tuple[str, Any]) -> str:
    """Return the section of one method or property."""
    called, value = part
    head = f"#### {name}.{called}\n"
    if isinstance(value, property):
        return f"{head}\n{body(value.fget)}"
    return f"{head}\n```text\n{signature(called, value)}\n```\n\n{body(value)}"


def members(documented: type | Any) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class, those that it has from others of ours too."""
    if not isinstance(documented, type):
        return
    extended = documented.__name__ in ("Input", "Output")  # whoever extends them needs what they have from their bases
    told: set[str] = set()
    for owner in documented.__mro__ if extended else (documented,):
        for name, value in vars(owner).items() if owner.__module__.startswith("modelapp.") else ():
            found = value.__func__ if extended and isinstance(value, classmethod) else value
            if name in told or name.startswith("_") or not (inspect.isfunction(found) or isinstance(found, property)):
                continue
            told.add(name)
            yield name, found


def signature(name: str, value: Any) -> str:
    """Return a call with its parameters and defaults, over several lines if it is long."""
    parameters = list(inspect.signature(value).parameters.values())
    words: list[str] = []
    starred = False
    for parameter in parameters:
        if parameter.name in ("self", "cls"):
            continue
        if parameter.kind is parameter.KEYWORD_ONLY and not starred:
            words.append("*")
            starred = True
        starred = starred or parameter.kind is parameter.VAR_POSITIONAL
        prefix = {parameter.VAR_POSITIONAL: "*", parameter.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        default = "" if parameter.default is parameter.empty else f"={parameter.default!r}"
        words.append(f"{prefix}{parameter.name}{default}")
    line = f"{name}({', '.join(words)})"
    if len(line) <= LINE:
        return line
    return f"{name}(\n{textwrap.fill(', '.join(words), LINE, initial_indent='    ', subsequent_indent='    ')}\n)"


def body(documented: Any) -> str:
    """Return a docstring as Markdown."""
    text = inspect.cleandoc(documented.__doc__ or "")
    parts = re.split(rf"^({'|'.join(SECTIONS)}):\n", text, flags=re.MULTILINE)
    lines = [parts[0].strip() + "\n"]
    for title, content in zip(parts[1::2], parts[2::2], strict=True):
        content = textwrap.dedent(content).strip("\n")
        if title == "Example":
            lines.append(f"```python\n{example(content)}\n```\n")
        elif title == "Returns":
            lines.append(f"**Returns** {' '.join(content.split())}\n")
        else:
            lines.append({"Args": "**Parameters**", "Raises": "**Raises**"}.get(title, f"**{title}**") + "\n")
            lines += [f"- {item}" for item in items(content)]
            lines.append("")
    return "\n".join(lines)


def items(content: str) -> Iterator[str]:
    """Yield the entries of a section as list items: the name as code, then what is said of it."""
    for item in re.split(r"\n(?=\S)", content):
        name, _, words = item.partition(":")
        yield f"`{name.strip()}`: {' '.join(words.split())}"


def example(content: str) -> str:
    """Return a docstring's example without its prompts."""
    return "\n".join(line[4:] for line in content.splitlines() if line.startswith((">>> ", "... ", "...")))


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
