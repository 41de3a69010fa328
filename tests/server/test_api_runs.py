"""Runs of callers as they go on: told in events, ended when the caller goes, and apart from pages."""

import contextlib
import socket

import pytest


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
