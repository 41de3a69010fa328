"""Personal links, while the host runs: whom they let in, that nobody else sees anything, and how they end."""

import json
import subprocess
import sys
import time

import pytest
from stores import execute, files_only
from test_watch import png
from tornado.httpclient import HTTPClientError

pytestmark = pytest.mark.usefixtures("each_store")

SCRIPT = """
    import modelapp as ma
    n = ma.slider_input(value=1)
    picture = ma.image_input(required=False)
    ma.text_output(f"{ma.context.visitor} has {n}")
    if picture is not None:
        ma.image_output(picture)
"""
HANDSHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "x" * 24,
    "Sec-WebSocket-Version": "13",
}
PATHS = [
    ("GET", "", {}),
    ("HEAD", "", {}),
    ("POST", "", {}),
    ("GET", "?key=wrong", {}),
    ("GET", "?watch", {}),
    ("GET", "?watch=wrong", {}),
    ("GET", "?invite=wrong", {}),
    ("GET", "ws", HANDSHAKE),
    ("GET", "watch", HANDSHAKE),
    ("POST", "upload", {"X-Modelapp-Session": "x"}),
    ("POST", "bulk", {"X-Modelapp-Session": "x"}),
    ("GET", f"media/{'x' * 24}/{'0' * 64}", {}),
    ("GET", "library/plotly.js", {}),
    ("GET", "icon.svg", {}),
    ("GET", "api/docs", {}),
    ("GET", "api/docs.css", {}),
    ("GET", "api/openapi.json", {}),
    ("POST", "api/run", {"Content-Type": "application/json"}),
]


def answer(served, method, path, headers):
    """Return all of an answer that could tell something."""
    body = b"{}" if method == "POST" else None
    status, fields, content = served.request(path, method=method, body=body, headers=headers)
    return status, {name: value for name, value in fields.items() if name != "Date"}, content


def refused(connect, served, **options):
    with pytest.raises(HTTPClientError) as caught:
        connect(served, **options)
    return caught.value.code


@pytest.mark.parametrize("options", [(), ("--watch", "--api-key", "k" * 30)])
def test_who_has_no_link_cannot_tell_an_app_from_nothing(serve, options):
    served = serve(SCRIPT, *options)
    unknown = served.request("nothing/here")
    served.invite("Dr. Rao")
    for method, path, headers in PATHS:
        found = answer(served, method, path, {**headers, "Origin": served.url.rstrip("/")})
        assert found == answer(served, method, "nothing/here", {}), path
    assert answer(served, "GET", "nothing/here", {})[2] == unknown[2]
    assets = served.request("", headers=served.cookie(f"?key={served.key}"))[2].split(b'"')
    script = next(part.decode() for part in assets if part.startswith(b"./assets/"))
    assert served.request(script)[0] == 404


def test_running_app_closes_at_the_first_invite_and_knows_the_invited_by_name(serve, connect):
    served = serve(SCRIPT, "--watch")
    presenter = connect(served, presenter=True)
    presenter.hello()
    presenter.sees("None has 1")
    watcher = connect(served, watcher=True)
    watcher.hello()
    stranger = connect(served)
    stranger.hello()
    stranger.sees("None has 1")
    query = served.invited("Dr. Rao")
    assert stranger.receive("ended")["text"] == "This link is not valid any more. Please ask for a new one."
    assert refused(connect, served) == 404
    presenter.set(n=2)
    presenter.sees("None has 2")
    watcher.sees("None has 2")

    status, headers, _ = served.request(query)
    assert (status, headers["Location"]) == (302, "./")
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Lax" in headers["Set-Cookie"]
    hers = served.cookie(query)
    assert served.request("", headers=hers)[0] == 200
    rao = connect(served, headers=hers)
    rao.hello()
    rao.sees("Dr. Rao has 1")
    assert rao.welcome["role"] == "visitor"
    status, uploaded = rao.upload("picture", png(), **hers)
    assert status == 200
    path = f"media/{rao.welcome['grant']}/{uploaded['blob']}"
    assert served.request(path, headers=hers)[0] == 200
    assert served.request(path)[0] == 404
    body = json.dumps({"inputs": {"n": 3}}).encode()
    kind = {"Content-Type": "application/json"}
    status, _, content = served.request("api/run", method="POST", body=body, headers={**kind, **hers})
    assert (status, json.loads(content)["outputs"]["text"]) == (200, "Dr. Rao has 3")
    for role in (f"?key={served.key}", served.watch_query + ""):
        assert served.request(role)[0] == 302
    assert served.request("?watch", headers=served.cookie(served.watch_query))[0] == 200
    assert served.request("", headers=served.cookie(served.watch_query))[0] == 404


