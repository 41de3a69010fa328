"""The script as a function over HTTP: real servers, real sockets."""

import base64
import contextlib
import io
import json
import socket
import zlib

import pytest
from openapi_spec_validator import validate
from PIL import Image

SCRIPT = """
    import modelapp as ma
    ma.app("Sums", "Adds <two> numbers.")
    a = ma.number_input(value=1, min=0, max=10)
    b = ma.number_input(value=2)
    name = ma.text_input(value="Ada")
    photo = ma.image_input(required=False)
    more = ma.checkbox_input()
    if more:
        extra = ma.slider_input(0, 5)
    if ma.button("Press"):
        ma.state.pressed = True
    if name == "fail":
        secret = "hunter2"
        1 / 0
    ma.number_output(a + b, label="Sum")
    ma.text_output((word + " " for word in ["Hello", name]))
    ma.text_output(f"{ma.context.mode} {ma.state.get('pressed')}", label="Mode")
    if photo is not None:
        ma.image_output(photo.rotate(90, expand=True))
"""


class Api:
    """Calls of one served script."""

    def __init__(self, served):
        self.served = served

    def run(self, body=None, *, raw=None, headers=None, path="api/run", method="POST"):
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        given = {name: value for name, value in given.items() if value is not None}
        status, answered, content = self.served.request(path, method=method, body=data, headers=given)
        return status, {name.lower(): value for name, value in answered.items()}, json.loads(content)

    def form(self, *parts, headers=None, boundary="xyz", end="--xyz--\r\n"):
        body = b"".join(
            b"--xyz\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
            for head, content in parts
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.run(raw=body + end.encode(), headers={**kind, **(headers or {})})

    def events(self, body, headers=None):
        given = {"Content-Type": "application/json", "Accept": "text/event-stream", **(headers or {})}
        status, answered, content = self.served.request(
            "api/run", method="POST", body=json.dumps(body).encode(), headers=given
        )
        assert (status, answered["Content-Type"]) == (200, "text/event-stream")
        return [
            (event.partition("\n")[0].removeprefix("event: "), json.loads(event.partition("data: ")[2]))
            for event in content.decode().split("\n\n")
            if event.strip()
        ]


@pytest.fixture
def api(serve):
    return lambda script=SCRIPT, *options: Api(serve(script, *options))


def png(size=(3, 2)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    return buffer.getvalue()


def sent(data, name="red.png"):
    return {"base64": base64.b64encode(data).decode(), "name": name}


def test_run_answers_with_outputs_seconds_and_what_was_read(api):
    status, headers, answer = api().run({"inputs": {"a": 3}})
    assert status == 200
    assert answer["outputs"] == {"sum": 5, "text": "Hello Ada ", "mode": "api None"}
    assert answer["read"] == ["a", "b", "name", "photo", "more"]
    assert answer["seconds"] > 0
    assert len(headers["x-request-id"]) == 16
    assert "access-control-allow-origin" not in headers


def test_files_go_in_as_base64_or_as_parts_and_come_out_by_link_or_inline(api):
    api = api()
    edits = {"photo": [{"op": "crop", "box": [0, 0, 1, 0.5]}]}
    _, _, linked = api.run({"inputs": {"photo": sent(png())}, "edits": edits})
    _, _, inline = api.form(
        ('name="photo"; filename="red.png"', png()),
        ('name="edits"', json.dumps(edits).encode()),
        ('name="a"', b"7"),
        ('name="name"', b"@/etc/hostname"),
        ('name="media"', b"inline"),
    )
    assert inline["outputs"]["sum"] == 9
    assert inline["outputs"]["text"] == "Hello @/etc/hostname "
    image = linked["outputs"]["image"]
    assert (image["name"], image["media_type"], image["kept_seconds"]) == ("image.png", "image/png", 3600)
    status, headers, content = api.served.request(image["url"].lstrip("/"))
    assert status == 200
    assert Image.open(io.BytesIO(content)).size == (1, 3)
    assert base64.b64decode(inline["outputs"]["image"]["base64"]) == content
    status, headers, part = api.served.request(image["url"].lstrip("/"), headers={"Range": "bytes=1-3"})
    assert (status, part, headers["Content-Range"]) == (206, b"PNG", f"bytes 1-3/{len(content)}")
    other = image["url"].replace(image["url"].split("/")[3], "A" * 24)
    assert api.served.request(other.lstrip("/"))[0] == 404


@pytest.mark.parametrize(
    ("body", "status", "said", "name"),
    [
        ({"inputs": {"a": 30}}, 422, "“A” cannot be 30: it takes a whole number from 0 to 10.", "a"),
        ({"inputs": {"a": "3"}}, 422, "it takes a whole number", "a"),
        ({"inputs": {"a": None}}, 422, "a is missing", "a"),
        ({"inputs": {"aa": 3}}, 422, "There is no input 'aa'", "aa"),
        ({"inputs": {"photo": "/etc/passwd"}}, 422, "cannot be '/etc/passwd'", "photo"),
        ({"inputs": {"photo": "http://127.0.0.1/"}}, 422, "cannot be 'http://127.0.0.1/'", "photo"),
        ({"inputs": {"photo": {"blob": "0" * 64, "name": "a.png"}}}, 422, "it takes {", "photo"),
        ({"inputs": {"photo": {"base64": "?"}}}, 422, "the base64 cannot be decoded", "photo"),
        ({"inputs": {"photo": {"base64": "AAAA"}}}, 422, "is not a picture", "photo"),
        ({"edits": {"a": [{"op": "flip"}]}}, 422, "cannot be edited", "a"),
        ({"edits": {"photo": [{"op": "flip"}]}}, 422, "it is empty", "photo"),
        ({"inputs": []}, 400, "Expected `object`", None),
        ({"input": {}}, 400, "unknown field `input`", None),
        ({"media": "path"}, 400, "Invalid enum value", None),
        ({"inputs": {"name": "fail"}}, 500, "Something went wrong", None),
    ],
)
def test_error_names_what_is_at_fault(api, body, status, said, name):
    api = api()
    got, headers, answer = api.run(body)
    error = answer["error"]
    assert got == status, answer
    assert said in error["message"]
    assert error["input"] == name
    assert error["request_id"] == headers["x-request-id"]
    log = api.served.log.read_text()
    assert error["request_id"] in log
    assert "hunter2" not in json.dumps(answer)
    assert ("1 / 0" in log) == (status == 500)
    assert api.run({})[0] == 200  # the next call is none the worse


@pytest.mark.parametrize(
    ("raw", "headers", "status"),
    [
        (b'{"inputs": {', {}, 400),
        (b"", {}, 400),
        (b'{"inputs": {"b": NaN}}', {}, 400),
        (b'{"inputs": {"b": 1e999}}', {}, 400),
        (b'{"inputs": {"b": ' + b"9" * 400 + b"}}", {}, 422),
        (b'{"inputs": {"name": "\\ud800"}}', {}, 400),
        (b"[" * 100_000, {}, 400),
        (b'{"inputs": {"name": ' + b"[" * 5000 + b"]" * 5000 + b"}}", {}, 400),
        (b"\xff\xfe", {}, 400),
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": None}, 415),
        (b"{}", {"Host": "evil.example"}, 421),
        (b"{}", {"Origin": "http://evil.example"}, 403),
        (b"--xyz\r\n", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"rubbish", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"--xyz\r\n\r\n\r\n--xyz--", {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"--xyz\r\n" + b"a" * 9000, {"Content-Type": "multipart/form-data; boundary=xyz"}, 400),
        (b"", {"Content-Type": "multipart/form-data"}, 400),
    ],
)
def test_hostile_bodies_are_refused_in_words(api, raw, headers, status):
    api = api()
    got, answered, answer = api.run(raw=raw, headers=headers)
    assert got == status, answer
    assert answer["error"]["message"]
    assert answer["error"]["request_id"] == answered["x-request-id"]
    assert api.run({})[0] == 200
    assert "Traceback" not in api.served.log.read_text()


def test_picture_that_unpacks_to_too_much_is_refused(api):
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (60_000).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 10**6)) + chunk(b"IEND", b"")
    )
    api = api()
    status, _, answer = api.run({"inputs": {"photo": sent(bomb)}})
    assert status == 422
    assert "3,600 megapixels" in answer["error"]["message"]


