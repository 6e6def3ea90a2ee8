"""urls: a plain list of addresses, one a line, perhaps with a name behind it, becomes outlet files, one a site."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tocsin.importer import ListImporter, Report, Task, whole
from tocsin.roster import SITE, Listed

_MOST = 20_000_000
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_BARE = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_]{2,24}(?:[:/]\S*)?")
_FEED = re.compile(
    r"/(?:rss|feeds?|atom|rdf)(?:[/.?]|$)|\.(?:rss|rdf|atom)(?:$|\?)|(?:rss|feed|atom|index|news)[\w-]*\.(?:xml|json)(?:$|\?)"
    r"|[?&](?:feed|format|type|output)=(?:rss|atom|feed|xml)|//(?:feeds?\d?|rss\d?)\.",
    re.IGNORECASE,
)
_SITEMAP = re.compile(r"sitemap[^/]*(?:\.xml|\.gz|\.txt)?(?:$|\?)", re.IGNORECASE)
_ARTICLE = re.compile(r"\d{5,}|/\d{4}/\d{1,2}/|(?:[^\W_]+-){3,}[^\W_]+|\.html?$", re.IGNORECASE)


class Urls(ListImporter):
    """A feed or sitemap becomes a source, a page below a site a section; of a site its lists are looked for."""

    name = "urls"
    suffixes = (".urls", ".txt", ".list")

    def recognises(self, head: bytes) -> bool:
        """See whether the first line that says anything is an address."""
        first = next((line for line in _lines(head[:4000]) if line.strip()), "")
        return _address(first.split()[0]) is not None if first.split() else False

    def listed(self, task: Task, report: Report) -> Iterator[Listed]:
        """Give each line."""
        for number, line in enumerate(_lines(whole(task, _MOST)), 1):
            words = line.split(maxsplit=1)
            if not words:
                continue
            url = _address(words[0].strip("<>,;\"'"))
            if url is None:
                task.refuse(report, str(number), f"{words[0][:200]}: write an address like https://www.example.org/")
            else:
                yield listed_as(number, url, words[1].strip(" \t,;\"'") if len(words) > 1 else "")


def _lines(content: bytes) -> list[str]:
    """Give the lines without their comments; a # within an address begins none."""
    from crawler import decode

    return [re.sub(r"(?:^|\s)#.*", "", line).strip("\ufeff \t") for line in decode(content).splitlines()]


def _address(word: str) -> str | None:
    if _ADDRESS.fullmatch(word):
        return word
    return f"https://{word}" if _BARE.fullmatch(word) else None


def listed_as(line: int, url: str, name: str = "") -> Listed:
    """Tell from the form of an address what it is; an article stands for its site."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return Listed(line, SITE, url, name)
    root = f"{parts.scheme}://{parts.netloc}/"
    if _SITEMAP.search(parts.path):
        return Listed(line, "sitemap", url, name)
    if _FEED.search(url):
        return Listed(line, "feed", url, name)
    if parts.path in ("", "/"):
        return Listed(line, SITE, url if parts.path or parts.query else root, name)
    if _ARTICLE.search(parts.path):
        return Listed(line, SITE, root, name)
    return Listed(line, "section", url, name, site=root)


URLS = Urls()