def test_revoked_link_ends_at_once_and_the_app_stays_closed_until_it_is_opened(serve, connect):
    served = serve(SCRIPT)
    rao_query, lee_query = served.invited("Dr. Rao"), served.invited("Dr. Lee")
    rao_cookie, lee_cookie = served.cookie(rao_query), served.cookie(lee_query)
    rao, other_tab, lee = (connect(served, headers=one) for one in (rao_cookie, rao_cookie, lee_cookie))
    for one in (rao, other_tab, lee):
        one.hello()
    served.invite("--revoke", "Dr. Rao")
    for one in (rao, other_tab):
        assert one.receive("ended")["text"] == "This link is not valid any more. Please ask for a new one."
    assert answer(served, "GET", "", rao_cookie) == answer(served, "GET", "nothing", {})
    assert served.request(rao_query)[0] == 404
    assert refused(connect, served, headers=rao_cookie) == 404
    status, _ = rao.upload("picture", png(), **rao_cookie)
    assert status == 404
    lee.set(n=5)
    lee.sees("Dr. Lee has 5")
    served.invite("--revoke", "Dr. Lee")
    lee.receive("ended")
    assert served.request("")[0] == 404
    served.stop()
    served.start(served.port)
    while "Only those who were invited may come in: nobody has a link." not in (
        line := served.process.stdout.readline()
    ):
        assert line
    assert served.request("")[0] == 404
    served.invite("--open")
    assert served.request("")[0] == 200
    assert served.request(rao_query)[0] == 403
    connect(served).hello()


def test_link_that_ends_closes_its_page(serve, connect):
    served = serve(SCRIPT)
    query = served.invited("Dr. Rao", "--expire", "2w")
    served.invited("Dr. Lee")
    cookie = served.cookie(query)
    rao = connect(served, headers=cookie)
    rao.hello()
    execute(served.path, "invites", "UPDATE invite SET until = ? WHERE name = 'Dr. Rao'", (time.time() + 1,))
    rao.receive("ended")
    assert served.request("", headers=cookie)[0] == 404
    assert served.request(query)[0] == 404
    # One that has ended stands in nobody's way.
    assert served.request(served.invited("Dr. Rao"))[0] == 302


def test_session_belongs_to_its_link(serve, connect):
    served = serve(SCRIPT)
    anonymous = connect(served)
    anonymous.hello()
    rao_cookie = served.cookie(served.invited("Dr. Rao"))
    lee_cookie = served.cookie(served.invited("Dr. Lee"))
    rao = connect(served, headers=rao_cookie)
    rao.hello()
    rao.set(n=7)
    rao.sees("Dr. Rao has 7")
    _, uploaded = rao.upload("picture", png(), **rao_cookie)
    secret = rao.welcome["session"]
    media = f"media/{rao.welcome['grant']}/{uploaded['blob']}"

    lee = connect(served, headers=lee_cookie)
    for session in (secret, anonymous.welcome["session"]):
        lee = connect(served, headers=lee_cookie)
        assert lee.hello(session=session)["resumed"] is False
        lee.sees("Dr. Lee has 1")
    assert lee.upload("picture", png(), **{**lee_cookie, "X-Modelapp-Session": secret})[0] == 403
    assert served.request(media, headers=lee_cookie)[0] == 404
    assert served.request(media, headers=rao_cookie)[0] == 200
    served.invite("--open")
    stranger = connect(served)
    assert stranger.hello(session=secret)["resumed"] is False
    assert served.request(media)[0] == 404

    served.stop()
    served.start(served.port)
    back = connect(served, headers=rao_cookie)
    assert back.hello(session=secret)["resumed"] is True
    back.sees("Dr. Rao has 7")
    stranger = connect(served)
    assert stranger.hello(session=secret)["resumed"] is False