def test_too_large_a_body_is_refused_before_it_comes(api):
    api = api()
    with socket.create_connection(("127.0.0.1", api.served.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 99999999\r\n\r\n"
        )
        answer = connection.makefile("rb").readline()
    assert b"413" in answer


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "api/run", 405),
        ("OPTIONS", "api/run", 405),
        ("POST", "api/openapi.json", 405),
        ("GET", "api/other", 404),
    ],
)
def test_other_methods_and_addresses_are_told_apart(api, method, path, status):
    got, _, answer = api().run(path=path, method=method, body={} if method == "POST" else None)
    assert got == status
    assert answer["error"]["request_id"]


def test_keys_are_asked_for_and_never_logged(api):
    api = api(SCRIPT, "--api-key", "first-key", "--api-key", "second-key")
    for headers in ({}, {"Authorization": "Bearer wrong-key"}, {"Authorization": "Basic first-key"}):
        status, answered, _ = api.run({}, headers=headers)
        assert status == 401
        assert answered["www-authenticate"] == "Bearer"
        assert api.run(path="api/openapi.json", method="GET", headers=headers)[0] == 401
    for key in ("first-key", "second-key"):
        authorization = {"Authorization": f"Bearer {key}"}
        assert api.run({"inputs": {"a": 99}}, headers=authorization)[0] == 422
        assert api.run({}, headers={**authorization, "Origin": "http://elsewhere.example"})[0] == 200
        assert api.run(path="api/openapi.json", method="GET", headers=authorization)[0] == 200
    cookie = {"Cookie": api.served.request(f"?key={api.served.key}")[1]["Set-Cookie"].partition(";")[0]}
    assert api.run(path="api/openapi.json", method="GET", headers=cookie)[0] == 200
    assert api.served.request("api/docs", headers=cookie)[0] == 200
    assert api.run({}, headers=cookie)[0] == 401
    assert "-key" not in api.served.log.read_text() + "".join(api.served.output).replace("?key", "")


