"""What visitors without a link meet where the app has an end or a password, and how guesses are limited."""

import json
import os
import pty
import re
import subprocess
import sys
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from modelapp.server.guesses import Guesses, Rate, TooMany
from test_watch import png
from tornado.httpclient import HTTPClientError

SCRIPT = """
    import modelapp as ma
    ma.app("Secret pacemaker")
    n = ma.slider_input(value=1)
    picture = ma.image_input(required=False)
    ma.text_output(f"{ma.context.visitor} has {n}")
"""
PASSWORD = "corréct hörse"
ENDED = "This page is not open to visitors any more. Please ask its author for a link."


@pytest.fixture
def guarded(serve, monkeypatch):
    """Serve the script with a password."""

    def start(*options):
        monkeypatch.setenv("MODELAPP_PASSWORD", PASSWORD)
        return serve(SCRIPT, "--password", *options)

    return start


def type_password(served, text, **headers):
    body = urllib.parse.urlencode({"password": text}).encode()
    fields = {"Content-Type": "application/x-www-form-urlencoded", "Origin": served.url.rstrip("/"), **headers}
    return served.request("", method="POST", body=body, headers=fields)


def cookie_of(headers):
    return {"Cookie": headers["Set-Cookie"].partition(";")[0]}


def refused(connect, served, **options):
    with pytest.raises(HTTPClientError) as caught:
        connect(served, **options)
    return caught.value.code


def run(served, **headers):
    fields = {"Content-Type": "application/json", **headers}
    status, found, body = served.request("api/run", method="POST", body=b'{"inputs": {"n": 2}}', headers=fields)
    return status, found, json.loads(body)


def test_visitors_type_the_password_once_on_a_page_that_tells_nothing(guarded, connect):
    served = guarded("--watch")
    status, headers, body = served.request("")
    assert status == 401
    page = body.decode()
    for word in ("Secret", "pacemaker", "demo", "Demo"):
        assert word not in page
    assert "form-action 'self'" in headers["Content-Security-Policy"]
    assert refused(connect, served) == 401
    for path in ("library/plotly.js", f"media/{'x' * 24}/{'0' * 64}", "api/docs", "api/openapi.json", "demo.py"):
        status, _, body = served.request(path)
        assert (status, b"ecret" in body) == (401, False), path
    assert served.request("upload", method="POST", body=png(), headers={"X-Modelapp-Session": "x"})[0] == 401

    status, headers, body = type_password(served, "wrong")
    assert status == 401
    assert "Set-Cookie" not in headers
    assert "That is not the password." in body.decode()
    assert type_password(served, PASSWORD, Origin="https://other.example")[0] == 403
    status, headers, _ = type_password(served, PASSWORD)
    assert (status, headers["Location"]) == (303, "./")
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Lax" in headers["Set-Cookie"]
    assert PASSWORD not in urllib.parse.unquote(headers["Set-Cookie"])
    cookie = cookie_of(headers)
    assert b"Demo" in served.request("", headers=cookie)[2]
    visitor = connect(served, headers=cookie)
    visitor.hello()
    visitor.sees("None has 1")
    assert visitor.upload("picture", png(), **cookie)[0] == 200
    assert run(served, **cookie)[0] == 200

    # Neither the presenter nor who watches or was invited needs it.
    assert served.request("", headers=served.cookie(f"?key={served.key}"))[0] == 200
    assert served.request("?watch", headers=served.cookie(served.watch_query))[0] == 200
    query = served.invited("Dr. Rao")
    assert served.request("", headers=served.cookie(query))[0] == 200
    # An app for the invited asks nobody for a password.
    assert served.request("")[0] == 404
    assert type_password(served, PASSWORD)[0] == 404
    visitor.receive("ended")


