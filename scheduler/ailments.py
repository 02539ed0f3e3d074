"""What is wrong with a source, in words for logs and tables."""

from scheduler.terminal import counted
from storage.model import Ailment


def described(ailment: Ailment) -> str:
    """An ailment in English."""
    if ailment.hindrance == "http":
        return f"HTTP {ailment.status}"
    if ailment.hindrance == "few_items":
        return f"{counted(ailment.items or 0, 'item', 'items')}, usually {ailment.usual}"
    return ailment.hindrance.replace("_", " ")
