"""Rendering: a digest becomes a mail's subject, HTML and text in the reader's language. Nothing is fetched or sent."""

import hashlib
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from textwrap import fill
from typing import Any
from zoneinfo import ZoneInfo

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from alerts.excerpts import shorten
from alerts.foreign import cleaned, link
from alerts.model import Digest, Picture, Reader, Rendered, Week
from alerts.picture import OUTLETS, draw
from alerts.words import Words, words

SUBJECT = 120
PREHEADER = 160
WIDTH = 76
TIED = "\x1f"  # a space at which no line ends; no clean text has it
_TIED = re.compile(r" (?=[:;?!»])|(?<=«) ")
# Gmail cuts a message's HTML off at 102 KB, behind a link.
HTML_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Most:
    """How many of each the HTML names before it counts the rest; the text names all."""

    copies: int = 12
    entries: int = 8
    authors: int = 3
    groups: int = 10
    failed: int = 12
    near_misses: int = 10


FEW = Most(copies=3, groups=3, failed=6, near_misses=3)
NONE = Most(copies=0, groups=0, failed=0, near_misses=0)


@dataclass(frozen=True, slots=True)
class Extent:
    """How many stories are told in full, how many more only by their headline, and how many of each in them."""

    full: int
    brief: int
    most: Most = Most()


def render(digest: Digest, reader: Reader, *, unsubscribe: str) -> Rendered:
    """The mail of a digest. `unsubscribe` is a mailto: or https: address. UnknownLanguage when there are no words."""
    digest = cleaned(digest)
    speak = words(reader.language)
    line = subject(digest, speak)
    given = {
        "digest": digest,
        "watch": digest.watch,
        "reader": reader,
        "zone": reader.timezone,
        "unsubscribe": unsubscribe,
        "subject": line,
        "preheader": _preheader(digest, speak),
        "heading": _heading(digest, speak),
        "answered": _answered(digest, speak),
        "summary": _summary(digest, speak),
        "since": _since(digest, speak, reader.timezone),
        "last_success": _last_success(digest, speak, reader.timezone),
    }
    pictures = (_picture(digest.week, reader.language),) if digest.week else ()
    shown = {"words": words(reader.language, Markup), "alt": _alt(digest.week, speak) if digest.week else ""}
    html = _fitting(digest, given | shown | {"pictures": pictures})
    return Rendered(line, html, _text(given | {"words": speak}), pictures)


def subject(digest: Digest, speak: Words) -> str:
    """One line of at most SUBJECT characters: the topics, how many stories or changed articles, the first headline."""
    heading = _heading(digest, speak)
    titles = [story.entries[0].title for story in digest.stories] or [each.title for each in digest.changes]
    title = next(iter(titles), "")
    return shorten(speak("subject.line", heading=heading, title=title) if title else heading, SUBJECT)


def _answered(digest: Digest, speak: Words) -> tuple[str, str]:
    """How many outlets answered: a figure, none where nobody was asked, and what it counts."""
    watch = digest.watch
    if not watch.outlets:
        return "", speak("watch.unasked")
    share = speak("watch.share", ok=watch.outlets_ok, all=watch.outlets)
    return share, speak("watch.outlets", count=watch.outlets_ok)


def _heading(digest: Digest, speak: Words) -> str:
    heading = _counted(digest, speak)
    return speak("subject.alert", heading=heading) if digest.is_alert else heading


def _counted(digest: Digest, speak: Words) -> str:
    topics = speak.join(digest.topics)
    if digest.stories:
        return speak("subject.stories", topics=topics, count=len(digest.stories))
    if digest.changes:
        return speak("subject.changes", topics=topics, count=digest.changed)
    if copies := _copies(digest):
        return speak("subject.copies", topics=topics, count=copies)
    return speak("subject.nothing", topics=topics)


def _summary(digest: Digest, speak: Words) -> str:
    alerted = [speak("head.alerted", count=digest.alerted)] if digest.alerted else []
    if not digest.stories:
        return " – ".join([speak("head.nothing").rstrip("."), *alerted]) if alerted else speak("head.nothing")
    counted = (("head.articles", digest.articles), ("head.copies", _copies(digest)))
    told = speak.join(speak(key, count=count) for key, count in counted if count)
    missed = [speak("head.missed", count=digest.missed)] if digest.missed else []
    return " – ".join([told, *missed, *alerted])


