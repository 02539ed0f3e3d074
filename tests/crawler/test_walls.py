"""What stands where an article should, on invented pages."""

import time

import pytest

from crawler.walls import FEW_WORDS, LARGEST, wall_in, what_is
from tests.support.press import ABOUT_SOMETHING_ELSE, ABOUT_THE_FILM, article, listing

BANNER = (
    "<div><p>Avec votre accord, nos 812 partenaires et nous utilisons des cookies ou traceurs équivalents pour mesurer "
    "l’audience et vous proposer des contenus adaptés à vos goûts, que vous soyez connecté ou non.</p>"
    "<p>Vous pouvez retirer votre consentement à tout moment, depuis le lien Cookies placé au bas de chaque page, ou "
    "refuser dès maintenant, auquel cas seules les mesures nécessaires au site seront faites.</p>"
    "<button>Tout accepter</button></div>"
)
FORM = '<form><label>Mot de passe</label><input type="password" name="p"></form>'
LONG = f"{ABOUT_THE_FILM} {ABOUT_SOMETHING_ELSE}"
MENU = "<nav>" + "<a href='/x'>Toutes les sorties de la semaine dans les salles de la région</a>" * 60 + "</nav>"


def page(title: str, body: str, head: str = "") -> bytes:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    "body",
    [
        article("Hublot en tête", LONG).encode(),
        page("Hublot", f"{MENU}{BANNER}<p>{LONG}</p>{FORM}"),
        page("Hublot", f"<div>{ABOUT_THE_FILM}<br><br>{ABOUT_SOMETHING_ELSE}</div>"),
        page("Hublot", f"<div>{LONG}</div>", "<script src='https://hcaptcha.com/1/api.js'></script>"),
        page("Code 404, le film", f"<p>{LONG}</p>" * 3),
        page("Hublot", "", f'<script type="application/ld+json">{{"articleBody": "{LONG}"}}</script>'),
        article("Hublot en tête", LONG).encode("utf-16"),
    ][:-1],
)
def test_an_article_is_one_whatever_stands_around_it(body: bytes) -> None:
    assert what_is(body) == "article"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("consent", page("Gazette du Septième", BANNER)),
        ("consent", page("Vos choix et vos cookies", "<button>Accepter</button>")),
        ("login", page("Connexion", f"<h1>Se connecter</h1>{FORM}")),
        ("login", page("Le Strapontin", f"<p>Cet article vous attend.</p>{FORM}")),
        ("challenge", page("Just a moment...", "<p>Checking your browser</p>")),
        ("challenge", page("journal.example", '<iframe src="https://geo.captcha-delivery.com/captcha/"></iframe>')),
        ("challenge", page("Accès refusé", f"<p>{'Votre requête ressemble à celle d’une machine. ' * 6}</p>")),
        ("soft_404", page("Page introuvable – Le Strapontin", MENU + "<p>Essayez la recherche.</p>")),
        (
            "soft_404",
            page("Le Strapontin", "<p>Cette page n’existe plus, ou n’a jamais existé : reprenez au début.</p>"),
        ),
        (
            "soft_404",
            page("Erreur 404", f"<p>{'La page demandée a été déplacée ou retirée par la rédaction. ' * 6}</p>"),
        ),
        ("empty", b""),
        ("empty", b"\x00\xff\xfe"),
        ("empty", page("Le Strapontin", '<div id="root"></div><script>render(' + "x" * 9000 + ")</script>")),
        ("empty", page("Le Strapontin", f"<script>{'x' * LARGEST}</script><p>{LONG}</p>")),
        ("empty", page("Le Strapontin", "<p>Une rubrique de plus dans ce site</p>" * 40)),
        ("empty", page("Le Strapontin", MENU)),
        ("empty", listing([("/un-titre-de-quatre-mots", "Un titre de quatre mots " * 5)] * 40).encode()),
    ],
)
def test_what_is_no_article_is_called_by_its_name(kind: str, body: bytes) -> None:
    assert what_is(body) == kind


@pytest.mark.parametrize(
    "piece", ["<", "<script", "<script>", "<a>", "<title>", '"articleBody":"', "cookie", "n'existe", "<p>" + "x" * 61]
)
def test_a_hostile_page_costs_no_time(piece: str) -> None:
    began = time.process_time()
    what_is((piece * (LARGEST // len(piece))).encode())
    assert time.process_time() - began < 5


def test_beside_much_text_only_a_consent_page_or_a_challenge_is_a_wall() -> None:
    form, asks = page("Connexion", f"<h1>Se connecter</h1>{FORM}"), page("Gazette du Septième", BANNER)
    assert (wall_in(form), wall_in(form, FEW_WORDS), wall_in(asks, FEW_WORDS)) == ("login", None, "consent")
