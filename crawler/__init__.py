"""The crawler: from the world to articles at the newsdesk; entered here, and nothing heavy is loaded before its use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .discovery import probe
    from .document import Document
    from .engine import run_on_reactor
    from .lead import Lead
    from .outlet import ArticleRules, Outlet, Source, load_outlets
    from .page import PageRules, Reading, ReadingKind, read_page
    from .poll import Poller, PollReport
    from .settings import CrawlSettings
    from .spider import Listing
    from .state import SourceState, source_states

_HOMES = {
    "ArticleRules": "outlet",
    "CrawlSettings": "settings",
    "Document": "document",
    "Lead": "lead",
    "Listing": "spider",
    "Outlet": "outlet",
    "PageRules": "page",
    "PollReport": "poll",
    "Poller": "poll",
    "Reading": "page",
    "ReadingKind": "page",
    "Source": "outlet",
    "SourceState": "state",
    "load_outlets": "outlet",
    "probe": "discovery",
    "read_page": "page",
    "run_on_reactor": "engine",
    "source_states": "state",
}

__all__ = [
    "ArticleRules",
    "CrawlSettings",
    "Document",
    "Lead",
    "Listing",
    "Outlet",
    "PageRules",
    "PollReport",
    "Poller",
    "Reading",
    "ReadingKind",
    "Source",
    "SourceState",
    "load_outlets",
    "probe",
    "read_page",
    "run_on_reactor",
    "source_states",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
