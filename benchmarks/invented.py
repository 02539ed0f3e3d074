"""Invented pages as outlets make them, and web archives of them.

A page has about 180 KB: scripts, navigation, teasers, and an article of words drawn by lot.
"""

import io
import random
from pathlib import Path

from fastwarc.stream_io import GzipWriter
from fastwarc.warc import WarcRecord, WarcRecordType

SIZE = 180_000
DISTINCT = 150
ONE_IN = 100
WORDS = """
le la les un une des du de et dans pour avec sur qui que son sa ses cette film salle été soir ville public voix image
histoire scène lumière saison équipe projet année maison acteur musique travail famille journal culture enfant route
mémoire regard silence matin quartier atelier théâtre roman affiche festival tournage récit
""".split()
ABOUT = (
    "Le film Code 8, avec Robbie Amell et Stephen Amell, revient sur Netflix. La suite, Code 8 : Partie II, de"
    " Jeff Chan, a trouvé son public dès la première semaine."
)


def sentence(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=chance.randint(8, 22))).capitalize() + "."


def page(number: int, *, is_mention: bool) -> bytes:
    """An article as outlets' systems make them, mostly not article."""
    chance = random.Random(number)
    title = f"Code 8 : ce que l’on sait, {number}" if is_mention else sentence(chance)[:70]
    paragraphs = [sentence(chance) + " " + sentence(chance) + " " + sentence(chance) for _ in range(12)]
    if is_mention:
        paragraphs[1:1] = [ABOUT]
    day, minute = 1 + number % 28, number % 60
    head = f'<meta charset="utf-8"><title>{title}</title><meta property="og:title" content="{title}">'
    head += f'<meta property="article:published_time" content="2024-03-{day:02}T08:{minute:02}:00+01:00">'
    body = f"<article><h1>{title}</h1>" + "".join(f"<p>{each}</p>" for each in paragraphs) + "</article>"
    links = "".join(f'<li class="menu__item"><a href="/r/{n}/">{sentence(chance)[:24]}</a></li>' for n in range(150))
    teasers = "".join(_teaser(chance) for _ in range(80))
    page = f'<!DOCTYPE html><html lang="fr"><head>{head}</head><body><nav><ul>{links}</ul></nav><main>{body}</main>'
    page += f'<aside class="related">{teasers}</aside>'
    while len(page) < SIZE:
        page += f"<script>window.__data__.push({{{_data(chance)}}});</script>"
    return (page + "</body></html>").encode()


def about_the_film(number: int) -> bytes:
    """The page with a mention at that place of an archive."""
    return page(10**6 + number, is_mention=True)


def _teaser(chance: random.Random) -> str:
    image = f'<img src="https://cdn.journal.example/{chance.getrandbits(64):x}.jpg" alt="">'
    link = f'<a href="/a/{chance.getrandbits(32)}.html">{image}<span>{sentence(chance)}</span></a>'
    return f'<div class="card card--teaser" data-id="{chance.getrandbits(48):x}">{link}</div>'


def _data(chance: random.Random) -> str:
    return ",".join(
        f'"{chance.choice(WORDS)}_{chance.getrandbits(16):x}":{{"id":{chance.getrandbits(30)},"label":"{sentence(chance)}"}}'
        for _ in range(30)
    )


def record(url: str, body: bytes) -> bytes:
    """A page's record as one gzip member."""
    made = WarcRecord()
    made.init_headers(WarcRecordType.response)
    made.is_http = True
    made.headers["WARC-Target-URI"] = url
    head = ["HTTP/1.1 200 OK", "Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}"]
    made.set_bytes_content("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    written = io.BytesIO()
    member = GzipWriter(written, compression_level=6)
    made.write(member)
    member.finish()
    member.flush()
    return written.getvalue()


def write_archive(file: Path, pages: int, one_in: int = ONE_IN) -> None:
    """An archive of so many pages, one in `one_in` with a mention; these are all different, the others recur."""
    others = [record(f"https://journal.example/a/{n}", page(n, is_mention=False)) for n in range(min(pages, DISTINCT))]
    with file.open("wb") as opened:
        for number in range(pages):
            if number % one_in == one_in // 2:
                opened.write(record(f"https://journal.example/m/{number}", about_the_film(number)))
            else:
                opened.write(others[number % len(others)])
