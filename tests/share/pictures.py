"""A picture that shows whether it came whole."""

from pathlib import Path


def noise(folder: Path) -> Path:
    """Write a picture of 300 by 200 pixels; return its path."""
    from PIL import Image

    path = folder / "scan.png"
    Image.effect_noise((300, 200), 90).save(path)
    return path
