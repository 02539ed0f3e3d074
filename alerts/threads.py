"""Threads: a mail that continues stories answers the mails which first told of them.

References name all of these, In-Reply-To the one whose story weighs most. Apple Mail, Thunderbird and mutt thread by
that. Gmail and Outlook thread only under one subject, which no digest borrows: what an inbox shows is the mail's own
news, and the count and headline of another day would be untrue.
"""

from sqlalchemy import Connection

from alerts.model import Digest
from storage import threads
from storage.model import Delivery

MOST = 10


def references_of(connection: Connection, digest: Digest, due: Delivery) -> tuple[str, ...]:
    """Message-IDs of what the mail continues, at most MOST: changed articles, then stories, the weightiest last."""
    continued = [story.id for story in digest.stories if story.id is not None and story.follow_up]
    changed = [change.article_id for change in digest.changes]
    if not continued and not changed:
        return ()
    of_stories = threads.first_mails(connection, due, continued)
    of_articles = threads.first_mails_of_articles(connection, due, changed)
    told = [of_stories[each] for each in continued if each in of_stories]
    told += [of_articles[each] for each in changed if each in of_articles]
    return tuple(reversed(list(dict.fromkeys(told))[:MOST]))
