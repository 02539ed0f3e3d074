"""What a configuration orders of the other rooms: a round of the crawler, the desk and the transports of alerts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alerts.channels import ChannelTransport
from alerts.digests import Desk
from alerts.entries import Names
from alerts.smtp import SmtpTransport
from alerts.transport import OutboxTransport, Transport
from crawler.job import RoundJob
from crawler.outlets import Outlet
from scheduler.config import Configuration
from storage.mailing import CHANNEL

A_MINUTE = timedelta(minutes=1)
LONGEST = timedelta(days=1)


def round_of(
    configuration: Configuration,
    outlets: Sequence[Outlet],
    now: datetime,
    *,
    saved: str | None = None,
    forced: bool = False,
    fixed_now: datetime | None = None,
) -> RoundJob:
    """A round that asks these of the configuration's outlets, and is over before the next one is due."""
    return RoundJob(
        database=configuration.database,
        outlets=tuple(outlets),
        neighbours=tuple(each for each in configuration.outlets if each not in outlets),
        topics=configuration.topic_sources,
        contact=configuration.contact,
        rhythm=configuration.rhythm,
        deadline=min(configuration.deadline, max(configuration.rhythm.window(now) or LONGEST, A_MINUTE)),
        tdm=configuration.tdm,
        allow_networks=configuration.allow_networks,
        archive=configuration.archive,
        revisit=configuration.revisit if saved is None else (),
        baseline_age=configuration.baseline_age,
        saved=saved,
        forced=forced,
        now=fixed_now,
    )


def desk_of(configuration: Configuration) -> Desk:
    """The desk without keys: it can compose and show a digest, and send none."""
    works = {(topic.id, work.id): work.title for topic in configuration.topics for work in topic.works}
    references = {(topic.id, each.id): each.title for topic in configuration.topics for each in topic.references}
    return Desk(
        sender=configuration.sender,
        names=Names(configuration.outlet_names(), works, references),
        topic_names={topic.id: topic.name for topic in configuration.topics},
        watched={url for outlet in configuration.outlets for _, url in outlet.sources},
        channels={CHANNEL + each.id: each for each in configuration.channels},
    )


def transport_of(configuration: Configuration, route: str) -> Transport:
    """The way out of this name: a channel's, else that of mails."""
    for each in configuration.channels:
        if route == CHANNEL + each.id:
            return ChannelTransport(each)
    if configuration.server is not None:
        return SmtpTransport(configuration.server)
    assert configuration.outbox is not None
    return OutboxTransport(configuration.outbox)
