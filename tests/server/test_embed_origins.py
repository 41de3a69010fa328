"""Which sites may show the page in a frame."""

import subprocess
import sys

import pytest
from modelapp.core.errors import ScriptError
from modelapp.server.embedding import origins

SCRIPT = "import modelapp as ma\nma.text_output('inside')\n"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ([], ()),
        (["https://Lab.Example.org/"], ("https://lab.example.org",)),
        (
            ["https://a.example,http://b.example:8080", "https://a.example"],
            ("https://a.example", "http://b.example:8080"),
        ),
        (["https://*.example.org"], ("https://*.example.org",)),
        (["http://[::1]:8888"], ("http://[::1]:8888",)),
        (["*"], ("*",)),
    ],
)
def test_origins_are_written_as_a_browser_writes_them(given, meant):
    assert origins(given) == meant


@pytest.mark.parametrize(
    "wrong",
    [
        "lab.example.org",
        "https://lab.example.org/page",
        "ftp://lab.example.org",
        "https://",
        "https://user@lab.example.org",
        "https://lab.example.org; script-src *",
        "https://a b",
        "https://lab.example.org:port",
        "'self'",
        "https://lab.example.org\r\nX: y",
    ],
)
def test_what_is_no_origin_is_refused(wrong):
    with pytest.raises(ScriptError, match="no site that could show the page"):
        origins([wrong])


def test_policy_of_the_page_names_them_and_no_other_answer_does(serve):
    served = serve(SCRIPT, "--embed-origins", "https://lab.example.org,https://b.example")
    status, headers, _ = served.request("")
    assert status == 200
    assert headers["Content-Security-Policy"].endswith(
        "frame-ancestors 'self' https://lab.example.org https://b.example"
    )
    for path in ("api/docs", "icon.svg", "assets/none", "nothing"):
        assert "lab.example.org" not in served.request(path)[1]["Content-Security-Policy"], path


def test_script_of_the_component_may_be_loaded_by_any_site(serve):
    status, headers, body = serve(SCRIPT).request("embed.js")
    assert status == 200
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["Content-Type"].startswith("text/javascript")
    # A script without imports: it is named by a plain <script>.
    assert b"model-app" in body and b"import" not in body and len(body) < 8000


def test_command_line_says_what_an_origin_is(tmp_path):
    (tmp_path / "demo.py").write_text(SCRIPT)
    command = [sys.executable, "-m", "modelapp", "run", "demo.py", "--embed-origins", "lab.example.org"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "'lab.example.org' is no site" in done.stderr and "https://lab.example.org" in done.stderr
