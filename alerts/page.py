"""The page itself: what it says in the reader's language, what it looks like, and what a browser may do with it."""

import base64
import hashlib

from markupsafe import Markup

from alerts.render import template
from alerts.spoken import languages
from alerts.words import words

STATES = ("subscribed", "left", "bounced", "unknown", "unclear", "busy", "away")


def page(state: str, language: str, address: str) -> str:
    """The page of a state, one of the words' "leave.*"; it shows no more of the address than its owner needs."""
    given = {
        "state": state,
        "words": words(language, Markup),
        "address": masked(address) if address else "",
        "style": Markup(STYLE),
    }
    return template("leave.html.j2", html=True).render(given)


def masked(address: str) -> str:
    """An address that its owner recognises and nobody else can use."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}…@{domain}"


def accepted(header: str) -> str:
    """The first language of an Accept-Language header that there are words for; French, the house's, otherwise."""
    wished = [each.partition(";")[0].strip().partition("-")[0].lower() for each in header[:200].split(",")]
    return next((each for each in wished if each in languages()), "fr")


STYLE = """
:root { color-scheme: light dark; }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; background: #f4f1ea; color: #1f1d1a; }
main { max-width: 32rem; margin: 12vh auto; padding: 2rem; background: #fff; border-top: 3px solid #8a4b08; }
h1 { margin: 0 0 1rem; font: bold 1.5rem/1.25 Georgia, serif; }
button { font: inherit; padding: .6rem 1.2rem; border: 0; background: #8a4b08; color: #fff; cursor: pointer; }
button:focus-visible { outline: 3px solid #1f1d1a; outline-offset: 2px; }
@media (prefers-color-scheme: dark) {
  body { background: #121110; color: #f0ece4; } main { background: #1c1b19; border-color: #f0b35a; }
  button { background: #f0b35a; color: #121110; } button:focus-visible { outline-color: #f0ece4; }
}
"""
_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
SECURITY = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
