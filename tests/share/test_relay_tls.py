"""A real browser that trusts a root of its own, on a page behind a relay with a certificate: SSH on the same port."""

import os
import subprocess

import pytest
from certificates import made_certificate
from chromium import ARGUMENTS
from pictures import noise
from playwright.sync_api import Error, expect
from terminal import Terminal

SCRIPT = """
    import modelapp as ma
    dose = ma.slider_input(min=0, max=10, value=5)
    scan = ma.image_input(required=False)
    ma.text_output(f"{dose} and {scan.size if scan else 'nothing'}")
    if scan:
        ma.image_output(scan)
"""


@pytest.fixture
def trusting(chromium, relay, tmp_path):
    """A browser that trusts the root of a certificate; return both. It looks into its user's database, as others do."""
    made = []

    def start(*names):
        certificate = made_certificate(tmp_path, *names)
        database = tmp_path / "home" / ".pki" / "nssdb"
        database.mkdir(parents=True)
        for options in (
            ["-N", "--empty-password"],
            ["-A", "-n", "root", "-t", "C,,", "-i", str(certificate.root)],
        ):
            subprocess.run(["certutil", "-d", f"sql:{database}", *options], check=True)
        browser = chromium.browser_type.launch(
            executable_path="/usr/bin/chromium", args=ARGUMENTS, env={**os.environ, "HOME": str(tmp_path / "home")}
        )
        made.append(browser)
        return browser, certificate

    yield start
    for browser in made:
        browser.close()


@pytest.mark.parametrize("options", [(), ("--domain", "relay.localhost")], ids=["path", "subdomain"])
def test_page_works_by_https(serve, relay, trusting, tmp_path, options):
    browser, certificate = trusting("127.0.0.1", "*.relay.localhost")
    through = relay(*options, *certificate.options)
    assert through.ssh_port == through.port
    served = serve(SCRIPT, *through.share)
    url = Terminal(served).says(r"public\s+(https://\S+/)$")[1]
    page = browser.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("requestfailed", lambda request: faults.append(request.url))
    answer = page.goto(f"{url}?key={served.key}")
    assert answer.security_details()["issuer"] == "Root of a test"
    expect(page.get_by_text("5 and nothing")).to_be_visible()
    assert page.evaluate("isSecureContext")
    (cookie,) = [one for one in page.context.cookies(url) if one["name"].startswith("modelapp_key")]
    assert cookie["secure"] and cookie["httpOnly"]
    page.get_by_role("slider", name="Dose").press("ArrowRight")
    expect(page.get_by_text("6 and nothing")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(noise(tmp_path))
    expect(page.get_by_text("6 and (300, 200)")).to_be_visible()
    expect(page.locator("img").last).to_have_js_property("naturalWidth", 300)
    assert not faults


def test_browser_that_does_not_trust_the_root_shows_nothing_of_the_page(serve, relay, context, tmp_path):
    through = relay(*made_certificate(tmp_path, "127.0.0.1").options)
    served = serve(SCRIPT, *through.share)
    url = Terminal(served).says(r"public\s+(https://\S+/)$")[1]
    with pytest.raises(Error, match="ERR_CERT_AUTHORITY_INVALID"):
        context.new_page().goto(url)


def test_encrypted_page_works_by_https(serve, relay, trusting, tmp_path):
    browser, certificate = trusting("127.0.0.1", "*.relay.localhost")
    through = relay("--domain", "relay.localhost", *certificate.options)
    served = serve(SCRIPT, *through.share_sealed)
    url = Terminal(served).says(r"public\s+(https://\S+/#[\w-]{43})$")[1]
    page = browser.new_page()
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(url)
    expect(page.get_by_text("5 and nothing")).to_be_visible()
    page.locator("input[type=file]").first.set_input_files(noise(tmp_path))
    expect(page.get_by_text("5 and (300, 200)")).to_be_visible()
    expect(page.locator("img").last).to_have_js_property("naturalWidth", 300)
    assert not page.context.cookies(url) and not faults