def test_new_link_in_place_of_an_old_one_goes_on_with_her_session(serve, connect):
    served = serve(SCRIPT)
    old = served.cookie(served.invited("Dr. Rao"))
    rao = connect(served, headers=old)
    rao.hello()
    rao.set(n=7)
    rao.sees("Dr. Rao has 7")
    again = served.invite("Dr. Rao", check=False)
    assert again.returncode == 1
    assert "--again" in again.stderr
    new = served.cookie(served.invited("Dr. Rao", "--again"))
    rao.receive("ended")
    assert served.request("", headers=old)[0] == 404
    back = connect(served, headers=new)
    assert back.hello(session=rao.welcome["session"])["resumed"] is True
    back.sees("Dr. Rao has 7")
    # When she was here last is kept over the new link.
    listed = json.loads(served.invite("--list", "--json").stdout)
    assert listed["closed"] is True
    assert [one["name"] for one in listed["invites"]] == ["Dr. Rao"]
    assert listed["invites"][0]["last_seen"] is not None


def test_presenter_is_told_who_is_here_each_person_once(serve, connect):
    served = serve(SCRIPT)
    rao_cookie = served.cookie(served.invited("Dr. Rao"))
    lee_cookie = served.cookie(served.invited("Dr. Lee"))
    served.invite("--open")
    presenter = connect(served, presenter=True)
    presenter.hello()
    rao = connect(served, headers=rao_cookie)
    rao.hello()
    presenter.receive("visitors", names=["Dr. Rao"], others=0)
    tab = connect(served, headers=rao_cookie)
    tab.hello()
    stranger = connect(served)
    stranger.hello()
    presenter.receive("visitors", names=["Dr. Rao"], others=1)
    same = connect(served)
    same.hello(session=stranger.welcome["session"])
    lee = connect(served, headers=lee_cookie)
    lee.hello()
    presenter.receive("visitors", names=["Dr. Rao", "Dr. Lee"], others=1)
    later = connect(served, presenter=True)
    later.hello()
    later.receive("visitors", names=["Dr. Rao", "Dr. Lee"], others=1)
    rao.close()
    same.close()
    stranger.close()
    presenter.receive("visitors", names=["Dr. Rao", "Dr. Lee"], others=0)
    served.invite("--revoke", "Dr. Rao")
    presenter.receive("visitors", names=["Dr. Lee"], others=0)
    lee.close()
    presenter.receive("visitors", names=[], others=0)
    assert not any(message["type"] == "visitors" for one in (rao, lee, stranger) for message in one.messages)


def test_many_cases_of_hers_are_run_in_her_name(serve, connect):
    served = serve(SCRIPT)
    cookie = served.cookie(served.invited("Dr. Rao"))
    rao = connect(served, headers=cookie)
    rao.hello()
    rao.sees("Dr. Rao has 1")
    headers = {"X-Modelapp-Session": rao.welcome["session"], "X-Modelapp-Name": "cases.csv", "X-Modelapp-Last": "yes"}
    status, _, body = served.request("bulk", method="POST", body=b"n\n2\n3\n", headers={**headers, **cookie})
    assert status == 200
    rao.receive("bulk", phase="ready")
    rao.send({"type": "bulk_start", "upload": json.loads(body)["upload"], "truth": None})
    rao.receive("bulk", phase="done")
    rao.send({"type": "ask", "id": 1, "element": "bulk", "query": {"start": 0, "count": 2}})
    assert "Dr. Rao has 3" in json.dumps(rao.receive("answer")["reply"])


def test_key_of_a_program_opens_the_api_of_a_closed_app(serve):
    served = serve(SCRIPT, "--api-key", "k" * 30)
    served.invite("Dr. Rao")
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {'k' * 30}"}
    status, _, content = served.request("api/run", method="POST", body=b'{"inputs": {"n": 2}}', headers=headers)
    assert (status, json.loads(content)["outputs"]["text"]) == (200, "None has 2")
    assert served.request("api/docs", headers=headers)[0] == 200
    assert served.request("", headers=headers)[0] == 404
    headers["Authorization"] = "Bearer wrong"
    assert answer(served, "POST", "api/run", headers) == answer(served, "POST", "nothing", {})


@files_only
def test_links_that_cannot_be_read_let_nobody_in(serve, connect):
    served = serve(SCRIPT)
    served.invite("Dr. Rao")
    file = served.path.parent / ".modelapp" / "demo" / "invites.sqlite3"
    whole = file.read_bytes()
    file.write_bytes(b"no database at all, and long enough to be seen as none" * 100)
    assert served.request("")[0] == 404
    served.stop()
    command = [sys.executable, "-m", "modelapp", "run", str(served.path), "--no-open", "--port", "0"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    file.write_bytes(whole)
    served.start()
    assert served.request("")[0] == 404
