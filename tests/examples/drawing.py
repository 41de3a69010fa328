"""Digits drawn as a person draws them on the page's sketch pad: dark round strokes on white, 280 x 280 pixels."""

import math
import random
from collections.abc import Iterator

from PIL import Image, ImageDraw

Point = tuple[float, float]
SIZE = 280
PEN = 20


def arc(centre: Point, radii: Point, start: float, end: float) -> list[Point]:
    """Return points of an ellipse's arc, from one angle to another in degrees; 0 is right, 90 is down."""
    steps = 24
    angles = (math.radians(start + (end - start) * step / steps) for step in range(steps + 1))
    return [(centre[0] + radii[0] * math.cos(angle), centre[1] + radii[1] * math.sin(angle)) for angle in angles]


# The ways in which people write each digit: strokes through points of a square of side 1.
SHAPES: dict[int, list[list[list[Point]]]] = {
    0: [[arc((0.5, 0.5), (0.27, 0.42), -90, 270)], [arc((0.5, 0.5), (0.36, 0.42), -80, 285)]],
    1: [
        [[(0.5, 0.08), (0.5, 0.92)]],
        [[(0.34, 0.26), (0.52, 0.08), (0.52, 0.92)]],
        [[(0.34, 0.26), (0.52, 0.08), (0.52, 0.92)], [(0.32, 0.92), (0.72, 0.92)]],
    ],
    2: [
        [[*arc((0.5, 0.31), (0.26, 0.23), 190, 380), (0.25, 0.9), (0.78, 0.9)]],
        [[*arc((0.48, 0.3), (0.27, 0.22), 170, 400), (0.22, 0.88), (0.45, 0.82), (0.8, 0.92)]],
    ],
    3: [
        [[*arc((0.47, 0.29), (0.25, 0.21), 200, 440), *arc((0.47, 0.7), (0.29, 0.22), 280, 520)]],
        [[(0.24, 0.1), (0.74, 0.1), (0.48, 0.42), *arc((0.46, 0.66), (0.29, 0.25), 275, 500)]],
    ],
    4: [
        [[(0.58, 0.08), (0.2, 0.64), (0.82, 0.64)], [(0.63, 0.36), (0.63, 0.94)]],
        [[(0.26, 0.1), (0.24, 0.55), (0.76, 0.55)], [(0.72, 0.1), (0.7, 0.92)]],
    ],
    5: [
        [[(0.74, 0.1), (0.32, 0.1), (0.28, 0.46), *arc((0.48, 0.66), (0.27, 0.25), 235, 505)]],
        [[(0.32, 0.1), (0.3, 0.44), *arc((0.47, 0.65), (0.29, 0.26), 240, 490)], [(0.32, 0.1), (0.76, 0.12)]],
    ],
    6: [
        [[(0.64, 0.06), (0.4, 0.3), (0.27, 0.6), *arc((0.5, 0.68), (0.24, 0.24), 190, 550)]],
        [[(0.56, 0.06), (0.32, 0.34), *arc((0.5, 0.67), (0.25, 0.25), 180, 530)]],
    ],
    7: [
        [[(0.2, 0.12), (0.8, 0.12), (0.42, 0.92)]],
        [[(0.22, 0.14), (0.78, 0.1), (0.56, 0.5), (0.46, 0.92)]],
        [[(0.2, 0.12), (0.8, 0.12), (0.42, 0.92)], [(0.36, 0.5), (0.74, 0.5)]],
    ],
    8: [
        [arc((0.5, 0.29), (0.2, 0.21), 90, 450), arc((0.5, 0.71), (0.25, 0.21), -90, 270)],
        [arc((0.5, 0.28), (0.23, 0.2), 0, 360), arc((0.5, 0.69), (0.27, 0.23), 0, 360)],
    ],
    9: [
        [[*arc((0.48, 0.32), (0.25, 0.24), 0, 360), (0.72, 0.6), (0.62, 0.94)]],
        [[*arc((0.48, 0.31), (0.25, 0.23), -20, 340), (0.72, 0.3), (0.7, 0.94)]],
    ],
}

# How they are drawn: a lean to the right, a height and width, a place, a pen. Fractions of the pad, pixels for the pen.
HANDS = {
    "plain": {},
    "thin pen": {"pen": 12},
    "thick pen": {"pen": 30},
    "leaning right": {"lean": 0.25},
    "leaning left": {"lean": -0.15},
    "small": {"height": 0.45, "width": 0.45},
    "small in a corner": {"height": 0.4, "width": 0.4, "place": (0.3, 0.72)},
    "narrow": {"width": 0.5},
    "wide": {"height": 0.6},
    "large": {"height": 0.94, "width": 0.94},
    "shaky": {"shake": 0.02},
    "tilted": {"turn": 8},
}


def draw(
    strokes: list[list[Point]],
    *,
    lean: float = 0.0,
    turn: float = 0.0,
    height: float = 0.8,
    width: float = 0.8,
    place: Point = (0.5, 0.5),
    pen: int = PEN,
    shake: float = 0.0,
    seed: int = 0,
) -> Image.Image:
    """Return strokes as the sketch pad draws them."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (SIZE, SIZE), "#fff")
    board = ImageDraw.Draw(picture)
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))

    def on_pad(point: Point) -> Point:
        x, y = point[0] - 0.5 + chance.gauss(0, shake), point[1] - 0.5 + chance.gauss(0, shake)
        x, y = (x - lean * y) * width, y * height
        return (place[0] + cosine * x - sine * y) * SIZE, (place[1] + sine * x + cosine * y) * SIZE

    for stroke in strokes:
        points = [on_pad(point) for point in stroke]
        board.line(points, fill="#111", width=pen, joint="curve")
        for x, y in points:
            board.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill="#111")
    return picture


def drawings() -> Iterator[tuple[int, str, Image.Image]]:
    """Yield every digit in every way of writing it by every hand: digit, words for it, picture."""
    for digit, shapes in SHAPES.items():
        for number, strokes in enumerate(shapes):
            for hand, options in HANDS.items():
                yield digit, f"{digit} no. {number}, {hand}", draw(strokes, seed=number, **options)
