"""Alembic's migrations, from the empty database to the present schema."""
