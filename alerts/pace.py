"""Pace: how many mails a second go out at most, over all connections."""

import asyncio
import time


class Pace:
    """Lets one caller through at a time, `rate` of them a second; all at once without a rate."""

    def __init__(self, rate: float | None) -> None:
        self._every = 1 / rate if rate else 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Waits until the next mail may begin."""
        if not self._every:
            return
        now = time.monotonic()
        mine = max(self._next, now)
        self._next = mine + self._every
        await asyncio.sleep(mine - now)
