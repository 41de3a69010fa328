"""Saving a script while others look: what fails leaves their page as it was, and a renamed input keeps its value."""

import textwrap

import pytest
from modelapp.core.protocol import Editing


def editing(user):
    """Return what the page was last told of the script being edited."""
    told = [message.now for message in user.messages if isinstance(message, Editing)]
    return bool(told) and told[-1]


def save(host, text):
    host.path.write_text(textwrap.dedent(text))
    host.call(host.app.reload, {host.path})


GOOD = """
    import modelapp as ma
    n = ma.number_input(value=1)
    ma.text_output(f"good {n}")
"""


@pytest.mark.parametrize("broken", ["ma.text_output(", "ma.text_output(missing)"])
def test_edit_that_fails_leaves_the_last_good_page_and_a_quiet_line(hosts, broken):
    host = hosts(GOOD)
    author, visitor = host.user(), host.user(role="visitor")
    visitor.sees("good 1").settle()
    author.sees("good 1").settle()
    save(host, f"import modelapp as ma\n{broken}\n")
    visitor.wait(lambda: editing(visitor))
    assert visitor.texts == ["good 1"]
    assert all(phase.failure is None or phase.failure.title is None for phase in visitor.phases)
    assert not visitor.notices
    author.wait(lambda: author.failure or any(notice.failure for notice in author.notices))
    failure = author.failure or author.notices[-1].failure
    assert (failure.lines[-1].file, failure.lines[-1].line) == ("demo.py", 2)
    late = host.user(role="visitor", session=visitor.session.id)
    late.wait(lambda: editing(late))
    save(host, GOOD.replace("good", "better"))
    visitor.sees("better 1").wait(lambda: not editing(visitor))


def test_error_is_shown_on_a_page_that_its_author_opens_later_until_it_is_mended(hosts, caplog):
    host = hosts(GOOD)
    host.user().sees("good 1").settle()
    save(host, "import modelapp as ma\nma.text_output(")
    assert "demo.py:2" in caplog.text
    assert host.app.standing[0].failure.lines[-1].line == 2
    save(host, GOOD)
    assert host.app.standing == ()


def test_failure_that_an_input_causes_is_no_edit(hosts):
    host = hosts("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.text_output(f"{1 / n}")
    """)
    visitor = host.user(role="visitor").sees("1.0").settle()
    visitor.set(n=0)
    visitor.wait(lambda: visitor.phase == "failed")
    assert not editing(visitor)
    save(host, "import modelapp as ma\nn = ma.number_input(value=1)\nma.text_output(f'new {1 / n}')\n")
    visitor.wait(lambda: editing(visitor))  # it works for nobody who set this, as far as is known
    visitor.set(n=2)
    visitor.sees("new 0.5").wait(lambda: not editing(visitor))


SLIDERS = """
    import modelapp as ma
    low = ma.slider_input(value=1)
    high = ma.slider_input(value=2)
    ma.text_output(f"{low} {high}")
"""


def test_renamed_slider_keeps_its_value_and_the_author_is_told(hosts):
    host = hosts(SLIDERS)
    user, other = host.user(), host.user(role="visitor")
    user.sees("1 2").settle()
    other.sees("1 2").settle()
    user.set(low=10, high=20)
    other.set(high=30)
    user.sees("10 20").settle()
    other.sees("1 30").settle()
    save(host, SLIDERS.replace("high", "top"))
    user.wait(lambda: user.values.get("top") == 20 and "high" not in user.order)
    user.sees("10 20")
    other.wait(lambda: other.values.get("top") == 30)
    other.sees("1 30").settle()
    assert user.notices[-1].text.endswith("What was set for high is kept as top.")
    save(host, SLIDERS)
    other.wait(lambda: other.values.get("high") == 30 and "top" not in other.order)


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        # Two come: either could be it.
        ("low = ma.slider_input(value=1)\ntop = ma.slider_input(value=2)\nmore = ma.slider_input(value=3)", "1 2"),
        # Of another kind.
        ("low = ma.slider_input(value=1)\ntop = ma.number_input(value=2)", "1 2"),
        # In another place.
        ("top = ma.slider_input(value=2)\nlow = ma.slider_input(value=1)", "1 2"),
        # Both are gone.
        ("first = ma.slider_input(value=1)\ntop = ma.slider_input(value=2)", "1 2"),
    ],
)
def test_where_a_match_is_not_plain_nothing_is_kept(hosts, after, shown):
    host = hosts(SLIDERS)
    user = host.user().sees("1 2").settle()
    user.set(high=20)
    user.sees("1 20").settle()
    first = "first" if "first" in after else "low"
    save(host, f"import modelapp as ma\n{after}\nma.text_output(f'{{{first}}} {{top}} now')\n")
    user.sees(f"{shown} now")


def test_renamed_picture_keeps_its_edits_also_for_a_host_that_is_started_again(serve, connect):
    import io

    from PIL import Image

    script = """
        import modelapp as ma
        picture = ma.image_input(required=False)
        with ma.inputs(submit="Run"):
            dose = ma.number_input(value=1)
        ma.text_output(f"{picture.size if picture else None} {dose}")
    """
    served = serve(script)
    socket, gone = connect(served), connect(served)
    welcome, gone_welcome = socket.hello(), gone.hello()
    socket.receive("run", phase="waiting")
    gone.receive("run", phase="waiting")
    data = io.BytesIO()
    Image.new("RGB", (40, 20)).save(data, "PNG")
    for one in (socket, gone):
        uploaded = one.upload("picture", data.getvalue())[1]
        crop = {"op": "crop", "box": [0.0, 0.0, 0.5, 1.0]}
        picture = {"blob": uploaded["blob"], "name": "a.png", "width": 40, "height": 20, "edits": [crop]}
        one.set("layout.inputs.run", picture=picture, dose=7)
        one.sees("(20, 20) 7")
        one.receive("run", phase="done")
    gone.close()
    text = served.path.read_text().replace("picture", "photo")
    served.path.write_text(text)
    values = {}
    while "photo" not in values:
        values = socket.receive("frame")["values"]
    assert values["photo"]["edits"] == [crop]
    served.path.write_text(text.replace("dose", "amount"))
    while values.get("amount") != 7:
        values = socket.receive("frame")["values"]
    served.kill()
    served.start(served.port)
    for kept in (welcome, gone_welcome):
        back = connect(served)
        assert back.hello(session=kept["session"])["resumed"]
        back.sees("(20, 20) 7")
