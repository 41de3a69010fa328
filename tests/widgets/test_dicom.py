"""DICOM files in an `image_input`: real ones that pydicom ships, and small ones made here."""

import io

import numpy as np
import pytest
from modelapp.core.errors import InvalidValue
from modelapp.widgets._dicom import MOST_FRAMES
from modelapp.widgets._intake import raw_value
from modelapp.widgets.image_input import ImageInput
from picture_files import uploaded
from pydicom import Dataset, examples
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.processing import apply_windowing
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid


def grey_file(pixels: np.ndarray, **tags) -> bytes:
    """Return a DICOM file of 16-bit grey frames [shape=(height, width) or (frames, height, width)]."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.PatientName = "Secret^Patient"
    dataset.PatientID = "12345-SECRET"
    if pixels.ndim == 3:
        dataset.NumberOfFrames = len(pixels)
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = int(pixels.dtype == np.int16)
    dataset.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    for name, value in tags.items():
        setattr(dataset, name, value)
    buffer = io.BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def parsed(blobs, content, tmp_path, **options):
    widget = ImageInput("Scan", **options)
    upload = uploaded(blobs, content, "scan.dcm", tmp_path, widget)
    return widget.parse(widget.accept(raw_value(upload), blobs), blobs)


GRADIENT = np.linspace(0, 4000, 64 * 32).reshape(32, 64).astype(np.uint16)


def test_window_and_level_of_the_file_are_applied(blobs, tmp_path):
    content = grey_file(GRADIENT, WindowCenter=1000, WindowWidth=500)
    window = Dataset()
    window.update({"WindowCenter": 1000, "WindowWidth": 500, "BitsStored": 16, "PixelRepresentation": 0})
    window.PhotometricInterpretation = "MONOCHROME2"
    expected = apply_windowing(GRADIENT, window) / 65535 * 255
    got = parsed(blobs, content, tmp_path, mode="L", type="numpy")
    assert np.abs(got - expected).max() <= 1


def test_rescaled_values_are_windowed_in_their_own_units(blobs, tmp_path):
    hounsfield = np.array([[-1024, -160, 40, 240, 3000]], dtype=np.int16)
    stored = ((hounsfield + 1024) // 1).astype(np.uint16)
    content = grey_file(stored, RescaleIntercept=-1024, RescaleSlope=1, WindowCenter=[40, 500], WindowWidth=[400, 2000])
    assert parsed(blobs, content, tmp_path, mode="L", type="numpy")[0].tolist() == pytest.approx(
        [0, 0, 128, 255, 255], abs=1
    )


def test_without_a_window_the_range_of_the_values_is_taken(blobs, tmp_path):
    got = parsed(blobs, grey_file(GRADIENT + 100), tmp_path, mode="L", type="numpy")
    assert got.min() == 0
    assert got.max() == 255


def test_monochrome1_is_turned_over(blobs, tmp_path):
    plain = parsed(blobs, grey_file(GRADIENT), tmp_path, mode="L", type="numpy")
    turned = parsed(
        blobs, grey_file(GRADIENT, PhotometricInterpretation="MONOCHROME1"), tmp_path, mode="L", type="numpy"
    )
    assert (turned == 255 - plain).all()


def test_identifiers_do_not_reach_the_store(blobs, tmp_path):
    uploaded(blobs, grey_file(GRADIENT), "scan.dcm", tmp_path)
    kept = [path.read_bytes() for path in blobs.folder.iterdir()]
    assert kept
    assert not any(b"Secret" in content or b"SECRET" in content for content in kept)


def test_a_real_echocardiogram_has_thirty_frames_each_of_which_can_be_picked(blobs, tmp_path):
    content = examples.get_path("ybr_color").read_bytes()
    widget = ImageInput("Scan")
    upload = uploaded(blobs, content, "echo.dcm", tmp_path, widget)
    assert (upload.width, upload.height, len(upload.frames)) == (320, 240, 30)
    expected = examples.ybr_color.pixel_array
    for place in (0, 17):
        raw = raw_value(upload) | {"blob": upload.frames[place]}
        got = widget.parse(widget.accept(raw, blobs), blobs)
        difference = np.abs(np.asarray(got).astype(int) - expected[place]).mean()
        assert difference < 3  # pydicom turns YBR to RGB frame by frame or at once, with other rounding


def test_ct_and_rgb_examples_open(blobs, tmp_path):
    for name, size in (("ct", (128, 128)), ("rgb_color", (800, 600))):
        picture = parsed(blobs, examples.get_path(name).read_bytes(), tmp_path)
        assert picture.mode == "RGB"
        assert np.asarray(picture).std() > 5
        assert abs(picture.width / picture.height - size[0] / size[1]) < 0.5


def test_a_frame_that_is_not_of_the_clip_is_refused(blobs, tmp_path):
    widget = ImageInput("Scan")
    clip = uploaded(blobs, grey_file(np.stack([GRADIENT, GRADIENT // 2])), "clip.dcm", tmp_path, widget)
    other = uploaded(blobs, grey_file(GRADIENT // 3 + 7), "other.dcm", tmp_path, widget)
    assert len(clip.frames) == 2
    assert other.frames == ()
    with pytest.raises(InvalidValue, match="frames of its clip"):
        widget.accept(raw_value(clip) | {"blob": other.blob}, blobs)
    with pytest.raises(InvalidValue, match="no longer here"):
        widget.accept(raw_value(clip) | {"frames": [clip.blob, "0" * 64]}, blobs)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (grey_file(GRADIENT)[:400], "scan.dcm"),
        (grey_file(GRADIENT)[:-3000], "scan.dcm"),
        (b"\0" * 128 + b"DICM", "scan.dcm"),
        (b"\0" * 128 + b"DICM" + bytes(range(256)) * 20, "scan.dcm"),
        (grey_file(GRADIENT, NumberOfFrames=MOST_FRAMES + 1), "at most 300"),
        (grey_file(GRADIENT, Rows=60000, Columns=60000), "megapixels"),
    ],
)
def test_a_damaged_or_too_large_file_is_refused_in_words(blobs, tmp_path, content, said):
    with pytest.raises(InvalidValue, match=said):
        uploaded(blobs, content, "scan.dcm", tmp_path)
    assert not list(blobs.folder.iterdir())


def test_a_file_without_a_picture_is_refused(blobs, tmp_path):
    with pytest.raises(InvalidValue, match="without a picture"):
        uploaded(blobs, examples.get_path("waveform").read_bytes(), "ecg.dcm", tmp_path)
