"""The script as a function over HTTP: real servers, real sockets."""

import base64
import io
import json

import pytest
from api_calls import png, sent
from openapi_spec_validator import validate
from PIL import Image


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
