"""Troubles: the outlets that do not answer, and those that answer less than they used to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from alerts.entries import Names
from alerts.model import Reason, Trouble
from storage.model import Ailment, Incident, Source


def failed(tried: Sequence[Source], incidents: Iterable[Incident], names: Names) -> list[Trouble]:
    """The outlets none of whose sources answered last."""
    since = {each.source_id: each.began_at for each in incidents}
    found = []
    for outlet, its in _by_outlet(tried).items():
        if all(each.fails for each in its):
            newest = max((each.last_ok for each in its if each.last_ok), default=None)
            reason = Reason(its[0].hindrance or "other", its[0].status)
            began = min((since[each.id] for each in its if each.id in since), default=None)
            found.append(Trouble(_named(outlet, names), reason, newest, began))
    return found


def ailing(tried: Sequence[Source], incidents: Iterable[Incident], names: Names) -> list[Trouble]:
    """The outlets of which some source is degraded or silent, and that answer all the same; each with its first."""
    alive = {outlet: its for outlet, its in _by_outlet(tried).items() if not all(each.fails for each in its)}
    watched = {each.id for each in tried}
    first: dict[str, Incident] = {}
    for each in incidents:
        if each.outlet in alive and each.source_id in watched:
            first.setdefault(each.outlet, each)
    return [
        Trouble(_named(outlet, names), reason_of(each.ailment), None, each.began_at) for outlet, each in first.items()
    ]


def reason_of(ailment: Ailment) -> Reason:
    return Reason(ailment.hindrance, ailment.status, ailment.items, ailment.usual)


def _by_outlet(tried: Iterable[Source]) -> dict[str, list[Source]]:
    found: defaultdict[str, list[Source]] = defaultdict(list)
    for each in tried:
        found[each.outlet].append(each)
    return dict(found)


def _named(outlet: str, names: Names) -> str:
    return names.outlets.get(outlet, outlet)
