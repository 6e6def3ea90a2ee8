"""How alembic runs a revision: on the connection that `tocsin.storage` hands over, in one transaction."""

import importlib
from typing import Any, Literal

from alembic import context

from newsdesk import Base, Instant

for package in ("newsdesk", "crawler", "alerts", "tocsin"):
    importlib.import_module(f"{package}.tables")

connection = context.config.attributes["connection"]


def written(kind: str, thing: Any, autogen: Any) -> str | Literal[False]:
    """Write our own column type by its name in the ground's face."""
    if kind == "type" and isinstance(thing, Instant):
        autogen.imports.add("from newsdesk import Instant")
        return "Instant()"
    return False


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=written,
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
