"""A digest in brief, for channels that show a short text: headlines with outlet, date and address, as many as fit."""

import json
from dataclasses import dataclass

from alerts.excerpts import shorten
from alerts.foreign import cleaned, link
from alerts.message import header_text
from alerts.model import Change, Digest, Reader, Story
from alerts.render import subject
from alerts.words import Words, words

TITLE = 200
COPIES = 5


@dataclass(frozen=True, slots=True)
class Brief:
    """What a channel shows: one line of title, lines of plain text."""

    title: str
    body: str

    def packed(self) -> bytes:
        """The bytes that a delivery keeps, the same at every try."""
        return json.dumps({"title": self.title, "body": self.body}, ensure_ascii=False).encode()


def unpacked(kept: bytes) -> Brief:
    return Brief(**json.loads(kept))


def brief(digest: Digest, reader: Reader, limit: int) -> Brief:
    """The digest in at most `limit` bytes, the weightiest stories first, then what became of articles told before; what
    has no place is counted."""
    digest = cleaned(digest)
    speak = words(reader.language)
    told = [_story(each, digest, reader, speak) for each in digest.stories]
    told += [_change(each, speak) for each in digest.changes]
    for count in range(len(told), -1, -1):
        body = "\n\n".join([*told[:count], _foot(digest, len(told) - count + len(digest.left_out), speak)])
        if len(body.encode()) <= limit:
            break
    return Brief(header_text(subject(digest, speak))[:TITLE], body)


def _story(story: Story, digest: Digest, reader: Reader, speak: Words) -> str:
    first = story.entries[0]
    when = speak.appeared(first.published, first.found, reader.timezone, beside=digest.slot)
    lines = [
        shorten(first.title or speak("story.untitled"), TITLE),
        f"{first.outlet}, {when}",
        *([first.url] if link(first.url) else []),
    ]
    others = [each.outlet for each in story.entries[1:]]
    copied = [each.outlet for entry in story.entries for each in entry.copies]
    if names := list(dict.fromkeys([*others, *copied]))[:COPIES]:
        lines.append(speak("channel.also", names=speak.join(names)))
    return "\n".join(lines)


def _change(change: Change, speak: Words) -> str:
    named = shorten(change.title or speak("story.untitled"), TITLE)
    what = speak("text.label", text=speak(f"change.{change.kind}"))
    return "\n".join([f"{what} {named}", change.outlet, *([change.url] if link(change.url) else [])])


def _foot(digest: Digest, untold: int, speak: Words) -> str:
    watch = digest.watch
    share = f"{speak('watch.share', ok=watch.outlets_ok, all=watch.outlets)} "
    proof = share + speak("watch.outlets", count=watch.outlets_ok)
    counted = [speak("channel.more", count=untold)] if untold else []
    return "\n".join([*counted, f"Veilleur – {proof}"])
