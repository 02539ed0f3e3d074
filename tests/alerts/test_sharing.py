"""Mails that share their rendering are the mails that each reader would get alone."""

from dataclasses import replace

import pytest

from alerts.render import render
from alerts.sharing import Alone, Shared
from tests.alerts.builders import FRENCH, UNSUBSCRIBE, rich

LINKS = (UNSUBSCRIBE, "https://veille.example/u/" + "aB3-_" * 20 + "?a=1&b=2")


@pytest.mark.parametrize("shared", [Shared(), Alone()])
def test_a_shared_rendering_differs_from_one_of_its_own_in_nothing(shared: Shared) -> None:
    for number in range(3):
        for link in LINKS:
            reader = replace(FRENCH, email=f"anne.{'x' * number * 12}&o{number}@distributeur.example")
            alone = render(rich(), reader, unsubscribe=link)
            assert shared.rendered(rich(), reader, unsubscribe=link) == alone


def test_what_differs_is_rendered_apart() -> None:
    shared = Shared()
    english = replace(FRENCH, language="en")
    for digest, reader in (
        (rich(), FRENCH),
        (rich(), english),
        (replace(rich(), missed=2), FRENCH),
    ):
        made = shared.rendered(digest, reader, unsubscribe=UNSUBSCRIBE)
        assert made == render(digest, reader, unsubscribe=UNSUBSCRIBE)


def test_a_batch_makes_a_thing_once_and_the_next_batch_anew() -> None:
    made = list[int]()
    for shared, expected in ((Shared(), 1), (Shared(), 2), (Alone(), 4)):
        for _ in range(2):
            shared.of("key", lambda: made.append(1))
        assert len(made) == expected