def _copies(digest: Digest) -> int:
    hanging = sum(len(entry.copies) for story in digest.stories for entry in story.entries)
    return hanging + sum(len(group.copies) for group in digest.copies)


def _preheader(digest: Digest, speak: Words) -> str:
    """What an inbox shows after the subject: the headlines after the first, then the proof of the watch."""
    proof = " ".join(filter(None, _answered(digest, speak)))
    titles = [shorten(story.entries[0].title, PREHEADER // 2) for story in digest.stories[1:3]]
    return shorten(" · ".join([*filter(None, titles), proof]), PREHEADER)


def _picture(week: Week, language: str) -> Picture:
    """The week's picture under an id made of what it shows."""
    shown = hashlib.sha256(repr((week, language)).encode()).hexdigest()
    return Picture(f"week-{shown[:16]}@veilleur", draw(week, language))


def _alt(week: Week, speak: Words) -> str:
    """What the picture shows, in words."""
    days = [speak("week.count", name=speak.day(each.date), count=each.mentions) for each in week.days]
    outlets = [speak("week.count", name=name, count=count) for name, count in week.outlets[:OUTLETS]]
    return speak("week.alt", days=" ; ".join(days), outlets=" ; ".join(outlets))


def _since(digest: Digest, speak: Words, zone: ZoneInfo) -> str:
    since = digest.watch.since
    return speak("watch.since", moment=speak.moment(since, zone)) if since else speak("watch.since_start")


def _last_success(digest: Digest, speak: Words, zone: ZoneInfo) -> str:
    last = digest.watch.last_success
    if last is None and not digest.watch.outlets:
        return ""
    return speak("watch.last_success", moment=speak.moment(last, zone)) if last else speak("watch.no_success")


def _fitting(digest: Digest, given: Mapping[str, Any]) -> str:
    """The HTML that tells most and stays below HTML_BYTES."""
    extents = _extents(len(digest.stories))
    fits = bisect_left(extents, True, key=lambda extent: len(_html(digest, extent, given).encode()) <= HTML_BYTES)
    return _html(digest, extents[min(fits, len(extents) - 1)], given)


def _extents(stories: int) -> list[Extent]:
    """From everything in full to the barest count."""
    fewer = [Extent(full, 40) for full in range(stories - 1, -1, -1)]
    return [Extent(stories, 0), *fewer, Extent(0, 10, FEW), Extent(0, 3, NONE)]


def _html(digest: Digest, extent: Extent, given: Mapping[str, Any]) -> str:
    named = extent.full + extent.brief
    more = {
        "most": extent.most,
        "stories": digest.stories[: extent.full],
        "brief": digest.stories[extent.full : named],
        "unnamed": len(digest.stories[named:]),
    }
    return inlined(template("digest.html.j2", html=True).render(given, **more))


def _text(given: Mapping[str, Any]) -> str:
    page = template("digest.txt.j2", html=False).render(given)
    return re.sub(r"\n{4,}", "\n\n\n", page).strip() + "\n"


def template(name: str, *, html: bool) -> Template:
    """A template of the folder; of HTML, it escapes what is put into it."""
    return _templates(html=html).get_template(name)


def inlined(page: str) -> str:
    """The page with its styles at its elements, as mail clients want them."""
    return _inliner().inline(page)


@cache
def _templates(*, html: bool) -> Environment:
    environment = Environment(
        loader=PackageLoader("alerts"),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )
    environment.filters.update(link=link, wrap=_wrap, underlined=_underlined, starred=_starred, table=_table)
    return environment


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(keep_at_rules=True, remove_inlined_selectors=True, minify_css=True, load_remote_stylesheets=False)


def _wrap(text: str, indent: str = "") -> str:
    """Lines of at most WIDTH characters that hang under a first indent; a long word, an address say, stays whole."""
    hanging = " " * len(indent)
    wrapped = fill(
        _TIED.sub(TIED, text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapped.replace(TIED, " ")


def _underlined(lines: str, rule: str) -> str:
    return f"{lines}\n{rule * max(map(len, lines.splitlines()))}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Lines in columns, the first at the left, numbers at the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in rows
    )


def _starred(text: str) -> str:
    """The mention between asterisks, on one line."""
    return f"*{text.replace(' ', TIED)}*" if text else ""
