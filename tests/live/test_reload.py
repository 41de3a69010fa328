"""Hot reload: what is saved shows, what is broken leaves the page as it was."""

import sys
import textwrap


def write(path, text):
    path.write_text(textwrap.dedent(text))


def watched(host):
    host.call(host.app.watch)
    return host.user()


def test_script_that_was_saved_before_anybody_watched_is_reloaded(hosts):
    host = hosts("import modelapp as ma\nma.text_output('old')\n")
    user = host.user().sees("old")
    host.path.write_text("import modelapp as ma\nma.text_output('new')\n")
    host.call(host.app.watch)
    user.sees("new")


def test_saved_script_updates_the_page_and_keeps_values(hosts):
    host = hosts("""
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.text_output(f"old {n}")
    """)
    user = watched(host)
    user.sees("old 1").settle()
    user.set(n=5)
    user.sees("old 5").settle()
    write(
        host.path,
        """
        import modelapp as ma
        n = ma.number_input(value=1)
        ma.text_output(f"new {n}")
    """,
    )
    user.sees("new 5")


def test_editor_that_saves_by_renaming_is_seen(hosts):
    host = hosts("import modelapp as ma\nma.text_output('old')")
    user = watched(host)
    user.sees("old").settle()
    aside = host.folder / ".demo.py.swp"
    aside.write_text("import modelapp as ma\nma.text_output('new')")
    aside.replace(host.path)
    user.sees("new").settle()
    host.path.rename(host.folder / "demo.py~")
    host.path.write_text("import modelapp as ma\nma.text_output('newest')")
    user.sees("newest")


def test_syntax_error_leaves_the_page_tells_the_author_and_recovers(hosts):
    host = hosts("import modelapp as ma\nma.text_output('good')")
    user = watched(host)
    visitor = host.user(role="visitor")
    user.sees("good").settle()
    visitor.sees("good").settle()
    host.path.write_text("import modelapp as ma\nma.text_output('good'\n")
    user.wait(lambda: any(notice.level == "error" for notice in user.notices))
    failure = [notice for notice in user.notices if notice.level == "error"][-1].failure
    assert failure.title.startswith("SyntaxError")
    assert failure.lines[-1].line == 2
    assert user.texts == visitor.texts == ["good"]
    assert visitor.notices == []
    host.path.write_text("import modelapp as ma\nma.text_output('better')")
    user.sees("better")
    visitor.sees("better")


def test_page_opened_while_the_script_is_broken_from_the_start_recovers(hosts):
    host = hosts("import modelapp as ma\nma.text_output(")
    user = watched(host)
    user.wait(lambda: user.phase == "failed")
    assert user.failure.title.startswith("SyntaxError")
    host.path.write_text("import modelapp as ma\nma.text_output('whole')")
    user.sees("whole")


def test_module_and_a_module_that_it_imports_are_reloaded(hosts, tmp_path):
    write(tmp_path / "deep_part.py", "VALUE = 1")
    write(tmp_path / "middle_part.py", "from deep_part import VALUE\n\ndef value():\n    return VALUE")
    package = tmp_path / "local_package"
    package.mkdir()
    write(package / "__init__.py", "from .inner import word")
    write(package / "inner.py", "word = 'a'")
    host = hosts("""
        import modelapp as ma
        import middle_part
        from local_package import word
        ma.text_output(f"{middle_part.value()} {word}")
    """)
    user = watched(host)
    user.sees("1 a").settle()
    write(tmp_path / "deep_part.py", "VALUE = 2")
    user.sees("2 a").settle()
    write(package / "inner.py", "word = 'b'")
    user.sees("2 b").settle()
    write(tmp_path / "deep_part.py", "VALUE = 3")
    user.sees("3 b")


def test_class_that_uses_a_reloaded_module_is_defined_anew(hosts, tmp_path):
    write(tmp_path / "limits_part.py", "LIMIT = 1")
    host = hosts("""
        import modelapp as ma
        from limits_part import LIMIT

        class Rule:
            def limit(self):
                return LIMIT

        ma.text_output(f"limit {Rule().limit()}")
    """)
    user = watched(host)
    user.sees("limit 1").settle()
    write(tmp_path / "limits_part.py", "LIMIT = 2")
    user.sees("limit 2")


def test_third_party_modules_are_not_touched(hosts, tmp_path):
    write(tmp_path / "own_part.py", "X = 1")
    host = hosts("import json, own_part\nimport modelapp as ma\nma.text_output(f'{own_part.X}')")
    user = watched(host)
    user.sees("1").settle()
    json_before = sys.modules["json"]
    write(tmp_path / "own_part.py", "X = 2")
    user.sees("2").settle()
    assert sys.modules["json"] is json_before


def test_broken_module_shows_its_line_and_the_last_page_stays(hosts, tmp_path):
    write(tmp_path / "weak_part.py", "X = 1")
    host = hosts("import weak_part\nimport modelapp as ma\nma.text_output(f'x {weak_part.X}')")
    user = watched(host)
    user.sees("x 1").settle()
    write(tmp_path / "weak_part.py", "X = = 1")
    user.wait(lambda: user.phase == "failed")
    assert user.failure.lines[-1].file == "weak_part.py"
    assert user.texts == ["x 1"]
    write(tmp_path / "weak_part.py", "X = 3")
    user.sees("x 3")


def test_script_with_torch_reloads_without_noise(hosts, caplog, recwarn):
    host = hosts("""
        import torch
        import modelapp as ma
        ma.text_output(f"one {torch.ones(2).sum().item()}")
    """)
    user = watched(host)
    user.sees("one 2.0").settle()
    torch_before = sys.modules["torch"]
    write(
        host.path,
        """
        import torch
        import modelapp as ma
        ma.text_output(f"two {torch.ones(3).sum().item()}")
    """,
    )
    user.sees("two 3.0").settle()
    assert sys.modules["torch"] is torch_before
    assert [str(warning.message) for warning in recwarn] == []
    assert [record.message for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []
