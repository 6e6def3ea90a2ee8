"""The crawler: from the world to articles at the newsdesk; entered here, and nothing heavy is loaded before its use."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .discovery import Probe, probe
    from .document import Document
    from .engine import run_on_reactor
    from .fetch import fetching
    from .hubs import HubState, hub_states
    from .lead import Lead
    from .leads import LeadState, backlog, lead_state
    from .outlet import ArticleRules, Outlet, Source, load_outlets
    from .page import PageRules, Reading, ReadingKind, read_page
    from .poll import Poller
    from .report import COUNTED, PollReport
    from .settings import CrawlSettings
    from .spider import SOURCE_KINDS, Listing
    from .state import SourceState, source_states
    from .subscriber import Subscriber
    from .tasks import rules_of

__all__ = [
    "COUNTED",
    "SOURCE_KINDS",
    "ArticleRules",
    "CrawlSettings",
    "Document",
    "HubState",
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
    "Subscriber",
    "backlog",
    "fetching",
    "hub_states",
    "lead_state",
    "load_outlets",
    "probe",
    "read_page",
    "rules_of",
    "run_on_reactor",
    "source_states",
]

__getattr__ = lazy_face(
    __name__,
    {
        "discovery": "Probe probe",
        "document": "Document",
        "engine": "run_on_reactor",
        "fetch": "fetching",
        "hubs": "HubState hub_states",
        "lead": "Lead",
        "leads": "LeadState backlog lead_state",
        "outlet": "ArticleRules Outlet Source load_outlets",
        "page": "PageRules Reading ReadingKind read_page",
        "poll": "Poller",
        "report": "COUNTED PollReport",
        "settings": "CrawlSettings",
        "spider": "Listing SOURCE_KINDS",
        "state": "SourceState source_states",
        "subscriber": "Subscriber",
        "tasks": "rules_of",
    },
)
