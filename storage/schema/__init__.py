"""The tables. Uniqueness is a constraint here, never an `if` elsewhere."""

from storage.schema.articles import article, article_change, article_revision, fingerprint, kept_page, mention, story
from storage.schema.collecting import crawl_round, incident, page, replay, replay_page, source, source_day
from storage.schema.columns import metadata
from storage.schema.mails import (
    address_event,
    delivery,
    delivery_action,
    delivery_attempt,
    delivery_mail,
    digest_change,
    digest_item,
    digest_missed,
    digest_run,
    mail_epoch,
    mail_hold,
    mail_route,
    subscriber,
    suppression,
)

__all__ = [
    "address_event",
    "article",
    "article_change",
    "article_revision",
    "crawl_round",
    "delivery",
    "delivery_action",
    "delivery_attempt",
    "delivery_mail",
    "digest_change",
    "digest_item",
    "digest_missed",
    "digest_run",
    "fingerprint",
    "incident",
    "kept_page",
    "mail_epoch",
    "mail_hold",
    "mail_route",
    "mention",
    "metadata",
    "page",
    "replay",
    "replay_page",
    "source",
    "source_day",
    "story",
    "subscriber",
    "suppression",
]
