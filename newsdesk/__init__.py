"""What is news, and the record: the words and the database that the crawler and the alerts share."""

from typing import TYPE_CHECKING

from .face import lazy_face

if TYPE_CHECKING:
    from .addresses.urls import canonical_url, clean_url, is_view_url, page_key, plain_addresses, same_site, site_of
    from .archive import Archive, Revision
    from .article import Article, FiledArticle, Precision, article_from_json, article_json, clean, instant
    from .crashpoint import CRASH_POINTS, arm_crash_point, crash_point
    from .database import Base, Database, Instant, insert_missing
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
    from .filing.kinship import shared_words
    from .guard import Address, Guard
    from .httpdate import http_date, retry_after
    from .likeness.difference import Change, Mark, Piece, changes, pieces
    from .likeness.fingerprint import Fingerprint
    from .likeness.novelty import what_is_new
    from .retention import Retention, forget
    from .sealing import NoKey, Seal, Sealed, give_seal, is_sealed, reseal
    from .search.condition import AllOf, AnyOf, Condition, Has, Prefix, all_of, any_of
    from .search.related import RELATED_WITHIN, Rarity, Related, rare_words, related_to
    from .search.terms import facet_term, fields, host_of, language_of, properties_of, terms_of, texts_of
    from .shelf import Shelf, did_you_mean
    from .spelling.concordance import Concordance
    from .spelling.text import Occurrence, Spelling, Word, clusters, fold, paragraphs, same_letters, spellings, words
    from .units import FOREVER, Duration, Keep, Size, parse_duration, parse_keep, parse_size, show_duration
    from .yamlfile import YamlFile, read_yaml, remedy_of, validate

__all__ = [
    "CRASH_POINTS",
    "FOREVER",
    "RELATED_WITHIN",
    "Address",
    "AddressRefused",
    "AllOf",
    "AnyOf",
    "Archive",
    "Article",
    "Base",
    "Change",
    "Concordance",
    "Condition",
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
    "Has",
    "Instant",
    "Keep",
    "Mark",
    "NoKey",
    "Occurrence",
    "PermanentFailure",
    "Piece",
    "Precision",
    "Prefix",
    "Problem",
    "QueryError",
    "Rarity",
    "ReadingError",
    "Related",
    "Retention",
    "Revision",
    "Seal",
    "Sealed",
    "Shelf",
    "Size",
    "Spelling",
    "StorageError",
    "TemporaryFailure",
    "TocsinError",
    "Unswept",
    "Word",
    "YamlFile",
    "all_of",
    "any_of",
    "arm_crash_point",
    "article_from_json",
    "article_json",
    "canonical_url",
    "changes",
    "clean",
    "clean_url",
    "clusters",
    "crash_point",
    "did_you_mean",
    "facet_term",
    "fields",
    "fold",
    "forget",
    "give_seal",
    "host_of",
    "http_date",
    "insert_missing",
    "instant",
    "is_sealed",
    "is_view_url",
    "language_of",
    "lazy_face",
    "page_key",
    "paragraphs",
    "parse_duration",
    "parse_keep",
    "parse_size",
    "pieces",
    "plain_addresses",
    "properties_of",
    "rare_words",
    "read_yaml",
    "related_to",
    "remedy_of",
    "reseal",
    "retry_after",
    "same_letters",
    "same_site",
    "shared_words",
    "show_duration",
    "site_of",
    "spellings",
    "terms_of",
    "texts_of",
    "validate",
    "what_is_new",
    "words",
]

__getattr__ = lazy_face(
    __name__,
    {
        "archive": "Archive Revision",
        "article": "Article FiledArticle Precision article_from_json article_json clean instant",
        "spelling.concordance": "Concordance",
        "search.condition": "AllOf AnyOf Condition Has Prefix all_of any_of",
        "crashpoint": "CRASH_POINTS arm_crash_point crash_point",
        "database": "Base Database Instant insert_missing",
        "desk": "Desk Filing FilingKind Unswept",
        "likeness.difference": "Change Mark Piece changes pieces",
        "errors": "AddressRefused ConfigError DeliveryError DeliveryFailure FetchError FetchFailure PermanentFailure "
        "Problem QueryError ReadingError StorageError TemporaryFailure TocsinError",
        "face": "lazy_face",
        "likeness.fingerprint": "Fingerprint",
        "guard": "Address Guard",
        "httpdate": "http_date retry_after",
        "filing.kinship": "shared_words",
        "likeness.novelty": "what_is_new",
        "search.related": "RELATED_WITHIN Rarity Related rare_words related_to",
        "retention": "Retention forget",
        "sealing": "NoKey Seal Sealed give_seal is_sealed reseal",
        "shelf": "Shelf did_you_mean",
        "search.terms": "facet_term fields host_of language_of properties_of terms_of texts_of",
        "spelling.text": "Occurrence Spelling Word clusters fold paragraphs same_letters spellings words",
        "units": "FOREVER Duration Keep Size parse_duration parse_keep parse_size show_duration",
        "addresses.urls": "canonical_url clean_url is_view_url page_key plain_addresses same_site site_of",
        "yamlfile": "YamlFile read_yaml remedy_of validate",
    },
)
