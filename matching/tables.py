"""Reading a table of a TOML file key by key, so that whatever is wrong is told with place, key, value and remedy."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A table that stands at `place` ("veilleur.toml: outlets[1]"); what is wrong with it is raised as `error`."""

    values: Mapping[str, Any]
    place: str
    error: type[Exception]

    def check_keys(self, allowed: Collection[str]) -> None:
        """Raises for keys that are none of those allowed."""
        if unknown := self.unknown_keys(allowed):
            raise self.error("\n".join(unknown))

    def unknown_keys(self, allowed: Collection[str]) -> list[str]:
        """What is wrong with each key that is none of those allowed."""
        remedy = f"allowed are {', '.join(sorted(allowed))}"
        return [f"{self.place}: unknown key {key!r}: {remedy}" for key in self.values if key not in allowed]

    def text(self, key: str) -> str:
        """A text that must be there, without the space around it."""
        value = self.values.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.refusal(key, "write a text that is not empty")
        return value.strip()

    def optional_text(self, key: str) -> str:
        """A text, empty when the key is not there."""
        return self.text(key) if key in self.values else ""

    def texts(self, key: str) -> list[str]:
        """A list of texts, empty when the key is not there."""
        values = self.values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) and value.strip() for value in values):
            raise self.refusal(key, "write a list of texts, none of them empty")
        return [value.strip() for value in values]

    def flag(self, key: str) -> bool:
        """True or false; false when the key is not there."""
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            raise self.refusal(key, "write true or false")
        return value

    def choice(self, key: str, allowed: Collection[str], usual: str) -> str:
        """One of the allowed words, `usual` when the key is not there."""
        value = self.values.get(key, usual)
        if value not in allowed:
            raise self.refusal(key, "write " + " or ".join(f'"{each}"' for each in allowed))
        return str(value)

    def tables(self, key: str) -> list[dict[str, Any]]:
        """A list of tables, empty when the key is not there."""
        entries = self.values.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise self.refusal(key, f"write tables [[{key}]]")
        return entries

    def refusal(self, key: str, remedy: str) -> Exception:
        """The error that says what was read at `key` and what is allowed there."""
        read = f"{key} = {self.values[key]!r}" if key in self.values else f"{key} is missing"
        return self.error(f"{self.place}: {read}: {remedy}")
