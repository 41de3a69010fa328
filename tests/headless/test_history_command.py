"""`modelapp history`: what was tried, listed, shown and deleted with its files."""

import json
import textwrap

import pytest
from click.testing import CliRunner
from modelapp.cli import main
from modelapp.core.protocol import CaseInput
from modelapp.session.blobs import FileBlobs
from modelapp.session.flags import Flags, KeptFlag, owner_of
from modelapp.session.folder import folder_of, make_private
from modelapp.session.history import History, KeptCase, KeptRemark
from modelapp.session.storage import FolderStorage
from modelapp.session.store import SessionStore

SCRIPT = "import modelapp as ma\nma.text_output(ma.text_input())\n"


class Kept:
    """A script on which cases were tried."""

    def __init__(self, folder):
        self.path = folder / "demo.py"
        self.path.write_text(textwrap.dedent(SCRIPT))
        self.folder = folder_of(self.path)
        make_private(self.folder)
        self.blobs = FileBlobs(self.folder / "blobs")
        self.store = SessionStore(FolderStorage(self.folder))
        self.store.create("session", "grant", "visitor")

    def tries(self, content, answer, visitor=None):
        """Keep a case of a file; return the file's digest."""
        digest = self.blobs.put(content)
        self.store.add_upload("session", digest)
        history = History(FolderStorage(self.folder))
        said = (CaseInput("scan", "Scan", "a.png", ({"op": "reverse"},)),)
        raw = {"scan": {"blob": digest, "name": "a.png", "edits": [{"op": "reverse"}]}}
        case = KeptCase("", owner_of("session"), 0, 1.7e9, visitor, "v", raw, {"text": answer}, said, answer)
        kept, _ = history.keep(case, [digest], lambda: True)
        link = history.share(kept.id)
        history.remark(link, KeptRemark("x", 1.7e9, None, "why\n\x1b[2J?"))
        history.close()
        return digest

    def call(self, *words, status=0):
        result = CliRunner().invoke(main, ["history", str(self.path), *words], standalone_mode=True)
        assert result.exit_code == status, result.output
        return result.output


@pytest.fixture
def kept(tmp_path):
    made = Kept(tmp_path)
    yield made
    made.store.close()


def test_cases_are_listed_and_shown(kept):
    assert kept.call() == "Nothing was tried yet.\n"
    digest = kept.tries(b"one", "dark\x1b[31m", "Dr. Rao")
    kept.tries(b"two", "lit")
    first, second = json.loads(kept.call("--json"))
    assert (first["answer"], second["visitor"]) == ("lit", "Dr. Rao")
    assert second["inputs"]["scan"]["blob"] == digest
    text = kept.call()
    assert "Dr. Rao" in text and "scan a.png (1 edit)" in text and "\x1b" not in text
    shown = kept.call("show", second["id"][:8])
    assert digest in shown and "a visitor" in shown and "\x1b" not in shown
    assert json.loads(kept.call("show", second["id"], "--json"))["remarks"][0]["text"] == "why\n\x1b[2J?"


def test_deleting_takes_the_files_that_nothing_needs(kept):
    one, two, three = kept.tries(b"one", "a"), kept.tries(b"two", "b"), kept.tries(b"three", "c")
    flags = Flags(FolderStorage(kept.folder))
    flags.keep("session", 0, KeptFlag(0, "f" * 16, 0.0, None, "v", {"scan": {"blob": two}}, {}))
    flags.close()
    newest = json.loads(kept.call("--json"))[0]
    assert kept.call("delete", newest["id"]) == "1 case is deleted, 1 file is removed.\n"
    assert kept.blobs.path(three) is None and kept.blobs.path(one) is not None
    assert json.loads(kept.call("delete", "--all", "--json")) == {"cases": 2, "files": 1, "running": False}
    assert kept.blobs.path(one) is None and kept.blobs.path(two) is not None  # the flag holds it
    assert kept.call() == "Nothing was tried yet.\n"
    content = (kept.folder / "history.sqlite3").read_bytes()
    assert b"a.png" not in content and b"why" not in content


@pytest.mark.parametrize(
    ("words", "status"),
    [(["show"], 2), (["delete"], 2), (["list", "x"], 2), (["delete", "x", "--all"], 2), (["show", "x"], 1)],
)
def test_wrong_usage_is_told(kept, words, status):
    kept.call(*words, status=status)
