"""A crawl round's order, as it travels from the daemon to the child process: plain JSON."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Any

from crawler.archives.order import NOTHING, ArchiveOrder
from crawler.environment import MEMORY_MB
from crawler.outlets import Outlet, Reservation, bundled_catalogue, entry_of, parse_outlets
from crawler.rhythm import USUAL, Rhythm, Window
from crawler.user_agent import USER_AGENT
from matching.topic import Topic, parse_topic, referenced_files

DEFAULT_DATABASE = "sqlite:///var/veilleur.db"


@dataclass(frozen=True, slots=True)
class TopicSource:
    """A topic's file as text, with the texts that its references name."""

    name: str
    text: str
    files: Mapping[str, str]

    def parse(self) -> Topic:
        return parse_topic(self.text, self.name, self.files)


@dataclass(frozen=True, slots=True)
class RoundJob:
    """What a round is to do. `saved` is a folder of saved pages to read instead of the network.

    `forced` asks sources that are not due too; `now` sets the clock, None means the machine's. `delay` None means each
    outlet's own; `tdm` holds for outlets that say nothing of it; `timeout` is how long one answer may take, from the
    first byte of the request to its last, and `outlet_time` how long all answers of an outlet together;
    `pages_per_outlet` is the most that is fetched of one. `neighbours` are outlets that this round does not ask: what
    lies on their domains belongs to them. `page_seconds` and `page_memory_mb` limit the reading of one page. `revisit`
    are the ages at which articles are visited again; of what a source named when it was first read, what is older than
    `baseline_age` is no news.
    """

    database: str
    outlets: tuple[Outlet, ...]
    topics: tuple[TopicSource, ...]
    contact: str = ""
    rhythm: Rhythm = USUAL
    deadline: timedelta = timedelta(minutes=14)
    allow_networks: tuple[str, ...] = ()
    saved: str | None = None
    forced: bool = False
    now: datetime | None = None
    delay: timedelta | None = None
    timeout: timedelta = timedelta(seconds=30)
    tdm: Reservation = "honour"
    outlet_time: timedelta = timedelta(minutes=3)
    memory_mb: int = MEMORY_MB
    pages_per_outlet: int = 200
    page_seconds: float = 20.0
    page_memory_mb: int = 512
    neighbours: tuple[Outlet, ...] = ()
    archive: ArchiveOrder = NOTHING
    revisit: tuple[timedelta, ...] = ()
    baseline_age: timedelta | None = None

    @property
    def user_agent(self) -> str:
        return USER_AGENT.format(contact=self.contact)

    def to_json(self) -> str:
        plain: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        plain |= {name: list(getattr(self, name)) for name in ("allow_networks",)}
        plain |= {name: getattr(self, name).total_seconds() for name in _DURATIONS}
        plain["revisit"] = [each.total_seconds() for each in self.revisit]
        plain["baseline_age"] = self.baseline_age.total_seconds() if self.baseline_age is not None else None
        plain["rhythm"] = _written(self.rhythm)
        plain["delay"] = self.delay.total_seconds() if self.delay is not None else None
        plain["now"] = self.now.isoformat() if self.now else None
        plain |= {name: [entry_of(outlet) for outlet in getattr(self, name)] for name in ("outlets", "neighbours")}
        plain["archive"] = asdict(self.archive)
        plain["topics"] = [{"name": each.name, "text": each.text, "files": dict(each.files)} for each in self.topics]
        return json.dumps(plain)

    @classmethod
    def from_json(cls, text: str) -> "RoundJob":
        plain = json.loads(text)
        return cls(
            **{name: plain[name] for name in _PLAIN},
            outlets=parse_outlets(plain["outlets"], "round"),
            topics=tuple(TopicSource(**each) for each in plain["topics"]),
            neighbours=parse_outlets(plain["neighbours"], "round"),
            archive=ArchiveOrder(**plain["archive"]),
            revisit=tuple(timedelta(seconds=each) for each in plain["revisit"]),
            baseline_age=timedelta(seconds=plain["baseline_age"]) if plain["baseline_age"] is not None else None,
            rhythm=_rhythm(plain["rhythm"]),
            deadline=timedelta(seconds=plain["deadline"]),
            timeout=timedelta(seconds=plain["timeout"]),
            outlet_time=timedelta(seconds=plain["outlet_time"]),
            delay=timedelta(seconds=plain["delay"]) if plain["delay"] is not None else None,
            allow_networks=tuple(plain["allow_networks"]),
            now=datetime.fromisoformat(plain["now"]) if plain["now"] else None,
        )


_PLAIN = tuple("database contact saved forced tdm memory_mb pages_per_outlet page_seconds page_memory_mb".split())
_DURATIONS = ("deadline", "timeout", "outlet_time")


def _written(rhythm: Rhythm) -> dict[str, Any]:
    windows = [
        (each.first.isoformat(), each.last.isoformat(), each.interval.total_seconds()) for each in rhythm.windows
    ]
    return {"bounds": [rhythm.shortest.total_seconds(), rhythm.longest.total_seconds()], "windows": windows}


def _rhythm(written: Mapping[str, Any]) -> Rhythm:
    windows = (
        Window(datetime.fromisoformat(first), datetime.fromisoformat(last), timedelta(seconds=interval))
        for first, last, interval in written["windows"]
    )
    shortest, longest = (timedelta(seconds=each) for each in written["bounds"])
    return Rhythm(shortest, longest, tuple(windows))


def default_job() -> RoundJob:
    """What `scrapy crawl` does in a checkout: the bundled catalogue and topic, the database under ./var."""
    return RoundJob(DEFAULT_DATABASE, bundled_catalogue(), (bundled_topic(),), forced=True)


def bundled_topic(name: str = "code8") -> TopicSource:
    """A topic that comes with Veilleur."""
    folder = resources.files("matching.topics")
    text = folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")
    files = {file: folder.joinpath(file).read_text(encoding="utf-8") for file in referenced_files(text, f"{name}.toml")}
    return TopicSource(f"{name}.toml", text, files)
