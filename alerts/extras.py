"""Optional extras: whether what they bring is installed, and how to get it."""

from importlib.util import find_spec

from alerts.errors import MissingExtra


def require_dkim() -> None:
    """Raises MissingExtra when mails cannot be signed here."""
    _require("mail.dkim", "dkim", "dkim", "nacl")


def require_apprise() -> None:
    """Raises MissingExtra when there is nothing here to reach channels with."""
    _require("[[channels]]", "channels", "apprise")


def _require(option: str, extra: str, *modules: str) -> None:
    if any(find_spec(each) is None for each in modules):
        raise MissingExtra(f"{option} needs packages that are not installed: pip install '.[{extra}]'")