def test_cookie_outlives_a_restart_with_the_same_password_only(guarded, monkeypatch):
    served = guarded()
    cookie = cookie_of(type_password(served, PASSWORD)[1])
    served.stop()
    served.start(served.port)
    assert served.request("", headers=cookie)[0] == 200
    served.stop()
    monkeypatch.setenv("MODELAPP_PASSWORD", "another")
    served.start(served.port)
    assert served.request("", headers=cookie)[0] == 401
    folder = served.path.parent / ".modelapp"
    assert not any(b"another" in file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_programs_without_a_key_or_cookie_are_told_in_a_sentence(guarded):
    served = guarded("--api-key", "k" * 30)
    status, headers, body = run(served)
    assert status == 401
    assert headers["Www-Authenticate"] == "Bearer"
    assert body["error"]["message"] == "This page needs a password, which its author gives out."
    assert run(served, Authorization=f"Bearer {'k' * 30}")[0] == 200
    assert run(served, Authorization="Bearer wrong")[0] == 401


def test_password_is_asked_for_at_the_terminal_and_nowhere_else(serve, tmp_path):
    path = tmp_path / "demo.py"
    path.write_text("import modelapp as ma\n")
    command = [sys.executable, "-m", "modelapp", "run", str(path), "--no-open", "--no-check", "--port", "0"]
    environment = {name: value for name, value in os.environ.items() if name != "MODELAPP_PASSWORD"}
    done = subprocess.run(
        [*command, "--password"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 2
    assert "MODELAPP_PASSWORD" in done.stderr
    mine, its = pty.openpty()
    process = subprocess.Popen([*command, "--password"], stdin=its, stdout=its, stderr=its, env=environment)
    os.close(its)
    shown = b""
    for prompt in (b"Password for visitors", b"Once more"):
        while prompt not in shown:
            shown += os.read(mine, 1000)
        os.write(mine, b"hidden words\n")
    while not (match := re.search(rb"visitors\s+http://localhost:(\d+)/", shown)):
        shown += os.read(mine, 1000)
    process.terminate()
    assert process.wait(60) == 0
    os.close(mine)
    assert b"hidden words" not in shown
    assert match


@pytest.fixture
def later(tmp_path, monkeypatch):
    """Make processes whose clocks go two hours forward when the test says so."""
    sign = tmp_path / "later"
    (tmp_path / "sitecustomize.py").write_text(
        f"import os, time\nnow = time.time\ntime.time = lambda: now() + 7200 * os.path.exists({str(sign)!r})\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    return sign.touch


def test_app_that_has_ended_tells_visitors_and_keeps_the_others(serve, connect, later):
    served = serve(SCRIPT, "--watch", "--expire", "1h")
    while "It ends for visitors on" not in (line := served.process.stdout.readline()):
        assert line
    query = served.invited("Dr. Rao")
    served.invite("--open")
    visitor = connect(served)
    visitor.hello()
    hers = served.cookie(query)
    invited = connect(served, headers=hers)
    invited.hello()
    presenter = connect(served, presenter=True)
    presenter.hello()
    later()
    assert visitor.receive("ended")["text"] == ENDED
    status, _, body = served.request("")
    assert status == 403
    assert ENDED in body.decode()
    assert b"ecret" not in body
    assert refused(connect, served) == 403
    assert run(served)[0] == 403
    assert run(served)[2]["error"]["message"] == ENDED
    invited.set(n=4)
    invited.sees("Dr. Rao has 4")
    presenter.set(n=5)
    presenter.sees("None has 5")
    assert served.request("", headers=hers)[0] == 200
    assert served.request("?watch", headers=served.cookie(served.watch_query))[0] == 200
    while "It has ended for visitors" not in (line := served.process.stdout.readline()):
        assert line


def test_length_of_time_must_be_one(tmp_path):
    (tmp_path / "demo.py").write_text("import modelapp as ma\n")
    for text in ("3", "d", "-3d", "1.5h", "three days", "0m"):
        command = [sys.executable, "-m", "modelapp", "run", str(tmp_path / "demo.py"), "--expire", text]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert done.returncode == 2
        assert "for example 30m, 12h, 3d or 2w" in done.stderr


# ---------------------------------------------------------------- guesses


def test_one_address_and_all_together_have_so_many_wrong_ones_and_then_wait():
    now = [0.0]
    guesses = Guesses(Rate(3, 10.0), Rate(5, 2.0), clock=lambda: now[0])
    for _ in range(3):
        guesses.check("192.0.2.1")
        guesses.wrong("192.0.2.1")
    with pytest.raises(TooMany) as caught:
        guesses.check("192.0.2.1")
    assert caught.value.seconds == 10
    guesses.check("192.0.2.2")
    for address in ("192.0.2.2", "192.0.2.3"):
        guesses.wrong(address)
    with pytest.raises(TooMany) as caught:
        guesses.check("192.0.2.4")
    assert caught.value.seconds == 2
    now[0] = 2.0
    guesses.check("192.0.2.4")
    with pytest.raises(TooMany):
        guesses.check("192.0.2.1")
    now[0] = 10.0
    guesses.check("192.0.2.1")
    guesses.wrong("192.0.2.1")
    with pytest.raises(TooMany):
        guesses.check("192.0.2.1")
    now[0] = 1000.0
    for _ in range(3):
        guesses.check("192.0.2.1")
        guesses.wrong("192.0.2.1")


def test_network_of_a_household_is_one_address_and_a_right_one_costs_nothing():
    guesses = Guesses(Rate(2, 10.0), Rate(100, 2.0), clock=lambda: 0.0)
    for _ in range(50):
        guesses.check("2001:db8::1")
        guesses.wrong("2001:db8::1")
        guesses.right("2001:db8::1")
    guesses.wrong("2001:db8::1")
    guesses.wrong("2001:db8::ffff:2")
    for address in ("2001:db8::3", "2001:db8::3%eth0"):
        with pytest.raises(TooMany):
            guesses.check(address)
    guesses.check("2001:db8:0:1::1")
    guesses.wrong("::ffff:192.0.2.1")
    guesses.wrong("192.0.2.1")
    with pytest.raises(TooMany):
        guesses.check("192.0.2.1")


def test_addresses_without_end_take_no_memory_without_end():
    guesses = Guesses(Rate(2, 10.0), Rate(10**9, 0.001), clock=lambda: 0.0)
    for number in range(30_000):
        guesses.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(guesses._full_at) <= 10_000


@pytest.mark.parametrize("kind", ["password", "short api key", "invite", "key", "watch"])
def test_thousands_of_guesses_are_looked_at_a_few_times_and_lock_out_nobody_who_is_in(guarded, connect, kind):
    served = guarded("--watch", "--api-key", "short")
    typed = cookie_of(type_password(served, PASSWORD)[1])
    query = served.invited("Dr. Rao")
    served.invite("--open")

    def guess(number):
        if kind == "password":
            return type_password(served, f"wrong {number}")
        if kind == "short api key":
            return run(served, Authorization=f"Bearer wrong {number}")
        return served.request(f"?{kind}=wrong{number}")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(guess, range(2000)))
    looked_at = [status for status, _, _ in answers if status != 429]
    assert 10 <= len(looked_at) < 100
    assert all(int(headers["Retry-After"]) >= 1 for status, headers, _ in answers if status == 429)
    assert not any("Set-Cookie" in headers for _, headers, _ in answers)
    # Not even the right one is looked at, where one could be guessed.
    if kind in ("password", "short api key"):
        assert type_password(served, PASSWORD)[0] == 429
        assert run(served, Authorization="Bearer short")[0] == 429
    # Who holds a cookie or a link is not affected.
    assert served.request("", headers=typed)[0] == 200
    visitor = connect(served, headers=typed)
    visitor.hello()
    visitor.sees("None has 1")
    for link in (query, f"?key={served.key}", served.watch_query):
        assert served.request(link)[0] == 302
    hers = connect(served, headers=served.cookie(query))
    hers.hello()
    hers.sees("Dr. Rao has 1")
