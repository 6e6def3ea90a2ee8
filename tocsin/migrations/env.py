"""How alembic runs a revision: on the connection that `tocsin.storage` hands over, in one transaction."""

import importlib

from alembic import context

from newsdesk import Base

for package in ("newsdesk", "crawler", "alerts", "tocsin"):
    importlib.import_module(f"{package}.tables")

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
