"""`python -m modelapp.server.gallery.first_answer SCRIPT FOLDER`: the answer that a script begins with, for its card.

It runs in a process of its own: whatever the script does, loads or breaks ends with it. Prints what it found as JSON on
the last line of the standard output, and writes the picture into the folder.
"""

import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from modelapp.core.context import RunContext
from modelapp.core.declared import Given
from modelapp.script.failure import as_text
from modelapp.script.run import Script, execute
from modelapp.session.blobs import FileBlobs, SessionBlobs
from modelapp.session.case import Case, answer_in_words, answer_of, one_line

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_SIZE = (640, 400)


def first_answer(path: Path, picture: Path) -> dict[str, Any] | str:
    """Run a script as a page would that has just opened.

    Args:
        path: The script.
        picture: Where a small picture goes, if the answer has one.

    Returns:
        What to show, or how it failed.
    """
    script = Script(path)
    script.install()
    if script.version is None:
        assert script.failure is not None
        return as_text(script.failure)
    with tempfile.TemporaryDirectory(prefix="modelapp-", ignore_cleanup_errors=True) as folder:
        blobs = SessionBlobs(FileBlobs(Path(folder)), set())
        run = RunContext(Given({}, {}), blobs, {}, script.version.variable_at)
        outcome = execute(script.version, run)
        if outcome.failure is not None:
            return as_text(outcome.failure)
        case = Case(run, "")
        outputs = case.outputs(blobs)
        label = next((one for one in outputs.values() if isinstance(one, dict) and "confidences" in one), None)
        found: dict[str, Any] = {"answer": answer_in_words(outputs), "share": None, "picture": False}
        answer = answer_of(outputs)
        if isinstance(answer, int | float):
            found["name"] = next(name for name, one in outputs.items() if one is answer).replace("_", " ").capitalize()
        if label is not None:
            confidences: Any = label["confidences"]
            share = confidences.get(label["label"]) if isinstance(confidences, dict) else None
            found["share"] = share if isinstance(share, int | float) else None
        elif found["answer"] is None and outcome.waiting_for:
            names = [run.inputs[name].input.label or name for name in outcome.waiting_for if name in run.inputs]
            found["waits"] = one_line(", ".join(names))
        shown = _picture(outputs, blobs) or case.picture(blobs)
        if shown is not None:
            _write(shown, picture)
            found["picture"] = True
    return found


def _picture(outputs: dict[str, Any], blobs: SessionBlobs) -> bytes | None:
    for output in outputs.values():
        if isinstance(output, dict) and str(output.get("name", "")).lower().endswith(_PICTURES) and "blob" in output:
            return blobs.path(output["blob"]).read_bytes()
    return None


def _write(content: bytes, picture: Path) -> None:
    from PIL import Image  # a script without pictures does without

    with Image.open(io.BytesIO(content)) as image:
        image.thumbnail(_SIZE)
        image.convert("RGBA" if image.mode in ("RGBA", "LA", "P") else "RGB").save(picture, "PNG")


def main() -> None:
    """Do it for the arguments of the command line."""
    if hasattr(os, "nice"):
        os.nice(10)  # who uses the gallery comes first
    found = first_answer(Path(sys.argv[1]), Path(sys.argv[2]))
    if isinstance(found, str):
        print(found, file=sys.stderr)
        sys.stderr.flush()
        os._exit(1)
    print(f"\n{json.dumps(found)}", flush=True)
    os._exit(0)  # threads that the script has left do not hold it up


if __name__ == "__main__":
    main()
