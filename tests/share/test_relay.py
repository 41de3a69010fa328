"""A page through a real relay: everything works there, under a name that lasts."""

import io

import pytest
from terminal import Terminal, complains

SCRIPT = """
    import modelapp as ma
    n = ma.slider_input()
    picture = ma.image_input(required=False)
    ma.text_output(f"{n} {picture.size if picture else 'none'}")
"""
PATIENCE_SECONDS = 90


@pytest.fixture
def shared(serve, relay):
    """Serve the script through a relay; return the relay, the server and what it prints."""

    def start(*options):
        through = relay(*options)
        served = serve(SCRIPT, *through.share)
        terminal = Terminal(served)
        served.url = terminal.says(r"public\s+(http\S+/a/[a-z2-7]{26}/)$")[1]
        return through, served, terminal

    return start


def picture_bytes():
    from PIL import Image

    file = io.BytesIO()
    Image.effect_noise((600, 400), 90).save(file, "PNG")
    return file.getvalue()


def test_page_uploads_and_media_work_through_the_relay(shared, connect):
    _, served, _ = shared()
    status, headers, body = served.request("")
    assert status == 200 and b"<title>Demo</title>" in body and "Content-Security-Policy" in headers
    page = connect(served)
    welcome = page.hello()
    page.set(n=7)
    page.sees("7 none")
    status, answer = page.upload("picture", picture_bytes())
    assert status == 200
    page.set(picture={"blob": answer["blob"], "name": "noise.png", "edits": []})
    page.sees("7 (600, 400)")
    media = f"media/{welcome['grant']}/{answer['blob']}"
    status, headers, body = served.request(media, headers={"Range": "bytes=1-3"})
    assert (status, body) == (206, b"PNG") and headers["Content-Range"].startswith("bytes 1-3/")
    status, headers, body = served.request(media, method="HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 1000


def test_presenters_cookie_stays_within_the_name(shared, connect):
    _, served, _ = shared()
    status, headers, _ = served.request(f"?key={served.key}")
    path = "/" + served.url.split("/", 3)[3]
    assert (status, headers["Location"]) == (302, "./")
    assert f"Path={path}" in headers["Set-Cookie"] and headers["Set-Cookie"].count("Path=") == 1
    assert connect(served, presenter=True).hello()["role"] == "presenter"


def test_killed_relay_comes_back_under_the_same_address_and_the_page_goes_on(shared, connect):
    relay, served, terminal = shared()
    page = connect(served)
    session = page.hello()["session"]
    page.set(n=7)
    page.sees("7 none")
    for time_of_break in range(1, 4):
        relay.kill()
        complains(served, "The public link is down", time_of_break)
        relay.start()
        assert terminal.says(r"public\s+(\S+) is back")[1] == served.url
        again = connect(served)
        assert again.hello(session=session)["resumed"]
        again.sees("7 none")
