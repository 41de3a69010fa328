"""Watching the presenter: what is shown to whom, and that a watcher can change nothing."""

import json

import pytest

SCRIPT = """
    import modelapp as ma
    n = ma.slider_input(value=1)
    picture = ma.image_input(required=False)
    ma.table_output({"a": list(range(500))})
    if ma.button("Go"):
        ma.text_output("pressed")
    if n == 13:
        raise ValueError("thirteen is secret")
    ma.text_output(f"n is {n}, picture {picture is not None}")
"""


@pytest.fixture
def watched(serve, connect):
    """Serve the script with a presenter and a watcher."""

    def start(script=SCRIPT):
        served = serve(script, "--watch")
        presenter = connect(served, presenter=True)
        presenter.hello()
        presenter.receive("run", phase="done")
        watcher = connect(served, watcher=True)
        watcher.hello()
        watcher.receive("frame", reset=True)
        return served, presenter, watcher

    return start


def png(side=4):
    import io

    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (side, side), (200, 30, 30)).save(target, "PNG")
    return target.getvalue()


def test_watch_link_becomes_a_cookie_and_does_not_make_a_presenter(serve):
    served = serve(SCRIPT, "--watch")
    status, headers, _ = served.request(served.watch_query)
    assert (status, headers["Location"]) == (302, "./?watch")
    assert "HttpOnly" in headers["Set-Cookie"]
    assert "SameSite=Lax" in headers["Set-Cookie"]
    cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
    assert served.request("?watch", headers=cookie)[0] == 200
    assert served.request("?watch")[0] == 403
    assert served.request("?watch=wrong", headers=cookie)[0] == 403
    assert served.request(f"?watch={served.key}")[0] == 403
    assert "Set-Cookie" not in served.request(f"?key={served.watch_query.partition('=')[2]}")[1]


def test_nobody_watches_without_the_option_or_the_link(serve, connect):
    served = serve(SCRIPT, "--watch")
    presenter_cookie = {"Cookie": served.request(f"?key={served.key}")[1]["Set-Cookie"].partition(";")[0]}
    handshake = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": "x" * 24}
    handshake["Sec-WebSocket-Version"] = "13"
    assert served.request("watch", headers=handshake)[0] == 403
    assert served.request("watch", headers={**handshake, **presenter_cookie})[0] == 403
    watch_cookie = {"Cookie": served.request(served.watch_query)[1]["Set-Cookie"].partition(";")[0]}
    served.stop()
    served.options = ()
    served.output.clear()
    served.start()
    assert served.watch_query is None
    assert served.request("watch", headers={**handshake, **watch_cookie})[0] == 403
    assert served.request("?watch", headers=watch_cookie)[0] == 403


def test_watcher_is_shown_inputs_outputs_and_the_run_but_no_secret_and_no_traceback(watched):
    served, presenter, watcher = watched()
    assert watcher.welcome["session"] == ""
    assert watcher.welcome["grant"] == presenter.welcome["grant"]
    assert watcher.welcome["role"] == "watcher"
    presenter.set(n=7)
    assert watcher.receive("frame", values={"n": 7})
    assert watcher.sees("n is 7, picture False")
    assert watcher.receive("run")["phase"] == "done"
    status, uploaded = presenter.upload("picture", png())
    assert status == 200
    stroke = {"op": "occlude", "path": [[0.1, 0.1], [0.5, 0.5]], "width": 0.1, "colour": "#000000"}
    value = {"blob": uploaded["blob"], "name": "a.png", "width": 4, "height": 4, "edits": [stroke]}
    presenter.set(picture=value)
    while not (shown := watcher.receive("frame")["values"].get("picture")):
        pass
    assert shown["edits"] == [stroke]
    path = f"media/{watcher.welcome['grant']}/{uploaded['blob']}"
    assert served.request(path)[0] == 200
    presenter.set(n=13)
    assert "thirteen is secret" in presenter.receive("run", phase="failed")["failure"]["title"]
    failure = watcher.receive("run", phase="failed")["failure"]
    assert failure["title"] is None
    assert failure["lines"] == []
    secret = presenter.welcome["session"]
    assert secret not in json.dumps([watcher.welcome, *watcher.messages])


