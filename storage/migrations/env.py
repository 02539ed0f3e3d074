"""Alembic's entry: runs the migrations on the connection that storage.migrate gives."""

from alembic import context

from storage.schema import metadata

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `veilleur migrate`: migrations work on the database of Veilleur's configuration")
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
