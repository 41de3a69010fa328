"""What a type checker must know about the inputs' return types. Checked by mypy, never run."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import modelapp as ma

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    assert_type(ma.number_input(), int)
    assert_type(ma.number_input("Dose", 2.5), float)
    assert_type(ma.number_input(value=None, min=0.0), float)
    assert_type(ma.number_input(required=False), int | None)
    assert_type(ma.number_input(value=2.5, required=False), float | None)
    assert_type(ma.slider_input(), int)
    assert_type(ma.slider_input("P", 0.0, 1.0), float)
    assert_type(ma.slider_input("Ages", 0, 120, (18, 65)), tuple[int, int])
    assert_type(ma.slider_input(min=0, max=1, value=(0.1, 0.2)), tuple[float, float])
    assert_type(ma.choice_input(options=["a", "b"]), str)
    assert_type(ma.choice_input("Seat", {"Stalls": 40}), int)
    assert_type(ma.choice_input("Seat", {"Stalls": 40}, multiple=True), list[int])
    assert_type(ma.choice_input("N", [1, 2], required=False), int | None)
    assert_type(ma.image_input(), Image)
    assert_type(ma.image_input(type="numpy"), np.ndarray[Any, np.dtype[np.uint8]])
    assert_type(ma.image_input(type="path", required=False), Path | None)
    assert_type(ma.audio_input(), ma.Audio)
    assert_type(ma.audio_input(type="path"), Path)
    assert_type(ma.audio_input(required=False), ma.Audio | None)
    assert_type(ma.audio_input().samples, np.ndarray[Any, np.dtype[np.float32]])
    assert_type(ma.video_input(), Path)
    assert_type(ma.video_input(type="frames"), ma.Frames)
    assert_type(ma.video_input(required=False), Path | None)
    assert_type(ma.video_input(type="frames", required=False), ma.Frames | None)
    assert_type(ma.video_input(type="frames")[0], np.ndarray[Any, np.dtype[np.uint8]])
    assert_type(ma.video_input(type="frames")[::2], ma.Frames)
    assert_type(ma.file_input(), Path)
    assert_type(ma.file_input(multiple=True), list[Path])
    assert_type(ma.date_input(), date)
    assert_type(ma.date_input(required=False), date | None)
    assert_type(ma.checkbox_input(), bool)
    assert_type(ma.text_input(), str)
    assert_type(ma.button("Go"), bool)
    assert_type(list(ma.progress([1, 2])), list[int])