def test_description_is_valid_openapi_and_the_page_is_escaped(api):
    api = api()
    status, _, description = api.run(path="api/openapi.json", method="GET")
    assert status == 200
    validate(description)
    inputs = description["components"]["schemas"]["Inputs"]["properties"]
    assert (inputs["a"]["minimum"], inputs["a"]["maximum"], inputs["a"]["default"]) == (0, 10, 1)
    responses = description["paths"]["/api/run"]["post"]["responses"]
    assert {"200", "400", "403", "404", "405", "413", "415", "421", "422", "500", "503"} <= responses.keys()
    status, headers, page = api.served.request("api/docs")
    assert status == 200
    assert "Adds &lt;two&gt; numbers." in page.decode()
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert api.served.request("api/docs.css")[0] == api.served.request("api/docs.js")[0] == 200


def test_events_tell_how_a_run_goes_on(api):
    events = api().events({"inputs": {"name": "Bo"}})
    assert events[:3] == [
        ("output", {"name": "sum", "value": 3}),
        ("text", {"name": "text", "more": "Hello "}),
        ("text", {"name": "text", "more": "Bo "}),
    ]
    assert events[-1][0] == "done"
    assert events[-1][1]["outputs"] == {"sum": 3, "text": "Hello Bo ", "mode": "api None"}


def test_events_end_with_the_error(api):
    api = api()
    assert [kind for kind, _ in api.events({"inputs": {"a": 99}})] == ["error"]
    kind, data = api.events({"inputs": {"name": "fail"}})[-1]
    assert (kind, data["error"]["kind"]) == ("error", "RunFailed")


