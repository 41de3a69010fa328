"""Calls of a served script as programs make them."""

import base64
import io
import json

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


def png(size=(3, 2)):
    buffer = io.BytesIO()
    Image.new("RGB", size, "red").save(buffer, "PNG")
    return buffer.getvalue()


def sent(data, name="red.png"):
    return {"base64": base64.b64encode(data).decode(), "name": name}