def hostile_messages(presenter):
    session, grant = presenter.welcome["session"], presenter.welcome["grant"]
    assert session != grant
    yield from (
        {"type": "set", "values": {"n": 50}, "sequence": 1, "pressed": None},
        {"type": "set", "values": {}, "sequence": 2, "pressed": "go"},
        {"type": "set", "values": {"unknown": 1, "picture": {"blob": "0" * 64}}, "sequence": 10**9},
        {"type": "cancel"},
        {"type": "rerun"},
        {"type": "ask", "id": 1, "element": "output.table", "query": {"start": 100}},
        {"type": "ask", "id": 2, "element": "bulk", "query": {}},
        {"type": "bulk_start", "upload": "x", "truth": None},
        {"type": "bulk_stop"},
        {"type": "hand_turn", "watcher": 1},
        {"type": "hand_turn", "watcher": None},
        {"type": "hello", "session": grant, "epoch": presenter.welcome["epoch"], "seen": 10**9},
        {"type": "hello"},
        {"type": "scrolled", "element": "n", "fraction": 0.5},
        {"type": "welcome"},
        {"type": "watching", "number": 1, "live": True, "turn": "yours", "key": "x"},
        "not json",
        b"\xff\xfe",
        "[" * 100_000,
        json.dumps({"type": "set", "values": {"n": 60}, "sequence": "1"}),
    )


def test_server_ignores_whatever_a_watcher_sends(watched, connect):
    served, presenter, watcher = watched()
    presenter.receive("watchers", numbers=[1])
    grant = presenter.welcome["grant"]
    cookie = served.request(served.watch_query)[1]["Set-Cookie"].partition(";")[0]
    for message in hostile_messages(presenter):
        watcher.send(message)
    for secret in (grant, "", "x", "\u00e9", watcher.welcome["epoch"]):
        for path in ("upload", "bulk"):
            headers = {"X-Modelapp-Session": secret, "X-Modelapp-Input": "picture", "Cookie": cookie}
            assert served.request(path, method="POST", body=png(), headers=headers)[0] == 403
    watcher.close()
    # Messages are taken in order: when she is seen to have left, all that she sent was taken.
    before = []
    while (message := presenter.next())["type"] != "watchers":
        before.append(message)
    assert before == []
    assert message["numbers"] == []
    back = connect(served, presenter=True)
    back.hello(session=presenter.welcome["session"])
    frame = back.receive("frame", reset=True)
    assert frame["values"]["n"] == 1
    texts = [element["props"].get("text") for element in frame["elements"]]
    assert "pressed" not in texts
    assert "n is 1, picture False" in texts


def test_watchers_follow_the_page_that_was_used_last(watched, connect):
    served, first, watcher = watched()
    second = connect(served, presenter=True)
    second.hello()
    welcome = watcher.receive("welcome")
    assert welcome["grant"] == second.welcome["grant"]
    assert watcher.receive("frame", reset=True)["values"]["n"] == 1
    second.set(n=2)
    watcher.sees("n is 2, picture False")
    first.set(n=3)
    assert watcher.receive("welcome")["grant"] == first.welcome["grant"]
    watcher.sees("n is 3, picture False")
    first.close()
    assert watcher.receive("welcome")["grant"] == second.welcome["grant"]
    watcher.sees("n is 2, picture False")
    second.close()
    assert watcher.receive("watching")["live"] is False
    back = connect(served, presenter=True)
    back.hello(session=second.welcome["session"])
    assert watcher.receive("watching", live=True)
    watcher.sees("n is 2, picture False")


def test_watcher_who_comes_before_the_presenter_waits_for_her(serve, connect):
    served = serve(SCRIPT, "--watch")
    watcher = connect(served, watcher=True)
    assert watcher.hello()["grant"] == ""
    assert watcher.receive("watching")["live"] is False
    visitor = connect(served)
    visitor.hello()
    visitor.sees("n is 1, picture False")
    presenter = connect(served, presenter=True)
    presenter.hello()
    assert watcher.receive("welcome")["grant"] == presenter.welcome["grant"]
    watcher.sees("n is 1, picture False")


