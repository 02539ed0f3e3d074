"""The week in numbers, and its picture."""

from datetime import UTC, date, datetime
from io import BytesIO
from itertools import product
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from alerts import picture
from alerts.digests import digest_of_run, pending_digest
from alerts.model import Day, Week
from alerts.picture import draw
from alerts.week import days_of, week_of
from storage import digests, subscribers
from tests.alerts.builders import NAMES, SLOT, article, at, copied
from tests.alerts.mails import week
from tests.alerts.test_digests import A_DAY, DESK, START
from tests.alerts.test_render import contrast
from tests.support.newsroom import TOPIC, newsroom, publish

PARIS, TOKYO = ZoneInfo("Europe/Paris"), ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("slot", "zone", "last"),
    [
        (datetime(2024, 3, 4, 8, 0, tzinfo=UTC), PARIS, date(2024, 3, 3)),
        (datetime(2024, 3, 4, 10, 59, tzinfo=UTC), PARIS, date(2024, 3, 3)),
        (datetime(2024, 3, 4, 11, 0, tzinfo=UTC), PARIS, date(2024, 3, 4)),
        (datetime(2024, 3, 4, 17, 0, tzinfo=UTC), TOKYO, date(2024, 3, 4)),
        (datetime(2024, 3, 31, 12, 0, tzinfo=UTC), PARIS, date(2024, 3, 31)),
    ],
)
def test_a_week_is_seven_days_of_the_readers_zone(slot: datetime, zone: ZoneInfo, last: date) -> None:
    days = days_of(slot, zone)
    assert (len(days), days[-1], (days[-1] - days[0]).days) == (7, last, 6)


def test_an_article_counts_once_on_the_day_and_in_the_outlet_where_it_appeared() -> None:
    numbers = week_of(
        [
            article(1, published=at(8)),  # 00:30 in Paris on Saturday, the day of a morning's digest
            article(2, published=at(9), outlet="ecume"),
            copied(3, 1, published=at(30), outlet="ecume"),
            article(4, published=None, found_at=at(60)),
            article(5, published=at(24 * 8)),
            article(6, published=at(30), found_at=at(-1)),
            copied(7, 90, article_id=2, topic="marees", published=at(9), outlet="ecume"),
        ],
        SLOT,
        PARIS,
        NAMES,
    )
    assert numbers is not None
    assert [(day.date.day, day.articles, day.copies) for day in numbers.days if day.mentions] == [(28, 1, 0), (1, 1, 1)]
    assert numbers.outlets == (("Écume", 2), ("Le Clap Quotidien", 1))


def test_a_week_without_a_mention_has_no_picture() -> None:
    assert week_of([article(1, published=at(24 * 9))], SLOT, PARIS, NAMES) is None


def test_a_weekly_digest_counts_what_other_digests_told_too(tmp_path: Path) -> None:
    with newsroom(tmp_path) as database:
        publish(database, 1, START - 2 * A_DAY)
        with database.write() as connection:
            stored = subscribers.register(connection, "anne@fil.example", START - A_DAY)
            digests.plan(
                connection, stored, slot=START - A_DAY, topics=[TOPIC], now=START - A_DAY, expires_at=START + A_DAY
            )
        publish(database, 2, START - A_DAY)
        with database.write() as connection:
            pending = pending_digest(connection, DESK, stored, [TOPIC], START, PARIS)
            run = digests.plan(connection, stored, slot=START, topics=[TOPIC], now=START, expires_at=START + A_DAY)
            assert run is not None
            made = digest_of_run(connection, DESK, run.id, PARIS)
            assert digest_of_run(connection, DESK, run.id).week is None
    assert made.week is not None
    assert made.week == pending.week
    assert sum(day.mentions for day in made.week.days) == 2


def numbers() -> Week:
    made = week().week
    assert made is not None
    return made


def test_a_picture_is_twice_as_fine_as_it_is_shown_and_small() -> None:
    png = draw(numbers(), "fr")
    with Image.open(BytesIO(png)) as drawn:
        assert (drawn.format, drawn.width) == ("PNG", 2 * picture.WIDTH)
    assert len(png) < 40_000


def test_the_same_week_has_the_same_bytes() -> None:
    assert draw.__wrapped__(numbers(), "fr") == draw.__wrapped__(numbers(), "fr")
    assert draw(numbers(), "fr") != draw(numbers(), "en")


def test_a_picture_can_be_drawn_of_any_week() -> None:
    days = tuple(Day(date(2024, 2, 24 + number), 0, 1 if number == 3 else 0) for number in range(6))
    for outlets in ((("x" * 500, 1),), (("", 1),), tuple((f"Œ\U0001f600 {number}", 99_999) for number in range(50))):
        draw(Week(days, outlets), "fr")


def test_its_words_and_bars_can_be_read_on_its_ground() -> None:
    assert all(contrast(colour, picture.GROUND) >= 4.5 for colour in (picture.INK, picture.SOFT))
    # WCAG 2.2, 1.4.11: graphics need 3 against what they stand on or beside.
    assert contrast(picture.ARTICLES, picture.GROUND) >= 3
    assert contrast(picture.ARTICLES, picture.COPIES) >= 3


def test_its_fonts_have_every_letter_of_french() -> None:
    letters = "àâäæçéèêëîïôœùûüÿÀÂÄÆÇÉÈÊËÎÏÔŒÙÛÜŸ«»’…–\u00a0\u202f"
    for weight, letter in product(("Medium", "SemiBold"), letters):
        font = picture._font(weight, 15)
        missing = font.getmask("\ufffe")
        assert (font.getmask(letter).size, bytes(font.getmask(letter))) != (missing.size, bytes(missing)), letter
