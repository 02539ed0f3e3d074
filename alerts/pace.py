"""Pace: how many mails a second begin at most, over all connections and one pass after the other."""

import asyncio
import time
from collections.abc import Awaitable, Callable

GLANCE = 0.5  # seconds between two looks whether anybody still wants to go on


class Pace:
    """Lets one caller through at a time, as many a second as the rate says; all at once without a rate."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._next = 0.0

    async def turn(self, rate: float | None, go_on: Callable[[], bool]) -> None:
        """Waits until the next mail may begin, or nobody wants to go on."""
        if rate is None:
            return
        mine = max(self._next, self._clock())
        self._next = mine + 1 / rate
        while (left := mine - self._clock()) > 0 and go_on():
            await self._sleep(min(left, GLANCE))
