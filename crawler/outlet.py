"""Outlet, Source: the typed form of `outlets/<slug>.yaml`, one file an outlet."""

import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from newsdesk import ConfigError, Keep, Problem, YamlFile, did_you_mean, read_yaml, validate

from .cadence.cron import cron
from .settings import CrawlOverrides

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SLUG_REMEDY = "name the file with a-z, 0-9 and -, like the-hindu.yaml"
_TAG = re.compile(r"[^\W_][\w.-]{0,62}")
# RFC 5646 without its irregular tags; a primary language of 4 or more letters is not assigned.
_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3}(?:-[a-z]{3}){0,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|\d{3}))?"
    r"(?P<rest>(?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*(?:-[a-wy-z0-9](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?)",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"\[[0-9a-f:.]+\]|[^\s\x00-\x2c/:;<=>?@\[\\\]^`{|}\x7f]+", re.IGNORECASE)


def http_address(value: str) -> str:
    """Give back an http(s) address that can be asked. Raises ValueError with the remedy."""
    remedy = "write an address like https://www.example.org/feed.xml"
    try:
        if len(value) > 2000:
            raise ValueError
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise ValueError(remedy) from None
    if parts.scheme not in ("http", "https"):
        raise ValueError(f"{remedy}; only http and https can be asked")
    if parts.username is not None or parts.password is not None:
        raise ValueError("remove the name and password from the address")
    if not value.isprintable() or " " in value or not _HOST.fullmatch(parts.hostname or "") or port == 0:
        raise ValueError(remedy)
    return value


def _language(value: str) -> str:
    found = _LANGUAGE.fullmatch(value)
    if not found:
        raise ValueError("write a BCP 47 tag, like en, pt-BR, zh-Hans")
    script, region = found["script"], found["region"]
    parts = [found["language"].lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part) + found["rest"].lower()


def _timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise ValueError("write a zone of the tz database, like UTC, Europe/Moscow, Asia/Kolkata") from None
    return value


def _tag(value: str) -> str:
    if not _TAG.fullmatch(value):
        raise ValueError("write a tag as one word of letters, digits, - and .")
    return value


def _selector(value: str) -> str:
    from cssselect import GenericTranslator, SelectorError
    from cssselect.parser import parse

    try:
        if any(part.pseudo_element for part in parse(value)):
            raise ValueError("write a selector of elements, without ::text or ::attr()")
        GenericTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise ValueError(f"write a CSS selector, like h1 or .article__text; {error}") from None
    return value


def _pattern(value: str) -> str:
    compiled(value)
    return value


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Any:
    """Give the RE2 form of a pattern. Raises ValueError with the remedy."""
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"write a regular expression as RE2 knows it; {said}") from None


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(http_address)]
Selector = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_selector)]
Pattern = Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_pattern)]
Language = Annotated[str, AfterValidator(_language)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Tag = Annotated[str, AfterValidator(_tag)]
Cron = Annotated[str, AfterValidator(cron)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ArticleRules(BaseModel):
    """What the operator knows of an outlet's articles: which links are some, and CSS selectors of their parts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Pattern | None = None
    title: Selector | None = None
    lede: Selector | None = None
    body: Selector | None = None
    published: Selector | None = None
    byline: Selector | None = None
    remove: Annotated[tuple[Selector, ...], BeforeValidator(_one_or_more)] = ()

    def is_article(self, url: str) -> bool:
        """Tell whether the pattern takes this address; without a pattern it takes every one."""
        return self.url is None or bool(compiled(self.url).search(url))


class Source(BaseModel):
    """One list of an outlet's news: its kind (a file in `crawler/spiders`) and its address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    url: Address


class Outlet(CrawlOverrides):
    """One outlet as its file describes it; `slug` is the file's name. Without sources, `site` is searched for some."""

    slug: Annotated[str, Field(pattern=f"^{SLUG.pattern}$")]
    name: Name
    site: Address
    language: Language | None = None
    timezone: Timezone = "UTC"
    tags: Annotated[tuple[Tag, ...], BeforeValidator(_one_or_more)] = ()
    sources: tuple[Source, ...] = ()
    poll_at: Annotated[tuple[Cron, ...], BeforeValidator(_one_or_more)] = ()
    """Cron expressions, in the outlet's timezone, that say when to poll instead of the adaptive cadence."""
    keep_articles: Keep | None = None
    """How long its articles are kept; None leaves that to `archive.keep_articles`."""
    render: bool = False
    """Its pages are read as a browser shows them, once their scripts have run."""
    article: ArticleRules = ArticleRules()


def known_kinds() -> tuple[str, ...]:
    """Give the kinds of source there are, without loading them: a kind is named like its file."""
    return tuple(sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).with_name("spiders"))])))


