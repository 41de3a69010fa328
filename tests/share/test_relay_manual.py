"""The relay's page of the manual is true: its commands and options exist, and its figures are those of the code."""

import re
from dataclasses import fields
from pathlib import Path

from click.testing import CliRunner
from modelapp.cli import main
from modelapp.share.relay.limits import Limits

PAGE = (Path(__file__).parents[2] / "docs" / "relay.md").read_text()


def test_options_of_the_page_exist():
    helps = {name: CliRunner().invoke(main, [name, "--help"]).output for name in ("relay", "run")}
    for block in re.findall(r"```sh\nmodelapp (\w+)(.*?)```", PAGE, re.DOTALL):
        for option in re.findall(r"--[\w-]+", block[1]):
            assert option in helps[block[0]]
    for option in re.findall(r"`(--[\w-]+)", PAGE):
        assert any(option in text for text in helps.values()), option


def test_every_option_of_the_command_is_in_the_manual():
    manual = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    section = manual.partition("## modelapp relay")[2].partition("\n## ")[0]
    shown = set(re.findall(r"--[\w-]+", CliRunner().invoke(main, ["relay", "--help"]).output)) - {"--help", "--share"}
    assert shown <= set(re.findall(r"--[\w-]+", section))


def test_limits_of_the_page_are_those_of_the_code():
    limits = Limits()
    table = PAGE.partition("## Limits")[2].partition("\nWho guesses")[0]
    for name in ("tunnels", "tunnels_per_key", "connections_per_tunnel", "visitors", "visitors_per_address", "logins",
                 "logins_per_address", "guesses"):  # fmt: skip
        assert re.search(rf"\b{getattr(limits, name)}\b", table), name
    assert f"{limits.header_bytes >> 10} kB, within {limits.header_seconds:.0f} s" in table
    assert f"{limits.stall_seconds:.0f} s" in table and f"{limits.login_seconds:.0f} s" in table
    assert limits.guesses_per_second == 0.5 and "one in 2 s" in table
    assert limits.bytes_per_second == 0 and len(fields(limits)) == 15