def test_presenter_is_told_who_watches(watched, connect):
    served, presenter, watcher = watched()
    presenter.receive("watchers", numbers=[1])
    other = connect(served, watcher=True)
    other.hello()
    presenter.receive("watchers", numbers=[1, 2])
    watcher.close()
    presenter.receive("watchers", numbers=[2])
    again = connect(served, presenter=True)
    again.hello(session=presenter.welcome["session"])
    again.receive("watchers", numbers=[2])
    visitor = connect(served)
    visitor.hello()
    visitor.receive("run", phase="done")
    assert not any(message["type"] in ("watchers", "watching") for message in visitor.messages)


def test_watcher_with_the_turn_sets_presses_and_uploads_until_it_is_taken_back(watched, connect):
    served, presenter, watcher = watched()
    presenter.send({"type": "hand_turn", "watcher": 1})
    key = watcher.receive("watching", turn="yours")["key"]
    presenter.receive("watchers", turn=1)
    watcher.set(n=5)
    presenter.sees("n is 5, picture False")
    watcher.sees("n is 5, picture False")
    watcher.set("go")
    presenter.sees("pressed")
    watcher.welcome = {**watcher.welcome, "session": key}
    status, uploaded = watcher.upload("picture", png())
    assert status == 200
    value = {"blob": uploaded["blob"], "name": "a.png", "width": 4, "height": 4, "edits": []}
    watcher.set(picture=value)
    presenter.sees("n is 5, picture True")
    headers = {"X-Modelapp-Session": key}
    assert served.request("bulk", method="POST", body=b"a,b", headers=headers)[0] == 403
    watcher.send({"type": "ask", "id": 1, "element": "bulk", "query": {}})
    watcher.send({"type": "bulk_stop"})

    presenter.send({"type": "hand_turn", "watcher": None})
    watcher.receive("watching", turn="none")
    assert watcher.receive("frame", reset=True)["values"]["n"] == 5
    presenter.receive("watchers", turn=None)
    watcher.set(n=6)
    assert watcher.upload("picture", png(5))[0] == 403
    watcher.close()
    while (message := presenter.next())["type"] != "watchers":
        assert message["type"] not in ("frame", "run")
    presenter.set(n=8)
    presenter.sees("n is 8, picture True")


def test_turn_passes_from_one_to_another_and_only_one_has_it(watched, connect):
    served, presenter, first = watched()
    second = connect(served, watcher=True)
    second.hello()
    presenter.send({"type": "hand_turn", "watcher": 1})
    key = first.receive("watching", turn="yours")["key"]
    second.receive("watching", turn="another", key=None)
    presenter.send({"type": "hand_turn", "watcher": 2})
    first.receive("watching", turn="another", key=None)
    assert second.receive("watching", turn="yours")["key"] not in (key, None)
    first.set(n=5)
    second.set(n=6)
    presenter.sees("n is 6, picture False")
    second.send({"type": "hand_turn", "watcher": 1})  # she may not pass it on
    second.send({"type": "hand_turn", "watcher": None})  # but give it back
    second.receive("watching", turn="none")
    presenter.receive("watchers", turn=None)
    presenter.send({"type": "hand_turn", "watcher": 99})
    presenter.set(n=7)
    presenter.sees("n is 7, picture False")


@pytest.mark.parametrize("who", ["watcher", "presenter", "another page"])
def test_turn_ends_when_either_side_leaves(watched, connect, who):
    served, presenter, watcher = watched()
    presenter.send({"type": "hand_turn", "watcher": 1})
    watcher.receive("watching", turn="yours")
    presenter.receive("watchers", turn=1)
    if who == "watcher":
        watcher.close()
        presenter.receive("watchers", numbers=[], turn=None)
        return
    if who == "presenter":
        presenter.close()
    else:
        connect(served, presenter=True).hello()
    watcher.receive("watching", turn="none", key=None)
    watcher.set(n=99)
    again = connect(served, presenter=True)
    again.hello(session=presenter.welcome["session"])
    again.receive("watchers", turn=None)
    watcher.set(n=98)
    watcher.close()
    again.receive("watchers", numbers=[])
    again.set(n=4)
    again.sees("n is 4, picture False")


