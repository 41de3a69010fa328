"""The server by its own protocols: roles, origins, headers, uploads, media, restarts."""

import gzip
import io
import json
import re
import subprocess
import sys

import pytest
from PIL import Image
from tornado.httpclient import HTTPClientError

HELLO = """
    import modelapp as ma
    n = ma.number_input(value=2)
    ma.text_output(f"twice {n * 2}")
"""
PICTURE = """
    import modelapp as ma
    picture = ma.image_input()
    ma.text_output(f"{picture.size} {picture.getpixel((0, 0))}")
    ma.image_output(picture)
"""


def png(size=(4, 3), colour=(10, 20, 30)):
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def test_number_in_gives_text_out(serve, connect):
    socket = connect(serve(HELLO))
    welcome = socket.hello()
    assert welcome["role"] == "visitor" and not welcome["resumed"]
    socket.sees("twice 4")
    socket.set(n=21)
    assert socket.sees("twice 42")["acknowledged"] == 1


def test_key_makes_a_presenter_through_a_cookie_that_scripts_cannot_read(serve, connect):
    served = serve(HELLO)
    status, headers, _ = served.request(f"?key={served.key}")
    assert status == 302 and headers["Location"] == "./"
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert connect(served, presenter=True).hello()["role"] == "presenter"
    assert connect(served).hello()["role"] == "visitor"
    assert "Set-Cookie" not in served.request("?key=wrong")[1]
    name = cookie.partition("=")[0]
    assert connect(served, headers={"Cookie": f"{name}=wrong"}).hello()["role"] == "visitor"


def test_page_of_another_site_cannot_open_a_socket_or_upload(serve, connect):
    served = serve(HELLO)
    for origin in ("http://evil.example", "null", f"http://localhost:{served.port + 1}"):
        with pytest.raises(HTTPClientError) as refused:
            connect(served, headers={"Origin": origin})
        assert refused.value.code == 403
        assert served.request("upload", method="POST", body=b"x", headers={"Origin": origin})[0] == 403
    own = connect(served, headers={"Origin": served.url.rstrip("/")})
    assert own.hello()["role"] == "visitor"


def test_foreign_host_name_is_refused(serve):
    served = serve(HELLO, "--allow-host", "demo.lab.example")
    assert served.request("", headers={"Host": "evil.example"})[0] == 421
    assert served.request("", headers={"Host": "demo.lab.example"})[0] == 200
    assert served.request("", headers={"Host": f"127.0.0.1:{served.port}"})[0] == 200


def test_every_answer_has_the_security_headers(serve):
    served = serve(HELLO)
    for path in ("", "nothing", "media/" + "x" * 24 + "/" + "0" * 64, "icon.svg"):
        _, headers, _ = served.request(path)
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe-eval" not in policy and "http:" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "Server" not in headers


def test_paths_outside_the_built_page_are_not_served(serve):
    served = serve(HELLO)
    for path in (
        "../demo.py",
        "assets/../../../demo.py",
        "assets/%2e%2e/%2e%2e/demo.py",
        "demo.py",
        ".modelapp/demo/key",
        "library/../demo.py",
        "library/demo.py",
    ):
        assert served.request(path)[0] in (403, 404)