def load_outlet(path: Path) -> Outlet:
    """Read one outlet file. Raises ConfigError with every mistake in it."""
    file = read_yaml(path)
    value = dict(file.value)
    problems: list[Problem] = []
    if not SLUG.fullmatch(path.stem):
        problems.append(Problem(path, 0, 0, f'"{path.stem}" is not a slug', _SLUG_REMEDY))
    if "slug" in value:
        problems.append(file.problem(("slug", ""), '"slug" is not a setting', "the file's name is the outlet's slug"))
    found = list(_sources(file))
    sources = [one for one in found if isinstance(one, Source)]
    problems += [one for one in found if isinstance(one, Problem)]
    value["slug"] = path.stem if SLUG.fullmatch(path.stem) else "x"
    value["sources"] = sources
    value.setdefault("name", path.stem)
    if not value.get("site") and sources:
        first = urlsplit(sources[0].url)
        value["site"] = f"{first.scheme}://{first.netloc}/"
    try:
        outlet = validate(Outlet, replace(file, value=value))
    except ConfigError as error:
        raise ConfigError(file.with_mistakes([*problems, *error.problems])) from None
    if problems:
        raise ConfigError(problems)
    return outlet


def _sources(file: YamlFile) -> Iterator[Source | Problem]:
    listed = file.value.get("sources") or []
    example = "write a list of lines like `- feed: https://www.example.org/rss`"
    if not isinstance(listed, list):
        yield file.problem(("sources",), "sources: a list is expected", example)
        return
    for index, item in enumerate(listed):
        if not isinstance(item, dict) or len(item) != 1:
            yield file.problem(("sources", index), "a source is one kind and one address", example)
            continue
        ((kind, url),) = item.items()
        yield _source(file, index, kind, url)


def _source(file: YamlFile, index: int, kind: str, url: Any) -> Source | Problem:
    if kind not in known_kinds():
        return file.problem(
            ("sources", index, kind, ""), f'"{kind}" is not a kind of source', did_you_mean(kind, known_kinds())
        )
    try:
        if not isinstance(url, str):
            raise ValueError("write an address like https://www.example.org/feed.xml")
        return Source(kind=kind, url=http_address(url))
    except ValueError as error:
        return file.problem(("sources", index, kind), f"{kind}: {url}", str(error))


def load_outlets(folder: Path, read: Mapping[Path, Outlet] | None = None) -> tuple[list[Outlet], list[Problem]]:
    """Give the outlets of every `*.yaml` of a folder, by name, and the problems; what was `read` is not read again."""
    outlets: list[Outlet] = []
    problems: list[Problem] = []
    if not folder.is_dir():
        return outlets, problems
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or not path.is_file():
            continue
        if read and path in read:
            outlets.append(read[path])
        elif path.suffix == ".yml":
            problems.append(Problem(path, 0, 0, "the file is not read", f"rename it to {path.stem}.yaml"))
        elif path.suffix == ".yaml":
            try:
                outlets.append(load_outlet(path))
            except ConfigError as error:
                problems += error.problems
    return outlets, problems