def test_visitor_cannot_hand_out_a_turn(watched, connect):
    served, presenter, watcher = watched()
    presenter.receive("watchers", numbers=[1])
    visitor = connect(served)
    visitor.hello()
    visitor.send({"type": "hand_turn", "watcher": 1})
    visitor.set(n=3)
    visitor.sees("n is 3, picture False")
    presenter.set(n=2)
    presenter.sees("n is 2, picture False")
    watcher.sees("n is 2, picture False")
    assert not any(message["type"] in ("watchers", "watching") for message in presenter.messages + watcher.messages)


def test_saved_script_reaches_watchers_and_visitors_with_the_values_they_saw(watched, connect):
    served, presenter, watcher = watched()
    visitor = connect(served)
    visitor.hello()
    presenter.set(n=7)
    visitor.set(n=3)
    watcher.sees("n is 7, picture False")
    visitor.sees("n is 3, picture False")
    text = served.path.read_text()
    served.path.write_text(text.replace("n is", "now n is"))
    presenter.sees("now n is 7, picture False")
    watcher.sees("now n is 7, picture False")
    visitor.sees("now n is 3, picture False")
    served.path.write_text(text.replace("ma.text_output(", "ma.text_output(missing, "))
    failure = presenter.receive("run", phase="failed")["failure"]
    assert failure["title"].startswith("NameError")
    assert failure["lines"][-1]["code"].startswith("ma.text_output(missing")
    for other in (watcher, visitor):
        other.receive("editing", now=True)
        assert other.receive("run", phase="failed")["failure"]["lines"] == []
    served.path.write_text("import modelapp as ma\nma.text_output(")
    notice = presenter.receive("notice", level="error")
    assert notice["failure"]["lines"][-1]["line"] == 2
    served.path.write_text(text.replace("n is", "at last n is"))
    watcher.receive("editing", now=False)
    watcher.sees("at last n is 7, picture False")
    visitor.sees("at last n is 3, picture False")
    assert "SyntaxError" in served.log.read_text()
    assert "NameError" in served.log.read_text()


def test_presenter_is_asked_where_she_is_only_while_somebody_scrolls_along(watched, connect):
    served, presenter, watcher = watched()
    presenter.receive("watchers", numbers=[1], scroll=False)
    other = connect(served, watcher=True)
    other.hello()
    presenter.receive("watchers", numbers=[1, 2], scroll=False)
    watcher.send({"type": "follow_scroll", "now": True})
    presenter.receive("watchers", scroll=True)
    place = {"element": "output.text", "fraction": 0.25, "above": 0.0}
    presenter.send({"type": "scrolled", **place})
    watcher.receive("scroll", **place)
    other.send({"type": "follow_scroll", "now": True})  # who comes later is told at once
    other.receive("scroll", **place)
    watcher.send({"type": "follow_scroll", "now": False})
    presenter.send({"type": "scrolled", "element": None})
    other.receive("scroll", element=None)
    other.close()
    presenter.receive("watchers", numbers=[1], scroll=False)
    presenter.set(n=4)
    watcher.sees("n is 4, picture False")
    assert not any(message["type"] == "scroll" for message in watcher.messages)


def test_nobody_but_the_presenter_says_where_a_page_is(watched, connect):
    served, presenter, watcher = watched()
    watcher.send({"type": "follow_scroll", "now": True})
    presenter.receive("watchers", scroll=True)
    visitor = connect(served)
    visitor.hello()
    second = connect(served, presenter=True)
    second.hello()
    welcome = watcher.receive("welcome")
    assert welcome["grant"] == second.welcome["grant"]
    for one in (visitor, watcher, presenter):  # the presenter's other page is not the one that is watched
        one.send({"type": "scrolled", "element": "forged"})
        one.send({"type": "follow_scroll", "now": False} if one is visitor else {"type": "scrolled", "element": "x"})
    visitor.set(n=2)
    visitor.sees("n is 2, picture False")
    second.send({"type": "scrolled", "element": "n", "fraction": 0.5})
    assert watcher.receive("scroll")["element"] == "n"
    # To scroll is not to use a page: it is still the second that is watched.
    second.set(n=9)
    watcher.sees("n is 9, picture False")