def test_uploaded_picture_reaches_the_script_and_its_own_session_alone(serve, connect):
    served = serve(PICTURE)
    one, other = connect(served), connect(served)
    for socket in (one, other):
        socket.hello()
        socket.receive("run", phase="waiting")
    status, uploaded = one.upload("picture", png())
    assert (status, uploaded["width"], uploaded["height"]) == (200, 4, 3)
    one.set(picture={**uploaded, "edits": []})
    one.sees("(4, 3) (10, 20, 30)")
    while "output.image" not in one.elements:  # it may come with a later frame
        one.receive("frame")
    shown = one.elements["output.image"]["props"]["blob"]
    for digest in (uploaded["blob"], shown):
        status, headers, body = served.request(f"media/{one.welcome['grant']}/{digest}")
        assert (status, headers["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(body)).getpixel((0, 0)) == (10, 20, 30)
        assert served.request(f"media/{other.welcome['grant']}/{digest}")[0] == 404
    other.set(picture={**uploaded, "edits": []})
    assert "no longer here" in other.receive("problem")["text"]


@pytest.mark.parametrize(
    ("data", "name", "fragment"),
    [
        (b"", "empty.png", "empty"),
        (b"just some words, no picture at all", "words.png", "picture"),
        (png((300, 200))[:-400], "cut.png", "picture"),
    ],
)
def test_file_that_is_no_picture_is_answered_plainly(serve, connect, data, name, fragment):
    socket = connect(serve(PICTURE))
    socket.hello()
    socket.receive("run", phase="waiting")
    status, answer = socket.upload("picture", data, name)
    assert status == 422
    assert fragment in answer["error"].lower()
    status, uploaded = socket.upload("picture", png())
    socket.set(picture={**uploaded, "edits": []})
    socket.sees("(4, 3) (10, 20, 30)")


def test_upload_without_session_or_for_no_input_is_refused(serve, connect):
    served = serve(PICTURE)
    socket = connect(served)
    socket.hello()
    socket.receive("run", phase="waiting")
    assert served.request("upload", method="POST", body=b"x")[0] == 403
    status, answer = socket.upload("pictures", png())
    assert status == 422 and "Did you mean 'picture'?" in answer["error"]
    assert socket.upload("picture", png(), **{"Content-Length": str(300 << 20)})[0] == 413


def test_messages_out_of_order_or_malformed_change_nothing(serve, connect):
    socket = connect(serve(HELLO))
    socket.send({"type": "set", "values": {}, "sequence": 1})
    assert "hello" in socket.receive("problem")["text"]
    socket.hello()
    socket.sees("twice 4")
    socket.set(n=5)
    socket.sees("twice 10")
    socket.send({"type": "set", "values": {"n": 6}, "sequence": 1})
    assert "out of order" in socket.receive("problem")["text"]
    for raw in (
        "",
        "{",
        "null",
        "[]",
        '{"type":"set"}',
        '{"type":"nothing"}',
        b"\xff\xfe",
        '{"type":"hello"}',
        '{"type":"set","values":{"n":1},"sequence":"2"}',
        '{"type":"set","values":{"n":1},"sequence":2,"more":1}',
        "[" * 100_000,
    ):
        socket.send(raw)
        assert socket.receive("problem")["text"]
    socket.set(n=7)
    socket.sees("twice 14")


def test_page_gets_exactly_what_it_missed_while_it_was_away(serve, connect):
    served = serve("""
        import modelapp as ma
        a = ma.number_input(value=1)
        b = ma.number_input(value=1)
        ma.text_output(f"a {a}")
        ma.text_output(f"b {b}")
    """)
    first = connect(served)
    welcome = first.hello()
    seen = first.sees("b 1")["sequence"]
    again = connect(served)
    again.hello(session=welcome["session"], epoch=welcome["epoch"], seen=seen)
    again.receive("run", phase="done")
    again.set(a=2)
    again.sees("a 2")
    back = connect(served)
    assert back.hello(session=welcome["session"], epoch=welcome["epoch"], seen=seen)["resumed"]
    missed = back.receive("frame")
    assert [element["id"] for element in missed["elements"]] == ["output.text"]
    assert missed["values"] == {"a": 2} and missed["order"] is None and not missed["reset"]


def test_killed_host_goes_on_with_values_pictures_and_state(serve, connect):
    served = serve("""
        import modelapp as ma
        picture = ma.image_input()
        word = ma.text_input(value="first")
        if ma.button("Add"):
            ma.state.count = ma.state.get("count", 0) + 1
        ma.text_output(f"{picture.size} {word} {ma.state.get('count', 0)}")
    """)
    before = connect(served, presenter=True)
    welcome = before.hello()
    before.receive("run", phase="waiting")
    _, uploaded = before.upload("picture", png((7, 5)))
    before.set(picture={**uploaded, "edits": []})
    before.set(word="second")
    before.set("add")
    before.sees("(7, 5) second 1")
    served.kill()
    served.start(served.port)
    after = connect(served, presenter=True)
    resumed = after.hello(session=welcome["session"], epoch=welcome["epoch"], seen=99)
    assert resumed["resumed"] and resumed["epoch"] != welcome["epoch"] and resumed["role"] == "presenter"
    frame = after.sees("(7, 5) second 1")
    assert frame["reset"] and frame["values"]["word"] == "second"
    assert served.request(f"media/{resumed['grant']}/{uploaded['blob']}")[0] == 200
    after.set("add")
    after.sees("(7, 5) second 2")


def test_unknown_session_gets_a_new_one(serve, connect):
    socket = connect(serve(HELLO))
    welcome = socket.hello(session="x" * 32, epoch="e", seen=3)
    assert not welcome["resumed"] and welcome["session"] != "x" * 32
    first = socket.receive("frame")  # on a slow machine the output comes in a second one
    assert first["reset"]
    socket.messages.insert(0, first)
    socket.sees("twice 4")


def test_second_host_takes_the_next_port_and_a_named_port_in_use_is_an_error(serve, tmp_path):
    served = serve(HELLO)
    command = [sys.executable, "-m", "modelapp", "run", str(served.path), "--no-open", "--port", str(served.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert f"Port {served.port}" in done.stderr and "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("path", "status", "fragment"),
    [("missing.py", 1, "no script"), (".", 1, "no app"), ("data.bin", 1, "binary"), ("latin.py", 1, "UTF-8")],
)
def test_path_that_is_no_script_is_an_error_in_one_sentence(tmp_path, path, status, fragment):
    (tmp_path / "data.bin").write_bytes(b"\0\1\2")
    (tmp_path / "latin.py").write_bytes("x = 'é'".encode("latin-1"))
    command = [sys.executable, "-m", "modelapp", "run", path, "--no-open"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=30)
    assert done.returncode == status
    assert fragment in done.stderr
    assert "Traceback" not in done.stderr


def test_script_started_with_python_says_which_command_to_use(tmp_path):
    script = tmp_path / "demo.py"
    script.write_text("import modelapp as ma\nn = ma.number_input()\n")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "modelapp run demo.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_script_that_prints_a_lot_and_fails_in_a_thread_leaves_the_host_alive(serve, connect):
    served = serve("""
        import sys, threading
        import modelapp as ma
        n = ma.number_input(value=0)
        if n == 1:
            for _ in range(2000):
                sys.stderr.write("x" * 10_000 + "\\n")
        if n == 2:
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        ma.text_output(f"n {n}")
    """)
    socket = connect(served)
    socket.hello()
    for n in (1, 2, 3):
        socket.set(n=n)
        socket.sees(f"n {n}")


def test_what_visitors_give_is_for_the_authors_user_alone_and_not_for_git(serve):
    served = serve(HELLO)
    folder = served.path.parent / ".modelapp"
    assert (folder / "demo").stat().st_mode & 0o077 == 0
    assert (folder / ".gitignore").read_text() == "*\n"


def test_interrupt_ends_the_command_quietly(serve):
    served = serve(HELLO)
    assert served.stop() == 0
    assert "Traceback" not in served.log.read_text()


def test_visitors_are_told_nothing_of_the_code_over_the_wire(serve, connect):
    served = serve("""
        import modelapp as ma
        raise RuntimeError("the-secret-of-the-author")
    """)
    visitor, presenter = connect(served), connect(served, presenter=True)
    visitor.hello(), presenter.hello()
    assert "the-secret" not in json.dumps(visitor.receive("run", phase="failed"))
    assert "the-secret" in json.dumps(presenter.receive("run", phase="failed"))


def test_text_with_half_a_surrogate_pair_reaches_the_page(serve, connect):
    socket = connect(
        serve(r"""
        import modelapp as ma
        ma.text_output("name \udce9 end")
    """)
    )
    socket.hello()
    socket.sees("name ? end")


def test_odd_requests_are_refused_without_a_traceback(serve, connect):
    served = serve(HELLO)
    assert served.request("", headers={"Host": "[::1"})[0] in (400, 421)
    with pytest.raises(HTTPClientError) as refused:
        connect(served, headers={"Origin": "http://["})
    assert refused.value.code == 403
    assert served.request("assets/%00")[0] == 404
    status, headers, body = served.request("", method="HEAD")
    assert (status, body) == (200, b"") and int(headers["Content-Length"]) > 100
    assert "Traceback" not in served.log.read_text()


def test_files_of_the_page_come_compressed_to_whoever_takes_it(serve):
    served = serve(HELLO)
    script = re.search(rb'src="\./(assets/[^"]+\.js)"', served.request("")[2])[1].decode()
    status, headers, whole = served.request(script)
    assert status == 200 and "Content-Encoding" not in headers and headers["Vary"] == "Accept-Encoding"
    for accepted in ("gzip, deflate, br", "br;q=1.0, gzip;q=0.5", "gzip"):
        status, packed, body = served.request(script, headers={"Accept-Encoding": accepted})
        assert status == 200 and packed["Content-Encoding"] == "gzip"
        assert packed["Content-Type"] == headers["Content-Type"]
        assert gzip.decompress(body) == whole and len(body) < 0.6 * len(whole)
        assert packed["Etag"] != headers["Etag"]
    for refused in ("br", "gzip;q=0", "gzip;q=0.0, br", "identity"):
        assert "Content-Encoding" not in served.request(script, headers={"Accept-Encoding": refused})[1]
    # The compressed form has no address of its own.
    assert served.request(f"{script}.gz")[2] == whole
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed["Etag"]}
    assert served.request(script, headers=again)[0] == 304
