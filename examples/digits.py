"""Draw a digit: a support vector machine that learned from 8 x 8 pixel scans says which it is."""

import modelapp as ma
import numpy as np
from PIL import Image
from scipy.ndimage import affine_transform, grey_dilation
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_digits
from sklearn.svm import SVC

ma.app("Handwritten digits", "Draw a digit or choose one. The model learned from 1,797 scans of 8 x 8 pixels.")

HEIGHT = 32
# Width and ink of the three copies of each scan that the model learns from: people write wide and narrow, with any pen.
COPIES = ((18, 0.3), (22, 0.0), (15, 0.36))


def upright(ink):
    """Return ink [0-1, any size] cut to what is drawn, 32 pixels high, and sheared until it does not lean."""
    rows, columns = np.flatnonzero(ink.max(axis=1) > 0.3), np.flatnonzero(ink.max(axis=0) > 0.3)
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = resized(ink, min(HEIGHT * 2, max(4, ink.shape[1] * HEIGHT // ink.shape[0])))
    ink = np.pad(ink, ((0, 0), (HEIGHT // 2, HEIGHT // 2)))
    y, x = (axis - np.average(axis, weights=ink) for axis in np.indices(ink.shape))
    lean = np.clip(np.sum(y * x * ink) / np.sum(y * y * ink), -0.5, 0.5)
    ink = affine_transform(ink, [[1, 0], [lean, 1]], [0, lean * y[0, 0]], order=1)
    columns = np.flatnonzero(ink.max(axis=0) > 0.3)
    return ink[:, columns[0] : columns[-1] + 1]


def as_scan(ink, width=18, share=0.3):
    """Return upright ink as 8 x 8 values, at most `width` of 32 pixels wide and with at least this share of ink."""
    ink = resized(ink, min(width, max(4, ink.shape[1])))
    left = (HEIGHT - ink.shape[1]) // 2
    ink = np.pad(ink, ((0, 0), (left, HEIGHT - ink.shape[1] - left)))
    while ink.mean() < share:
        thicker = grey_dilation(ink, footprint=[[0, 1, 0], [1, 1, 1], [0, 1, 0]])
        ink = ink + (thicker - ink) * min(1, (share - ink.mean()) / (thicker.mean() - ink.mean()))
    scan = ink.reshape(8, 4, 8, 4).mean(axis=(1, 3)).ravel()
    return scan / np.linalg.norm(scan)


def resized(ink, width):
    return np.asarray(Image.fromarray(ink.astype(np.float32)).resize((width, HEIGHT), Image.Resampling.BILINEAR))


@ma.cache
def load_model():
    digits = load_digits()
    scans = [upright(image / 16) for image in digits.images]
    copies = [as_scan(scan, width, share) for width, share in COPIES for scan in scans]
    model = CalibratedClassifierCV(SVC(C=10), ensemble=False, cv=3)
    return model.fit(copies, np.tile(digits.target, len(COPIES)))


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


digit = ma.image_input(mode="L", size=(280, 280), sources=("sketch", "upload", "paste"), examples=examples())
ink = 1 - np.asarray(digit) / 255
if ink.max() < 0.3:
    ma.status("Nothing is drawn yet.")
    ma.stop()
ma.label_output(ma.predict(load_model(), as_scan(upright(ink))))
