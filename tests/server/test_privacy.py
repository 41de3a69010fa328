"""What files say of a person beside the picture or the sound: none of it is in any stored file, whatever is done."""

import io
import struct

import av
import numpy as np
import pytest
from history_pages import ask, rows_of
from modelapp.session.folder import folder_of
from PIL import Image, PngImagePlugin
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage

NAMES = ("Quimby-Xylander", "19510203", "ZQ-77-PATIENT", "Canon Zirconium", "48,51,29.6", "Hospital of Nowhere")
FIELDS = {
    "scan": {"blob", "name", "width", "height", "preview", "frames"},
    "sound": {"blob", "name", "seconds", "rate", "channels", "preview"},
    "film": {"blob", "name", "seconds", "frame_count", "rate", "width", "height", "preview", "poster", "strip"},
}
SCRIPT = """
    import modelapp as ma
    scan = ma.image_input(required=False)
    sound = ma.audio_input(required=False)
    film = ma.video_input(required=False)
    ma.text_output(f"{bool(scan)} {bool(sound)} {bool(film)}")
    if scan:
        ma.image_output(scan)
"""


def pixels(shape=(40, 60, 3)):
    return np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)


def exif():
    found = Image.Exif()
    found[0x010E] = NAMES[0]  # what it shows
    found[0x0110] = NAMES[3]  # the camera
    found[0x013B] = NAMES[0]  # who made it
    found[0x0112] = 6
    gps = found.get_ifd(0x8825)
    gps[1], gps[2] = "N", (48.0, 51.0, 29.6)
    gps[27] = NAMES[4].encode()
    return found


def picture(form):
    image = Image.fromarray(pixels())
    file = io.BytesIO()
    options = {"exif": exif()}
    if form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_text("Author", NAMES[0])
        text.add_itxt("Comment", NAMES[5], zip=False)
        options["pnginfo"] = text
    if form == "JPEG":
        options["comment"] = NAMES[5].encode()
    image.save(file, form, **options)
    return file.getvalue()


def dicom():
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    meta.MediaStorageSOPInstanceUID = "1.2.3.4.5.6.7.8.99"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    data.PatientName, data.PatientBirthDate, data.PatientID = NAMES[0], NAMES[1], NAMES[2]
    data.InstitutionName, data.Manufacturer = NAMES[5], NAMES[3]
    data.Rows, data.Columns, data.SamplesPerPixel, data.BitsAllocated, data.BitsStored = 40, 60, 1, 8, 8
    data.HighBit, data.PixelRepresentation, data.PhotometricInterpretation = 7, 0, "MONOCHROME2"
    data.PixelData = pixels((40, 60)).tobytes()
    file = io.BytesIO()
    data.save_as(file, enforce_file_format=True)
    return file.getvalue()


def sound():
    """A WAV file with a chunk that names its author."""
    samples = (np.sin(np.arange(8000) / 20) * 9000).astype("<i2").tobytes()
    said = b"INFO" + b"".join(
        tag + struct.pack("<I", len(text) + 1) + text + b"\0" + b"\0" * ((len(text) + 1) % 2)
        for tag, text in ((b"IART", NAMES[0].encode()), (b"ICMT", NAMES[5].encode()))
    )
    chunks = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 16000, 2, 16)
    chunks += b"LIST" + struct.pack("<I", len(said)) + said
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def film():
    """A short film that says where and by whom it was taken."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as container:
        for name, text in (("artist", NAMES[0]), ("location", NAMES[4]), ("comment", NAMES[5]), ("model", NAMES[3])):
            container.metadata[name] = text
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(8):
            for packet in stream.encode(av.VideoFrame.from_ndarray(pixels((48, 64, 3)), "rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "file_name", "edit"),
    [
        ("scan", lambda: picture("JPEG"), "a.jpg", {"op": "flip", "axis": "horizontal"}),
        ("scan", lambda: picture("PNG"), "a.png", {"op": "rotate", "degrees": 90}),
        ("scan", lambda: picture("WEBP"), "a.webp", {"op": "flip", "axis": "vertical"}),
        ("scan", lambda: picture("TIFF"), "a.tif", {"op": "flip", "axis": "vertical"}),
        ("scan", dicom, "a.dcm", {"op": "flip", "axis": "vertical"}),
        ("sound", sound, "a.wav", {"op": "reverse"}),
        ("film", film, "a.mp4", {"op": "trim", "start": 0.1, "end": 0.5}),
    ],
)
def test_what_a_file_says_of_a_person_is_in_no_stored_file(serve, connect, name, make, file_name, edit):
    served = serve(SCRIPT)
    content = make()
    told = [word.encode() for word in NAMES if word.encode() in content]
    assert told  # what is looked for can be found in the file
    page = connect(served)
    page.hello()
    page.receive("run", phase="done")
    status, uploaded = page.upload(name, content, file_name)
    assert status == 200, uploaded
    raw = {field: value for field, value in uploaded.items() if field in FIELDS[name]}
    page.set(**{name: {**raw, "edits": [edit]}})
    page.receive("run", phase="done")
    page.send({"type": "flag", "id": "f" * 20, "seen": 1 << 40, "epoch": page.welcome["epoch"]})
    page.receive("flagged", problem=None)
    page.receive("history", mine=1)
    assert len(rows_of(page)) == 1
    ask(page, "share", case=rows_of(page)[0]["id"])
    files = [file for file in folder_of(served.path).parent.rglob("*") if file.is_file()]
    assert any(file.parent.parent.name == "blobs" for file in files)
    for file in files:
        found = [word for word in told if word in file.read_bytes()]
        assert not found, (file.name, found)
