"""The public link of an Interface in a running program, through a real OpenSSH server."""

import urllib.request

import modelapp as ma
import pytest

PATIENCE_SECONDS = 90


def test_link_is_known_when_launch_returns_and_goes_with_the_page(sshd, tmp_path):
    (tmp_path / "louder.py").touch()
    code = compile("ma.Interface('text', 'text', model=str.upper)", str(tmp_path / "louder.py"), "eval")
    interface = eval(code, {"ma": ma, "__name__": "louder"})  # its folder is then beside that file
    share = f"{sshd.user}@127.0.0.1:{sshd.port}"
    with interface.launch(port=0, share=share, validate=False, block=False) as page:
        assert page.share_url.startswith("http://127.0.0.1:")
        assert page.share_url != page.url
        with urllib.request.urlopen(page.share_url, timeout=PATIENCE_SECONDS) as answer:
            assert answer.status == 200
        link = page.share_url
    assert page.share_url is None
    with pytest.raises(OSError):
        urllib.request.urlopen(link, timeout=PATIENCE_SECONDS)
