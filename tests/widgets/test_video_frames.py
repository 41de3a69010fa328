"""`Frames`, which decodes a video as it is asked for."""

import modelapp as ma
import pytest
from video_uploads import numbers, parsed
from videos import KINDS, number_of, video_file


@pytest.fixture
def frames(blobs, tmp_path):
    return parsed(blobs, video_file(KINDS["mp4"], 90), tmp_path, type="frames")


def test_frames_are_looped_over_again_and_again(frames):
    assert numbers(frames) == numbers(frames) == list(range(90))
    assert isinstance(frames, ma.Frames)
    assert (len(frames), frames.rate, frames.width, frames.height, frames.seconds) == (90, 30, 64, 48, 3)
    one, other = iter(frames), iter(frames)
    assert [number_of(next(one)) for _ in range(3)] == [0, 1, 2]
    assert number_of(next(other)) == 0


def test_frames_are_found_by_number(frames):
    for number in (7, 0, 88, 89, 3, 4, 5, 40, -1, -90):
        assert number_of(frames[number]) == number % 90, number
    for number in (90, -91):
        with pytest.raises(IndexError, match=f"There is no frame {number}: the video has 90 frames"):
            frames[number]


def test_slices_are_frames_too(frames):
    part = frames[10:20]
    assert (len(part), part.rate, part.seconds) == (10, 30, pytest.approx(1 / 3))
    assert numbers(part) == list(range(10, 20)) and number_of(part[-1]) == 19
    assert numbers(frames[::10]) == list(range(0, 90, 10)) and frames[::10].rate == 3
    assert numbers(part[::-3]) == [19, 16, 13, 10]
    assert len(frames[50:50]) == 0 and list(frames[50:50]) == []
    assert numbers(frames[5:80][::2][3:5]) == [11, 13]


def test_script_may_change_a_frame(frames):
    frames[3][:] = 0
    assert number_of(frames[3]) == 3


def test_equal_frames_are_equal_and_can_be_keys(frames):
    assert frames[10:20] == frames[10:20] != frames[10:21]
    assert len({frames[10:20], frames[10:20], frames}) == 2
    assert frames != "frames"


def test_several_threads_may_read_at_once(frames):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        asked = [number * 37 % 90 for number in range(40)]
        assert [number_of(found) for found in pool.map(frames.__getitem__, asked)] == asked
