"""The commands, a module each: what they print is for people, --json for programs.

A command's module is loaded when it is first asked for (PEP 562): all of them together cost a second, and none needs
what the others load.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scheduler.commands import (
        backtest,
        bounces,
        check,
        crawl,
        deliveries,
        deliveries_acting,
        digest,
        explain,
        extract,
        init,
        mentions,
        migrate,
        outlets,
        outlets_check,
        outlets_opml,
        record,
        replay,
        run,
        subscribers,
        web,
    )

__all__ = [
    "backtest",
    "bounces",
    "check",
    "crawl",
    "deliveries",
    "deliveries_acting",
    "digest",
    "explain",
    "extract",
    "init",
    "mentions",
    "migrate",
    "outlets",
    "outlets_check",
    "outlets_opml",
    "record",
    "replay",
    "run",
    "subscribers",
    "web",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"there is no command {name!r}")
    return import_module(f"{__name__}.{name}")
