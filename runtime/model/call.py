"""One call of a script from the command line: texts in, JSON and files out."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
from modelapp.core.declared import FromText
from modelapp.core.errors import EnvironmentFault, InvalidValue, RunFailed
from modelapp.core.protocol import Json
from modelapp.model.engines.choice import THREADS, EngineChoice, engine_of
from modelapp.model.engines.threads import Case
from modelapp.model.headless import Model
from modelapp.model.result import with_files

_CHARACTERS_PRINTED = 500


def call_from_texts(
    path: Path, values: Iterable[str], edits: str | None, folder: Path | None, engine: EngineChoice = THREADS
) -> dict[str, Any]:
    """Run a script once.

    Args:
        path: The script.
        values: "name=value" for each input that is passed.
        edits: JSON object of input name to list of edits, or None.
        folder: Where files go that outputs are made of; None leaves them out.
        engine: What runs it.

    Returns:
        {"outputs": {name: JSON}, "seconds": how long the script ran}.

    Raises:
        InvalidValue: If a text is no "name=value", `edits` is no such object, or an input does not accept its value.
        RunFailed: If the script fails, or its replica is lost.
        EnvironmentFault: If a file cannot be written, or there is no such engine.
    """
    inputs, edited = passed_from_texts(values), edits_from_text(edits)

    def keep(name: str, content: bytes | Path) -> Json:
        if folder is None:
            return {"file": None, "size_bytes": content.stat().st_size if isinstance(content, Path) else len(content)}
        target = folder / name
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                shutil.copyfile(content, target)
            else:
                target.write_bytes(content)
        except OSError as fault:
            raise EnvironmentFault(f"{str(target)!r} cannot be written: {fault.strerror or fault}.") from fault
        return {"file": str(target), "size_bytes": target.stat().st_size}

    if engine.is_default:
        result = Model(path)(edits=edited, **inputs)
        return {"outputs": result.portable(keep), "seconds": round(result.seconds, 6)}
    with closing(engine_of(engine, path)) as runs:
        (answer,) = runs.run([Case(0, inputs, edited or {})])
    if answer.fault is not None:
        refused = answer.fault.input is not None or answer.fault.type in ("UnknownInput", "MissingInput", "WrongInput")
        raise (InvalidValue if refused else RunFailed)(answer.fault.message if refused else str(answer.fault))
    kept = {name: keep(name, content) for name, content in answer.files.items()}
    outputs = {name: with_files(value, kept) for name, value in answer.outputs.items()}
    return {"outputs": outputs, "seconds": round(answer.seconds, 6)}


def passed_from_texts(values: Iterable[str]) -> dict[str, FromText]:
    """Return inputs by name, from "name=value" for each.

    Raises:
        InvalidValue: If a text is no "name=value".
    """
    passed = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidValue(f"{text!r} is no input: NAME=VALUE is expected.", hint="For example age=63.")
        passed[name] = FromText(value)
    return passed


def printed(value: Json) -> str:
    """Return an output as a line for a person."""
    if isinstance(value, dict) and value.keys() == {"file", "size_bytes"}:
        if value["file"] is None:
            return f"a file of {value['size_bytes']:,} bytes (pass --out DIR to keep it)"
        return str(value["file"])
    if isinstance(value, dict) and value.keys() == {"label", "confidences"}:
        best = sorted(value["confidences"].items(), key=lambda pair: -pair[1])[:3]
        others = ", ".join(f"{name} {confidence:.2f}" for name, confidence in best)
        return f"{value['label']}" + (f" ({others})" if others else "")
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= _CHARACTERS_PRINTED else text[: _CHARACTERS_PRINTED - 1] + "…"


def edits_from_text(text: str | None) -> dict[str, list[Json]] | None:
    """Return the edits of `--edits` by input name.

    Raises:
        InvalidValue: If it is no such JSON.
    """
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=dict[str, list[Any]])
    except (msgspec.DecodeError, msgspec.ValidationError) as problem:
        raise InvalidValue(
            f"--edits is no JSON object of input name to list of edits: {problem}.",
            hint='For example --edits \'{"image": [{"op": "flip", "axis": "horizontal"}]}\'.',
        ) from None
