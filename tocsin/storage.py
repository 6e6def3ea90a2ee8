"""The database of the settings, brought up to the tables of this version."""

from newsdesk import Base, Database
from tocsin.settings import Settings


def open_database(settings: Settings) -> Database:
    """Open the database; SQLite is created and upgraded. The caller closes it. Raises StorageError."""
    database = Database(settings.database)
    Base.metadata.create_all(database.engine)
    return database
