"""Cases for bulk runs: scripts that take them, and pictures in folders and archives."""

import zipfile

from modelapp.model.bulk.runs import bulk
from PIL import Image

PATIENT = """
    import modelapp as ma
    age = ma.number_input(min=0, max=120, value=40)
    pulse = ma.number_input("Heart rate", value=70.5)
    sex = ma.choice_input(options=["f", "m"])
    note = ma.text_input(required=False)
    smoker = ma.checkbox_input()
    if smoker:
        packs = ma.slider_input(min=0, max=10, value=1)
        age += packs
    ma.label_output({"ill": age / 200, "well": 1 - age / 200})
    ma.number_output(pulse * 2, label="Doubled")
    ma.text_output(f"{note} {sex}")
"""
PICTURE = """
    import modelapp as ma
    picture = ma.image_input()
    limit = ma.slider_input(min=0, max=255, value=100)
    brightness = picture.convert("L").resize((1, 1)).getpixel((0, 0))
    ma.label_output("bright" if brightness > limit else "dark")
    ma.image_output(picture)
"""


def rows_of(script, cases, **options):
    with bulk(script, cases, **options) as run:
        return [row.flat() for row in run], run.report()


def picture(path, level):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (4, 4), level).save(path)


def zipped(path, folder, inside=""):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, inside + file.relative_to(folder).as_posix())
    return path
