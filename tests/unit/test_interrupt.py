"""Ending a run from another thread leaves the interpreter as it was."""

import subprocess
import sys
import textwrap


def test_runs_end_under_a_tracing_function(tmp_path):
    # A debugger or a coverage tool traces. An interruption that was taken back the wrong way would keep
    # the interpreter's evaluation loop busy for ever.
    (tmp_path / "demo.py").write_text("x = 1\n")
    program = f"""
        import sys
        from pathlib import Path
        from modelapp.core.context import RunContext
        from modelapp.core.declared import Given
        from modelapp.script.run import Script, execute
        version = Script(Path({str(tmp_path / "demo.py")!r})).version
        sys.settrace(lambda *arguments: None)
        for _ in range(3):
            print(execute(version, RunContext(Given(), None, {{}}, version.variable_at)).phase)
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout.split() == ["done"] * 3, done.stderr