WAITING = """
    import pathlib
    import modelapp as ma
    n = ma.number_input(value=0)
    folder = pathlib.Path(__file__).parent
    if n:
        try:
            (folder / "began").write_text("n")
            while True:  # until the caller has gone, which is soon
                pass
        finally:
            (folder / "ended").touch()
    ma.number_output(n)
"""


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_run_ends_when_its_caller_goes(api, bell, accept):
    began = bell("began")
    api = api(WAITING, "--concurrency", "1")
    body = b'{"inputs": {"n": 1}}'
    connection = socket.create_connection(("127.0.0.1", api.served.port), timeout=30)
    connection.sendall(
        b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + f"Accept: {accept}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    began.rings()
    connection.close()
    assert api.run({})[2]["outputs"] == {"number": 0}  # the only thread is free again
    assert (api.served.path.parent / "ended").exists()


def test_caller_who_waits_is_told_her_place(api, bell):
    began = bell("began")
    api = api(WAITING, "--concurrency", "1")
    body = b'{"inputs": {"n": 1}}'
    head = "POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {len(body)}\r\n"
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(socket.create_connection(("127.0.0.1", api.served.port), timeout=30))
        first.sendall(head.encode() + b"\r\n" + body)
        began.rings()
        second = stack.enter_context(socket.create_connection(("127.0.0.1", api.served.port), timeout=30))
        second.sendall(head.encode() + b"Accept: text/event-stream\r\n\r\n" + body)
        lines = second.makefile("rb")
        while not (line := lines.readline()).startswith(b"event:"):
            pass
        assert line == b"event: queued\n"
        assert lines.readline() == b'data: {"place":1}\n'


def test_runs_of_callers_change_no_page_and_the_other_way_round(api, connect):
    api = api("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.state.count = ma.state.get("count", 0) + 1
        ma.text_output(f"{n} {ma.state.count}")
    """)
    page = connect(api.served)
    page.hello()
    page.sees("1 1")
    assert api.run({"inputs": {"n": 5}})[2]["outputs"] == {"text": "5 1"}
    page.set(n=2)
    page.sees("2 2")
    assert api.run({})[2]["outputs"] == {"text": "1 1"}


def test_next_call_after_a_save_runs_the_new_script(api):
    api = api("import modelapp as ma\nn = ma.number_input(value=1)\nma.number_output(n)\n")
    assert api.run({})[2]["outputs"] == {"number": 1}
    api.served.path.write_text("import modelapp as ma\nm = ma.number_input(value=2)\nma.number_output(m)\n")
    while api.run({})[2]["outputs"] != {"number": 2}:
        pass
    assert api.run({"inputs": {"n": 1}})[2]["error"]["kind"] == "UnknownInput"
    assert list(api.run(path="api/openapi.json", method="GET")[2]["components"]["schemas"]["Inputs"]["properties"]) == [
        "m"
    ]


def test_script_that_does_not_compile_is_told(api):
    status, _, answer = api("import modelapp as ma\nif:\n").run({})
    assert status == 503
    assert "author" in answer["error"]["message"]


def test_script_may_say_that_it_is_not_offered(api):
    api = api('import modelapp as ma\nma.app("A", api=False)\nn = ma.number_input(value=1)\nma.number_output(n)\n')
    assert api.run({"inputs": {"n": 2, "m": 3}})[0] == 404
    assert api.run(path="api/openapi.json", method="GET")[0] == 404


def test_results_that_json_hardly_has_are_answered(api):
    api = api("""
        import modelapp as ma
        ma.json_output({"huge": 10**30, "nan": float("nan"), "half": "\\ud800", "wide": 2**63})
    """)
    status, _, answer = api.run({})
    assert (status, answer["outputs"]["json"]["huge"], answer["outputs"]["json"]["nan"]) == (200, 10**30, None)


def test_form_without_end_of_size_is_answered_in_words(api):
    """Sent in pieces, whose size nobody announced."""
    api = api()
    piece = b"a" * (1 << 20)
    with socket.create_connection(("127.0.0.1", api.served.port), timeout=30) as connection:
        connection.sendall(
            b"POST /api/run HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=xyz\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        head = b'--xyz\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
        for part in (head, piece, piece):
            connection.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        connection.sendall(b"0\r\n\r\n")
        assert b"413" in connection.makefile("rb").readline()
