"""The web face: pages for people and answers for machines, served in the daemon's own loop."""

from .page import House, Page
from .server import WebFace, make_app

__all__ = ["House", "Page", "WebFace", "make_app"]
