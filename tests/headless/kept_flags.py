"""A script whose page was flagged, without a page."""

import subprocess
import sys
import textwrap

from modelapp.session.blobs import FileBlobs
from modelapp.session.flags import Flags, KeptFlag, Words
from modelapp.session.folder import folder_of, make_private
from stores import storage_at

SCRIPT = """
    import modelapp as ma
    a = ma.number_input(value=1)
    name = ma.text_input(value="x")
    print("printed by the script")
    ma.label_output({"even": float(a % 2 == 0), "odd": float(a % 2)})
    ma.text_output(f"{name} {a:g}")
"""


class App:
    def __init__(self, folder):
        self.path = folder / "demo.py"
        self.save(SCRIPT)
        make_private(folder_of(self.path))

    def save(self, script):
        self.path.write_text(textwrap.dedent(script))

    def blob(self, content):
        return FileBlobs(folder_of(self.path) / "blobs").put(content)

    def flag(self, inputs, outputs, **fields):
        flags = Flags(storage_at(self.path))
        words = Words(**fields)
        count = len(flags.all())
        kept = KeptFlag(0, f"flag-of-a-page-{count:04}", 1.7e9 + count, None, "v" * 64, inputs, outputs, words)
        kept, _ = flags.keep("session", 0, kept)
        flags.close()
        return kept

    def all(self):
        flags = Flags(storage_at(self.path))
        found = flags.all()
        flags.close()
        return found

    def __call__(self, *words, status=0):
        command = [sys.executable, "-m", "modelapp", words[0], self.path.name, *words[1:]]
        done = subprocess.run(command, cwd=self.path.parent, capture_output=True, text=True, timeout=100, check=False)
        assert done.returncode == status, done.stderr + done.stdout
        assert "Traceback" not in done.stderr
        return done.stdout if status in (0, 1) and done.stdout else done.stderr
