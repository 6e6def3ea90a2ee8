"""The crawler: from the world to articles at the newsdesk; entered here, and nothing heavy is loaded before its use."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .discovery import Probe, probe
    from .document import Document
    from .engine import run_on_reactor
    from .fetch import fetching
    from .lead import Lead
    from .leads import LeadState, backlog, lead_state
    from .outlet import ArticleRules, Outlet, Source, load_outlets
    from .page import PageRules, Reading, ReadingKind, read_page
    from .poll import Poller
    from .report import COUNTED, PollReport
    from .settings import CrawlSettings
    from .spider import SOURCE_KINDS, Listing
    from .state import SourceState, source_states
    from .tasks import rules_of

_HOMES = {
    "SOURCE_KINDS": "spider",
    "ArticleRules": "outlet",
    "COUNTED": "report",
    "CrawlSettings": "settings",
    "Document": "document",
    "Lead": "lead",
    "LeadState": "leads",
    "Listing": "spider",
    "Outlet": "outlet",
    "PageRules": "page",
    "PollReport": "report",
    "Poller": "poll",
    "Probe": "discovery",
    "Reading": "page",
    "ReadingKind": "page",
    "Source": "outlet",
    "SourceState": "state",
    "backlog": "leads",
    "fetching": "fetch",
    "lead_state": "leads",
    "load_outlets": "outlet",
    "probe": "discovery",
    "read_page": "page",
    "rules_of": "tasks",
    "run_on_reactor": "engine",
    "source_states": "state",
}

__all__ = [
    "COUNTED",
    "SOURCE_KINDS",
    "ArticleRules",
    "CrawlSettings",
    "Document",
    "Lead",
    "LeadState",
    "Listing",
    "Outlet",
    "PageRules",
    "PollReport",
    "Poller",
    "Probe",
    "Reading",
    "ReadingKind",
    "Source",
    "SourceState",
    "backlog",
    "fetching",
    "lead_state",
    "load_outlets",
    "probe",
    "read_page",
    "rules_of",
    "run_on_reactor",
    "source_states",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
