"""A round's order survives its journey to the child process."""

from datetime import timedelta

from crawler.job import RoundJob, bundled_topic, default_job
from crawler.outlets import Outlet
from crawler.rhythm import Rhythm, Window
from tests.support.rounds import NOON


def test_an_order_arrives_as_it_was_sent() -> None:
    job = RoundJob(
        "sqlite:///x.db",
        (Outlet("journal", "Le Journal", "journal.example", delay=timedelta(seconds=1.5)),),
        (bundled_topic(),),
        contact="mailto:à@example.org",
        rhythm=Rhythm(
            timedelta(minutes=7), timedelta(hours=3), (Window(NOON, NOON + timedelta(days=7), timedelta(minutes=5)),)
        ),
        deadline=timedelta(minutes=6),
        allow_networks=("10.0.0.0/8",),
        saved="pages",
        forced=True,
        now=NOON,
        delay=timedelta(0),
        timeout=timedelta(seconds=2.5),
        outlet_time=timedelta(seconds=70),
        neighbours=(Outlet("autre", "Autre", "autre.example"),),
        memory_mb=512,
        pages_per_outlet=3,
        revisit=(timedelta(hours=1), timedelta(days=1)),
        baseline_age=timedelta(days=7),
    )
    assert RoundJob.from_json(job.to_json()) == job


def test_an_order_that_says_little_arrives_too() -> None:
    job = RoundJob("sqlite:///x.db", (), ())
    assert RoundJob.from_json(job.to_json()) == job


def test_scrapy_crawl_watches_the_bundled_press_for_the_bundled_film() -> None:
    job = default_job()
    assert len(job.outlets) >= 110
    assert [topic.parse().id for topic in job.topics] == ["code8"]
