"""What tests of rounds share: a database, and ledgers that are closed."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crawler.job import RoundJob
from crawler.ledger import Ledger
from crawler.outlets import Outlet
from tests.support.rounds import HUBLOT, NOON, Stored


@pytest.fixture
def stored(tmp_path: Path) -> Stored:
    return Stored.in_folder(tmp_path)


@pytest.fixture
def open_round(stored: Stored) -> Iterator[Callable[..., Ledger]]:
    """Begins a round over outlets; what it tells goes to `tell`."""
    opened = []

    def begin(*outlets: Outlet, **order: Any) -> Ledger:
        chance, tell = order.pop("chance", random.random), order.pop("tell", None)
        job = RoundJob(stored.url, outlets, (HUBLOT,), **({"now": NOON} | order))
        ledger = Ledger(job, tell=tell, chance=chance)
        opened.append(ledger)
        return ledger

    yield begin
    for ledger in opened:
        ledger.close()
