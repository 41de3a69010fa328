"""The digits once more, with a small convolutional network in Keras that is trained once and kept in a file."""

from pathlib import Path

import keras
import modelapp as ma
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

ma.app("Digits with Keras", "A network of 250 KB, trained at the first start and kept beside the script.")

WEIGHTS = "digits.keras"


@ma.cache
def load():
    path = Path(__file__).with_name(WEIGHTS)
    if path.exists():
        return keras.saving.load_model(path, compile=False)
    keras.utils.set_random_seed(0)
    digits = load_digits()
    images, _, labels, _ = train_test_split(digits.images / 16, digits.target, test_size=0.25, random_state=0)
    net = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(16, 3, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    net.compile("adam", "sparse_categorical_crossentropy")
    net.fit(images[..., None], labels, epochs=15, verbose=0)
    net.save(path)
    return net


@ma.cache
def examples():
    """Return one scan of each digit, dark on white."""
    digits = load_digits()
    scans = [digits.images[np.flatnonzero(digits.target == digit)[3]] for digit in range(10)]
    return {str(digit): Image.fromarray((255 - ink * 255 / 16).astype(np.uint8)) for digit, ink in enumerate(scans)}


digit = ma.image_input(mode="L", size=(8, 8), examples=examples())
ink = 1 - np.asarray(digit, dtype=np.float32) / 255
ma.label_output(ma.predict(load(), ink, labels=range(10)))
