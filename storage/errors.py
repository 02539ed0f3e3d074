"""What can go wrong with the database.

StorageError
├── DatabaseUnavailable   the database cannot be opened, read or written
└── SchemaMismatch        the database's schema is older or newer than this program's
"""


class StorageError(Exception):
    """Something is wrong with the database; the message says what, and what to do."""


class DatabaseUnavailable(StorageError):
    """The database cannot be opened, read or written."""


class SchemaMismatch(StorageError):
    """The database's schema is not the one that this program works with."""
