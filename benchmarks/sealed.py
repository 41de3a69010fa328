"""What encryption from end to end costs: the same script through the same relay, sealed and in plain."""

import statistics
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import modelapp as ma
import numpy as np
from PIL import Image

from benchmarks.relay import ended, line_of

SCRIPT = """
import modelapp as ma
n = ma.number_input(value=1)
scan = ma.image_input(required=False)
ma.number_output(n + 1, label="Next")
ma.text_output(f"{scan.size}" if scan else "none")
"""
_CALLS = 200
_UPLOADS = 5


def sealed(folder: Path) -> list[tuple[str, str, str]]:
    """Time of a small call, and of one with a picture of 36 MB, by `connect` through a relay."""
    picture = folder / "noise.png"
    noise = np.random.default_rng(0).integers(0, 256, (3000, 4000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(picture, compress_level=1)
    with ExitStack() as stack:
        command = [sys.executable, "-m", "modelapp", "relay", "--host", "127.0.0.1", "--port", "0"]
        relay = stack.enter_context(ended([*command, "--folder", str(folder / "relay")], folder, folder))
        assert relay.stdout is not None
        to = line_of(relay.stdout, r"--share \S+:(\d+) --share-key (\S+)")
        models = []
        for name, options in (("plain", ["--share-plain"]), ("sealed", [])):
            (folder / f"{name}.py").write_text(SCRIPT)
            command = [sys.executable, "-m", "modelapp", "run", f"{name}.py", "--no-open", "--no-check", "--port", "0"]
            command += ["--share", f"127.0.0.1:{to[1]}", "--share-key", to[2], *options]
            process = stack.enter_context(ended(command, folder, folder))
            assert process.stdout is not None
            models.append(ma.connect(line_of(process.stdout, r"public\s+(http\S+)")[1]))
        calls: list[list[float]] = [[], []]
        uploads: list[list[float]] = [[], []]
        for index in range(_CALLS + _UPLOADS):
            for model, called, uploaded in zip(models, calls, uploads, strict=True):
                large = index >= _CALLS
                start = time.perf_counter()
                model(n=index, **({"scan": picture} if large else {}))
                (uploaded if large else called).append(time.perf_counter() - start)
    (plain, call), (slow, upload) = ([statistics.median(one) for one in both] for both in (calls, uploads))
    size = picture.stat().st_size / 1e6
    return [
        ("a call through a relay, sealed", f"{call * 1e3:.2f} ms", f"{call / plain:.2f} x plain"),
        (f"the same with {size:.0f} MB, sealed", f"{upload:.2f} s", f"{upload / slow:.2f} x plain"),
    ]
