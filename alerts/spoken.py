"""The languages that a reader can choose: checked without their words and rules."""

from functools import cache
from importlib.resources import files

from alerts.errors import UnknownLanguage

LANGUAGES = files("alerts") / "languages"


def check_language(language: str) -> None:
    """Raises UnknownLanguage when it has no words."""
    if language not in languages():
        raise UnknownLanguage(
            f'language "{language}" has no words: choose one of {", ".join(languages())}, '
            f"or add alerts/languages/{language}.toml"
        )


@cache
def languages() -> tuple[str, ...]:
    """The languages that a reader can choose."""
    return tuple(sorted(each.name.removesuffix(".toml") for each in LANGUAGES.iterdir() if each.name.endswith(".toml")))
