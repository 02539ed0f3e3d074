"""What is wrong in a configuration file, for people."""

from collections.abc import Iterator
from datetime import date, time
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from scheduler.sections import File

_REMEDIES = {
    "string_type": "write a text in quotes",
    "int_type": "write a whole number, without quotes",
    "bool_type": "write true or false, without quotes",
    "list_type": "write a list, in brackets",
    "dict_type": "write a table",
    "model_type": "write a table",
    "greater_than_equal": "write {ge} at least",
    "less_than_equal": "write {le} at most",
    "string_too_short": "write something between the quotes, or leave the key out",
    "too_short": "an empty list allows nothing: name one at least, or leave the key out",
    "string_pattern_mismatch": "write small letters, digits and hyphens, 40 at most, a letter or digit first and last",
    "literal_error": "allowed is {expected}",
}


def explained(error: ValidationError, name: str) -> str:
    """Every mistake in a file: the key, what was read, and what is allowed."""
    lines = []
    for each in error.errors():
        key = "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}"
            for part in each["loc"]
            if part not in ("literal['all']", "list[str]")
        ).lstrip(".")
        if each["type"] == "extra_forbidden":
            lines.append(f"{name}: unknown key {key!r}: allowed here are {', '.join(_allowed(each['loc']))}")
        elif each["type"] == "missing":
            lines.append(f"{name}: {key} is missing")
        else:
            # A database's address holds a password, and a table's keys stand in the file.
            value = "" if key == "database.url" or isinstance(each["input"], dict) else f" = {_written(each['input'])}"
            lines.append(f"{name}: {key}{value}: {_remedy(each)}")
    return "\n".join(dict.fromkeys(lines))


def _remedy(error: ErrorDetails) -> str:
    table, read = ".".join(map(str, error["loc"])), error["input"]
    if error["type"] == "list_type" and isinstance(read, dict):
        return f"this is one table; there may be several: write [[{_without_places(error['loc'])}]], in double brackets"
    if error["type"] in ("dict_type", "model_type") and isinstance(read, list) and read and isinstance(read[0], dict):
        return f"there is one only: write [{table}], in single brackets"
    remedy = _REMEDIES.get(error["type"])
    return remedy.format(**error.get("ctx", {})) if remedy else error["msg"].removeprefix("Value error, ")


def _without_places(location: tuple[int | str, ...]) -> str:
    return ".".join(part for part in location if isinstance(part, str))


def _written(value: object) -> str:
    """As it stands in the file, or nearly."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return "{...}" if isinstance(value, dict) else repr(value)


def _allowed(location: tuple[int | str, ...]) -> list[str]:
    """The keys of the table in which the last of these stands."""
    model: type[BaseModel] = File
    for part in location[:-1]:
        field = model.model_fields.get(part) if isinstance(part, str) else None
        model = next(_models(field.annotation), model) if field else model
    return sorted(field.alias or name for name, field in model.model_fields.items())


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The tables that a key's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
