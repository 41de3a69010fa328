"""The index of a gallery as HTML. Cards have their size from the start, so that none moves when an answer comes."""

from html import escape

from modelapp.server.gallery.addresses import Addresses
from modelapp.server.gallery.cards import Answer
from modelapp.server.gallery.scripts import AppFile

MOST_WITHOUT_SEARCH = 12
_BROKEN = "Not available just now"


def index_page(title: str, cards: list[tuple[AppFile, Answer]], addresses: Addresses, style: str) -> str:
    """Return the page.

    Args:
        title: Of the gallery.
        cards: Each app with what is known of it.
        addresses: Where the apps are.
        style: Address of the style sheet that all pages have.
    """
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)}</title>
<link rel="icon" href="_gallery/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="{escape(style)}">
<link rel="stylesheet" href="_gallery/gallery.css">
<script src="_gallery/gallery.js" defer></script>
</head>
<body>
<header>
<h1>{escape(title)}</h1>
<p class="count" id="count" role="status">{count(len(cards))}</p>
<input id="search" type="search" placeholder="Search" aria-label="Search apps"{_hidden(cards)}>
</header>
<main>
<ul class="cards" id="cards">
{card_list(cards, addresses)}
</ul>
<p class="none" id="none" hidden>No app has these words.</p>
</main>
</body>
</html>
"""


def count(apps: int) -> str:
    """Return how many apps there are, in words."""
    return "1 app" if apps == 1 else f"{apps} apps"


def card_list(cards: list[tuple[AppFile, Answer]], addresses: Addresses) -> str:
    """Return the cards alone."""
    return "\n".join(_card(app, answer, addresses.of(app.name)) for app, answer in cards)


def _hidden(cards: list[tuple[AppFile, Answer]]) -> str:
    return "" if len(cards) > MOST_WITHOUT_SEARCH else " hidden"


def _card(app: AppFile, answer: Answer, address: str) -> str:
    about = f'<p class="about">{escape(app.description)}</p>' if app.description else ""
    return (
        f'<li data-name="{escape(app.name)}"><a href="{address}/"><div class="shown">{_shown(address, answer)}</div>'
        f"<h2>{escape(app.title)}</h2>{about}</a></li>"
    )


def _shown(address: str, answer: Answer) -> str:
    if answer.state == "waiting":
        return '<p class="quiet waiting"><span class="hidden">Its answer is being made</span></p>'
    if answer.state == "broken":
        return f'<p class="quiet">{_BROKEN}</p>'
    words = _words(answer)
    if answer.picture:
        source = f"_gallery/picture/{address}?{answer.version[:16]}"
        strip = f'<p class="strip">{words}</p>' if words else ""
        return f'<div class="picture"><img src="{source}" alt="" loading="lazy"></div>{strip}'
    if words:
        bar = "" if answer.share is None else f'<i style="--share:{_fraction(answer.share) * 100:.0f}%"></i>'
        return f'<p class="answer">{words}{bar}</p>'
    return f'<p class="quiet">{f"Takes: {escape(answer.waits)}" if answer.waits else "Open it to see more"}</p>'


def _words(answer: Answer) -> str:
    if answer.answer is None:
        return ""
    share = "" if answer.share is None else f" <span>{_fraction(answer.share):.2f}</span>"
    name = f" <span>{escape(answer.name)}</span>" if answer.name and answer.name.lower() != "number" else ""
    return f"<b>{escape(answer.answer)}</b>{share}{name}"


def _fraction(share: float) -> float:
    return min(1.0, max(0.0, share)) if share == share else 0.0
