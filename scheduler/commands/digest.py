"""`veilleur digest`."""

from pathlib import Path

from alerts.digests import pending_digest
from alerts.outbox import page
from alerts.render import render
from scheduler.commands.opened import opened_database
from scheduler.config import Configuration
from scheduler.errors import ConfigurationError
from scheduler.jobs import Jobs
from scheduler.streams import Subscriber
from scheduler.terminal import err, out
from storage import subscribers

PREVIEW = Path("var/preview.html")


def digest(configuration: Configuration, email: str | None, *, preview: bool) -> int:
    """Prints the text of the digest that would go out now, and with `preview` writes its page; records nothing."""
    subscriber = _chosen(configuration, email)
    reader = subscriber.reader
    with opened_database(configuration) as database:
        jobs = Jobs(configuration, database)
        with database.read() as connection:
            stored = subscribers.would_be(connection, subscriber.email, jobs.now())
            week_in = reader.timezone if reader.weekly else None
            pending = pending_digest(
                connection, jobs.desk, stored, subscriber.topics, jobs.now(), week_in, wanted=subscriber.wanted
            )
        rendered = render(pending, reader, unsubscribe=configuration.sender.unsubscribe)
    if not pending.stories:
        err.print("Nothing new: no mail would go out now.")
    out.print(rendered.text, markup=False, soft_wrap=True)
    if preview:
        PREVIEW.parent.mkdir(parents=True, exist_ok=True)
        PREVIEW.write_text(page(rendered.html, rendered.pictures), encoding="utf-8")
        err.print(f"The page is {PREVIEW.absolute()}")
    return 0


def _chosen(configuration: Configuration, email: str | None) -> Subscriber:
    if email is None:
        return configuration.subscribers[0]
    for each in configuration.subscribers:
        if each.email.lower() == email.lower():
            return each
    known = ", ".join(each.email for each in configuration.subscribers)
    raise ConfigurationError(f"--subscriber {email}: no such subscriber; there are {known}")
