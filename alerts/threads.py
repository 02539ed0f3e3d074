"""Threads: a mail that continues stories answers the mails which first told of them.

References name all of these, In-Reply-To the one whose story weighs most. Apple Mail, Thunderbird and mutt thread by
that; Gmail and Outlook also want the subject of the mail answered. The subject is that one, with "Re: ", where the
digest's weightiest story is a continuation or where it tells of changes alone. Any other digest is above all about
something else, and its subject says what.
"""

from sqlalchemy import Connection

from alerts.model import Digest, Thread
from storage import threads
from storage.model import Delivery

MOST = 10


def thread_of(connection: Connection, digest: Digest, due: Delivery) -> Thread:
    """What the mail continues: by the weight of the stories, then changed articles, at most MOST mails."""
    continued = [story.id for story in digest.stories if story.id is not None and story.follow_up]
    changed = [change.article_id for change in digest.changes]
    if not continued and not changed:
        return Thread()
    of_stories = threads.first_mails(connection, due, continued)
    of_articles = threads.first_mails_of_articles(connection, due, changed)
    told = [of_stories[each] for each in continued if each in of_stories]
    told += [of_articles[each] for each in changed if each in of_articles]
    if not told:
        return Thread()
    ids = list(dict.fromkeys(each.message_id for each in told))[:MOST]
    answers = not digest.stories or (digest.stories[0].follow_up and digest.stories[0].id in of_stories)
    return Thread(tuple(reversed(ids)), told[0].subject if answers else "")
