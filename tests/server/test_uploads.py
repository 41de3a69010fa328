"""Uploads of pages that go away."""

import io
import socket

import numpy as np
from PIL import Image

SCRIPT = """
    import modelapp as ma
    scan = ma.image_input(required=False)
    ma.text_output(f"{scan.size if scan else 'none'}")
"""


def picture(seed):
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (300, 300, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def test_page_that_goes_once_its_file_has_arrived_leaves_no_fault_and_no_file(serve, connect, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    served = serve(SCRIPT)
    page = connect(served)
    page.hello()
    page.sees("none")
    head = (
        f"POST /upload HTTP/1.1\r\nHost: localhost:{served.port}\r\nX-Modelapp-Session: {page.welcome['session']}\r\n"
        "X-Modelapp-Input: scan\r\nX-Modelapp-Name: scan.png\r\nContent-Type: application/octet-stream\r\n"
    )
    # More at once than the host has threads for: some wait when their page has gone.
    for seed in range(40):
        content = picture(seed)
        with socket.create_connection(("127.0.0.1", served.port)) as going:
            going.sendall(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    status, uploaded = page.upload("scan", picture(99))  # done after all of them
    assert status == 200
    page.set(scan={**uploaded, "edits": []})
    page.sees("(300, 300)")
    served.stop()
    assert "Traceback" not in served.log.read_text()
    assert [file.name for file in (tmp_path / "temporary").glob("modelapp-*") if file.is_file()] == []
