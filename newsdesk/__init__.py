"""What is news, and the record: the words and the database that the crawler and the alerts share."""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .archive import Archive, Revision
    from .article import Article, FiledArticle, Precision, article_from_json, article_json, clean, instant
    from .database import Base, Database, Instant
    from .desk import Desk, Filing, FilingKind, Unswept
    from .errors import (
        AddressRefused,
        ConfigError,
        DeliveryError,
        DeliveryFailure,
        FetchError,
        FetchFailure,
        PermanentFailure,
        Problem,
        QueryError,
        ReadingError,
        StorageError,
        TemporaryFailure,
        TocsinError,
    )
    from .fingerprint import Fingerprint
    from .guard import Address, Guard
    from .shelf import Shelf, did_you_mean
    from .text import Occurrence, Spelling, Word, clusters, fold, paragraphs, same_letters, spellings, tabulate, words
    from .units import Duration, Size, parse_duration, parse_size, show_duration
    from .urls import canonical_url, page_key, same_site, site_of
    from .yamlfile import YamlFile, read_yaml, remedy_of, validate

__all__ = [
    "Address",
    "AddressRefused",
    "Archive",
    "Article",
    "Base",
    "ConfigError",
    "Database",
    "DeliveryError",
    "DeliveryFailure",
    "Desk",
    "Duration",
    "FetchError",
    "FetchFailure",
    "FiledArticle",
    "Filing",
    "FilingKind",
    "Fingerprint",
    "Guard",
    "Instant",
    "Occurrence",
    "PermanentFailure",
    "Precision",
    "Problem",
    "QueryError",
    "ReadingError",
    "Revision",
    "Shelf",
    "Size",
    "Spelling",
    "StorageError",
    "TemporaryFailure",
    "TocsinError",
    "Unswept",
    "Word",
    "YamlFile",
    "article_from_json",
    "article_json",
    "canonical_url",
    "clean",
    "clusters",
    "did_you_mean",
    "fold",
    "instant",
    "page_key",
    "paragraphs",
    "parse_duration",
    "parse_size",
    "read_yaml",
    "remedy_of",
    "same_letters",
    "same_site",
    "show_duration",
    "site_of",
    "spellings",
    "tabulate",
    "validate",
    "words",
]

# Which room holds which name: a room is entered when one of its names is first asked for, so that a command which
# only reads settings does not pay for SQLAlchemy.
_ROOMS = {
    "archive": "Archive Revision",
    "article": "Article FiledArticle Precision article_from_json article_json clean instant",
    "database": "Base Database Instant",
    "desk": "Desk Filing FilingKind Unswept",
    "errors": "AddressRefused ConfigError DeliveryError DeliveryFailure FetchError FetchFailure PermanentFailure "
    "Problem QueryError ReadingError StorageError TemporaryFailure TocsinError",
    "fingerprint": "Fingerprint",
    "guard": "Address Guard",
    "shelf": "Shelf did_you_mean",
    "text": "Occurrence Spelling Word clusters fold paragraphs same_letters spellings tabulate words",
    "units": "Duration Size parse_duration parse_size show_duration",
    "urls": "canonical_url page_key same_site site_of",
    "yamlfile": "YamlFile read_yaml remedy_of validate",
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Fetch a public name from its room, once."""
    if name not in _ROOM_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return __all__
