"""`veilleur init`."""

from importlib import resources
from pathlib import Path

from scheduler.errors import ConfigurationError
from scheduler.terminal import out, plain


def init(file: str, *, force: bool) -> None:
    """Writes the commented configuration to `file`; never over an existing one unless forced."""
    path = Path(file)
    if path.exists() and not force:
        raise ConfigurationError(f"{path} is there already: edit it, or replace it with `veilleur init --force`")
    text = resources.files("scheduler").joinpath("veilleur.toml").read_text(encoding="utf-8")
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error
    out.print(f"{plain(path)} written: as it stands, all defaults hold. `veilleur check` tells whether it works.")
