"""Draw a digit: a random forest that was trained on 8 x 8 pixel scans says which it is."""

import modelapp as ma
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

ma.app("Handwritten digits", "Draw a digit or choose one. The model saw 1,797 scans of 8 x 8 pixels.")


@ma.cache
def load_model():
    digits = load_digits()
    return RandomForestClassifier(100, random_state=0).fit(digits.data, digits.target)


@ma.cache
def examples():
    """Return one scan of each digit, dark on white and large enough to look at."""
    digits = load_digits()
    pictures = {}
    for digit in range(10):
        ink = digits.images[np.flatnonzero(digits.target == digit)[3]]
        small = Image.fromarray((255 - ink * 255 / 16).astype(np.uint8))
        pictures[str(digit)] = small.resize((280, 280), Image.Resampling.BICUBIC)
    return pictures


def as_scan(picture):
    """Return a dark drawing on white as the training data is: 8 x 8 counts of ink, 0-16, filling the square."""
    ink = 255 - np.asarray(picture, dtype=np.float32)
    rows, columns = np.flatnonzero(ink.max(axis=1) > 96), np.flatnonzero(ink.max(axis=0) > 96)
    if not len(rows):
        return np.zeros(64)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = ink.shape
    scale = 32 / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    fitted = np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.BOX)) > 96
    canvas = np.zeros((32, 32))
    top, left = (32 - size[1]) // 2, (32 - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = fitted
    return canvas.reshape(8, 4, 8, 4).sum(axis=(1, 3)).ravel()


digit = ma.image_input(mode="L", size=(280, 280), sources=("sketch", "upload", "paste"), examples=examples())
ma.label_output(ma.predict(load_model(), as_scan(digit)))
