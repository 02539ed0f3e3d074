"""The outbox folder: mails as .eml files, with the HTML part beside each as a page to open."""

import base64
import os
import re
from collections.abc import Iterable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from alerts.model import Picture

LONGEST_NAME = 150


def write_mail(folder: Path, name: str, mime: bytes) -> Path:
    """Writes NAME.eml and NAME.html, each complete or not at all; the .eml's path.

    The same name and bytes again leave one file: a repeat after a doubt is no second mail. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    safe = re.sub(r"[^\w.@+-]+", "_", name)[-LONGEST_NAME:]  # the end of a name is what tells mails apart
    path = folder / f"{safe}.eml"
    html = _html_part(mime)
    if html is not None:
        write_file(folder / f"{safe}.html", html)
    write_file(path, mime)
    return path


def write_file(path: Path, content: bytes) -> None:
    """Writes a file whole, durably, under its name only when it is complete. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def page(html: str, pictures: Iterable[Picture]) -> str:
    """The HTML of a mail as a page of its own: what it shows by content-id stands in it."""
    for each in pictures:
        data = base64.b64encode(each.png).decode()
        html = html.replace(f'src="cid:{each.content_id}"', f'src="data:image/png;base64,{data}"')
    return html


def _html_part(mime: bytes) -> bytes | None:
    message = message_from_bytes(mime, policy=default)
    assert isinstance(message, EmailMessage)
    part = message.get_body(("html",))
    if not isinstance(part, EmailMessage):
        return None
    parts = [each for each in message.walk() if isinstance(each, EmailMessage)]
    shown = [each for each in parts if each.get_content_type() == "image/png" and each["Content-ID"]]
    pictures = [Picture(str(each["Content-ID"]).strip("<>"), each.get_content()) for each in shown]
    return page(str(part.get_content()), pictures).encode("utf-8")
