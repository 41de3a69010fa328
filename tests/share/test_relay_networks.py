"""A page through networks as they are: far away, lossy, gone for a while, and behind a firewall."""

import os

import pytest
from certificates import made_certificate
from chromium import ARGUMENTS
from networks import RELAY, network
from pictures import noise
from playwright.sync_api import expect
from relays import RelayProcess
from terminal import Terminal, complains

LONG = (
    120_000  # a lost connection is noticed after half a minute; packets that get lost are sent again ever more slowly
)
SCRIPT = """
    import modelapp as ma
    dose = ma.slider_input(min=0, max=10, value=5)
    scan = ma.image_input(required=False)
    ma.text_output(f"{dose} and {scan.size if scan else 'nothing'}")
"""


@pytest.fixture
def joined(serve, tmp_path, monkeypatch, chromium):
    """Start a relay, a host and a visitor's browser in a network; all are ended at the end."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}:/usr/sbin:/sbin")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    made = []

    def relay(net, *options):
        process = RelayProcess(tmp_path / "relay", "--host", RELAY, *options, inside=net.inside("relay"))
        made.append(process.stop)
        return process

    def host(net, through, share, key=True):
        pinned = ("--share-key", through.fingerprint) if key else ()
        return serve(SCRIPT, "--share", share, "--share-plain", *pinned, inside=net.inside("host"))

    def page(net):
        start = tmp_path / "chromium"
        start.write_text(f'#!/bin/sh\nexec {" ".join(net.inside("visitor"))} /usr/bin/chromium "$@"\n')
        start.chmod(0o755)
        browser = chromium.browser_type.launch(executable_path=start, args=ARGUMENTS)
        made.append(browser.close)
        context = browser.new_context(ignore_https_errors=True)
        context.set_default_timeout(LONG)
        return context.new_page()

    yield relay, host, page
    for end in reversed(made):
        end()


def url_of(served):
    return Terminal(served).says(r"public\s+(https?://\S+/)$")[1]


def works(page, url, tmp_path):
    page.goto(url)
    expect(page.get_by_text("5 and nothing")).to_be_visible(timeout=LONG)
    page.get_by_role("slider", name="Dose").press("ArrowRight")
    expect(page.get_by_text("6 and nothing")).to_be_visible(timeout=LONG)
    page.locator("input[type=file]").first.set_input_files(noise(tmp_path))
    expect(page.get_by_text("6 and (300, 200)")).to_be_visible(timeout=LONG)


def test_page_works_over_a_link_that_is_slow_and_loses_packets(joined, tmp_path):
    relay, host, page = joined
    # 40 ms each way on both links: a visitor's word is 80 ms on its way to the host.
    with network(delay_seconds=0.04, loss=0.02) as net:
        through = relay(net)
        served = host(net, through, f"{RELAY}:{through.port}")
        works(page(net), url_of(served), tmp_path)
        assert net.lost


def test_page_goes_on_when_the_hosts_link_was_away_for_half_a_minute(joined, tmp_path):
    relay, host, page = joined
    with network() as net:
        through = relay(net)
        served = host(net, through, f"{RELAY}:{through.port}")
        terminal = Terminal(served)
        url = terminal.says(r"public\s+(http://\S+/)$")[1]
        first = page(net)
        works(first, url, tmp_path)
        net.unplug("host")
        other = first.context.new_page()
        other.goto(url)
        expect(other.get_by_text("The host is offline.")).to_be_visible(timeout=LONG)
        # Until both sides have noticed: what comes back sooner goes on as if nothing had been.
        through.tells(event="down")
        complains(served, "The public link is down")
        net.plug("host")
        expect(other.get_by_text("5 and nothing")).to_be_visible(timeout=LONG)
        assert terminal.says(r"public\s+(\S+) is back", 120)[1] == url
        first.get_by_role("slider", name="Dose").press("ArrowRight")
        expect(first.get_by_text("7 and (300, 200)")).to_be_visible(timeout=LONG)


def test_firewall_that_lets_only_443_out_lets_ssh_on_443_out(joined, tmp_path):
    relay, host, page = joined
    with network() as net:
        through = relay(net, "--port", "443", "--ssh-port", "2222", *made_certificate(tmp_path, RELAY).options)
        net.firewall("host", "tcp dport 443 accept")
        assert net.reaches("visitor", 2222) and net.reaches("host", 443) and not net.reaches("host", 2222)
        served = host(net, through, f"{RELAY}:443")
        url = url_of(served)
        assert url.startswith(f"https://{RELAY}/a/")
        works(page(net), url, tmp_path)


def test_firewall_that_lets_no_ssh_out_lets_a_websocket_out(joined, tmp_path, monkeypatch):
    relay, host, page = joined
    with network() as net:
        certificate = made_certificate(tmp_path, RELAY)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.root))
        through = relay(net, "--port", "443", *certificate.options)
        # What begins with "SSH-" is dropped, as by a firewall that looks into what passes.
        net.firewall("host", "tcp dport 443 @ih,0,32 0x5353482d drop", "tcp dport 443 accept")
        refused = host(net, through, f"{RELAY}:443")
        said = complains(refused, "does not speak SSH with us")
        assert "--share https://HOST" in said
        refused.stop()
        served = host(net, through, f"https://{RELAY}")
        works(page(net), url_of(served), tmp_path)
