"""The crawler: from the world to articles at the newsdesk; entered here, and nothing heavy is loaded before its use."""

from typing import TYPE_CHECKING

from newsdesk import lazy_face

if TYPE_CHECKING:
    from .discovery import Probe, probe, slug_of
    from .document import Document
    from .downloader.browser import browser_trouble
    from .downloader.engine import run_on_reactor
    from .downloader.fetch import fetching
    from .evidence.evidence import Keeper, KeptPage, kept_pages
    from .health.attendance import Attendance, attendance
    from .health.trouble import Health
    from .health.vigil import Case, ListCase, OutletState, Report, Vigil, attention, closed_hosts, outlet_states
    from .hubs.rows import HubState, hub_states
    from .hubs.subscriber import Subscriber
    from .lead import Lead
    from .leads.leads import LeadState, backlog, gone_since, lead_state
    from .outlet import ArticleRules, Outlet, Source, http_address, load_outlets
    from .page import PageRules, Reading, ReadingKind, read_page
    from .poll import Poller
    from .reading.charset import decode
    from .report import COUNTED, PollReport
    from .settings import CrawlSettings
    from .spider import SOURCE_KINDS, Listing
    from .state import SourceState, source_states
    from .workers.tasks import rules_of, warm_up
    from .workers.workers import Workers

__all__ = [
    "COUNTED",
    "SOURCE_KINDS",
    "ArticleRules",
    "Attendance",
    "Case",
    "CrawlSettings",
    "Document",
    "Health",
    "HubState",
    "Keeper",
    "KeptPage",
    "Lead",
    "LeadState",
    "ListCase",
    "Listing",
    "Outlet",
    "OutletState",
    "PageRules",
    "PollReport",
    "Poller",
    "Probe",
    "Reading",
    "ReadingKind",
    "Report",
    "Source",
    "SourceState",
    "Subscriber",
    "Vigil",
    "Workers",
    "attendance",
    "attention",
    "backlog",
    "browser_trouble",
    "closed_hosts",
    "decode",
    "fetching",
    "gone_since",
    "http_address",
    "hub_states",
    "kept_pages",
    "lead_state",
    "load_outlets",
    "outlet_states",
    "probe",
    "read_page",
    "rules_of",
    "run_on_reactor",
    "slug_of",
    "source_states",
    "warm_up",
]

__getattr__ = lazy_face(
    __name__,
    {
        "downloader.browser": "browser_trouble",
        "discovery": "Probe probe slug_of",
        "document": "Document",
        "downloader.engine": "run_on_reactor",
        "downloader.fetch": "fetching",
        "evidence.evidence": "Keeper KeptPage kept_pages",
        "health.attendance": "Attendance attendance",
        "health.trouble": "Health",
        "hubs.rows": "HubState hub_states",
        "lead": "Lead",
        "leads.leads": "LeadState backlog gone_since lead_state",
        "outlet": "ArticleRules Outlet Source http_address load_outlets",
        "page": "PageRules Reading ReadingKind read_page",
        "poll": "Poller",
        "reading.charset": "decode",
        "report": "COUNTED PollReport",
        "settings": "CrawlSettings",
        "spider": "Listing SOURCE_KINDS",
        "state": "SourceState source_states",
        "hubs.subscriber": "Subscriber",
        "workers.tasks": "rules_of warm_up",
        "health.vigil": "Case ListCase OutletState Report Vigil attention closed_hosts outlet_states",
        "workers.workers": "Workers",
    },
)
