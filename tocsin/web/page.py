"""Page: one address of the web face.

To add one, put a file into `pages/`: a class with `path`, `title` and `get` (and `post`, where it acts), and one
instance of it at top level; its template, if it has one, stands beside it as `<name>.html` and begins with
`{% extends "layout.html" %}`. No list is edited. A page that may be seen by anyone who reaches the port says
`public = True`; the others are for this machine alone, and for whoever has a token of their `scope`, if they name one.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from prometheus_client import CollectorRegistry
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from alerts import Dispatch, Reception
from crawler import Subscriber
from newsdesk import Database, Shelf
from tocsin.tokens import Scope


class House(Protocol):
    """What a page may ask of the running product."""

    @property
    def database(self) -> Database:
        """Give the database."""
        ...

    @property
    def registry(self) -> CollectorRegistry:
        """Give the metrics."""
        ...

    @property
    def hubs(self) -> Subscriber:
        """Give what hubs speak to."""
        ...

    @property
    def reception(self) -> Reception:
        """Give what takes readers in."""
        ...

    @property
    def dispatch(self) -> Dispatch:
        """Give what sends alerts."""
        ...

    @property
    def public_url(self) -> str:
        """Give the address under which people reach the web face, without a slash at its end."""
        ...

    @property
    def outlets(self) -> Sequence[Any]:
        """Give the outlets that are polled."""
        ...

    @property
    def watches(self) -> Sequence[Any]:
        """Give the watches that are kept."""
        ...

    async def troubles(self) -> Sequence[str]:
        """Tell what keeps the daemon from its work; nothing when all is well."""
        ...


class Page:
    """One address; `path` may hold parameters like `/unsubscribe/{token}`."""

    path: str
    title: str
    public: bool = False
    scope: Scope | None = None

    async def get(self, request: Request, house: House) -> Response:
        """Answer a GET; changes nothing."""
        return PlainTextResponse("Not found.\n", 404)

    async def post(self, request: Request, house: House) -> Response:
        """Answer a POST; a page that does not act has none."""
        return PlainTextResponse("Method not allowed.\n", 405, headers={"Allow": "GET, HEAD"})

    @property
    def acts(self) -> bool:
        """Tell whether the page takes a POST."""
        return type(self).post is not Page.post


def pages() -> Mapping[str, Page]:
    """Give all pages by their path."""
    return Shelf("tocsin.web.pages", Page, name="path")


def render(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Give a template as an answer; every value is escaped."""
    return HTMLResponse(_templates().get_template(template).render(values), status)


@cache
def _templates() -> Environment:
    here = Path(__file__).parent
    return Environment(
        loader=FileSystemLoader([here / "pages", here]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
