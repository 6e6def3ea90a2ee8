"""What Tocsin adds to fetching and extracting: CPU per article against a bare Scrapy spider with the same extractor.

    python -m benchmarks.pipeline --articles 500 [--pages FOLDER] [--watches 100]

A newspaper in a process of its own serves one front page that links to all articles (generated ones, or the pages
`*.html.gz` of FOLDER). Three programs read it, each in a fresh process whose CPU time,
with that of its children, counts:

    bare        Scrapy and trafilatura: fetch, extract, forget
    same        Scrapy and Tocsin's own reading of a page: fetch, read, forget
    tocsin      `tocsin poll`: fetch, read, recognise copies, store, match

Start-up is measured with no articles at all and taken off. The figure is the ratio of what is left, per article. The
programs take turns, and ratios are taken within each round: a machine's speed drifts more than they differ.
"""

import argparse
import gzip
import json
import multiprocessing
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tocsin.demo.newspaper import Answer, Newspaper, Request

BARE = """
import sys, scrapy
from scrapy.crawler import CrawlerProcess
front, which = sys.argv[1], sys.argv[2]
if which == "bare":
    import trafilatura
    def extract(response):
        return trafilatura.bare_extraction(response.body, url=response.url, with_metadata=True, fast=True)
else:
    from crawler import Document, read_page
    def extract(response):
        return read_page(Document(url=response.url, body=response.body, content_type="text/html; charset=utf-8"), None)

class Bare(scrapy.Spider):
    name = "bare"
    start_urls = [front]
    count = 0
    def parse(self, response):
        for link in response.css("a::attr(href)").getall():
            yield response.follow(link, self.article)
    def article(self, response):
        extract(response)

process = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": 16, "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
                "DOWNLOAD_DELAY": 0, "ROBOTSTXT_OBEY": True, "TELNETCONSOLE_ENABLED": False})
process.crawl(Bare)
process.start()
"""


def generated(count: int) -> list[bytes]:
    """Make pages of about 40 kB: 600 words of text among navigation, cards, scripts and a footer."""
    rnd = random.Random(7)
    words = [
        "".join(rnd.choices("bcdfglmnprstvz", k=1) + rnd.choices("aeiou", k=1)) * rnd.randint(1, 3) for _ in range(4000)
    ]

    def sentence(length: int) -> str:
        return " ".join(rnd.choices(words, k=length)).capitalize() + "."

    def page(number: int) -> bytes:
        title = f"{sentence(8)} {number}"
        nav = "".join(f'<li><a href="/section/{i}">{rnd.choice(words)}</a></li>' for i in range(120))
        cards = "".join(
            f'<div class="card"><a href="/other/{i}"><img src="/i/{i}.jpg" alt=""><h3>{sentence(6)}</h3></a></div>'
            for i in range(60)
        )
        text = "".join(f"<p>{' '.join(sentence(15) for _ in range(4))}</p>" for _ in range(10))
        script = "<script>window.data = " + json.dumps([rnd.random() for _ in range(400)]) + ";</script>"
        data = {
            "@type": "NewsArticle",
            "headline": title,
            "datePublished": "2026-11-20T10:00:00Z",
            "author": {"name": "A B"},
        }
        return (
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{script}'
            f'<script type="application/ld+json">{json.dumps(data)}</script></head><body><nav><ul>{nav}</ul></nav>'
            f"<main><article><h1>{title}</h1>{text}</article></main><aside>{cards}</aside><footer>{nav}</footer></body></html>"
        ).encode()

    return [page(number) for number in range(count)]


def serve(pages: list[bytes], connection: "multiprocessing.connection.Connection") -> None:
    paper = Newspaper()

    def page(body: bytes):  # type: ignore[no-untyped-def]
        return lambda _request: Answer(200, body, {"Content-Type": "text/html; charset=utf-8"})

    def front(count: int):  # type: ignore[no-untyped-def]
        links = "".join(f'<a href="/news/{number}-a">number {number}</a>' for number in range(count))
        return page(f"<html><body>{links}</body></html>".encode())

    for number, body in enumerate(pages):
        paper.instead[f"/news/{number}-a"] = page(body)
    paper.instead["/all"] = front(len(pages))
    paper.instead["/none"] = front(0)

    def only_robots(_request: Request) -> Answer:
        return Answer(404)

    paper.instead["/robots.txt"] = only_robots
    paper.start()
    connection.send(paper.url)
    connection.recv()


def cpu(command: list[str]) -> float:
    """Run a command and give its CPU seconds, those of its children included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode not in (0, 1):  # 1: some page of a real set is no article
        raise SystemExit(f"{command} ended with {done.returncode}\n{done.stderr.decode()}\n{done.stdout.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def tocsin(url: str, front: str, watches: int) -> list[str]:
    folder = Path(tempfile.mkdtemp(prefix="pipeline-"))
    (folder / "outlets").mkdir()
    (folder / "watches").mkdir()
    (folder / "tocsin.yaml").write_text(
        "crawl: {delay: 0s, requests_per_host: 16}\nallow_private: [127.0.0.0/8]\nweb: {bind: ''}\n"
    )
    (folder / "outlets" / "paper.yaml").write_text(
        f"name: Paper\nsite: {url}/\nsources:\n  - section: {front}\narticle:\n  url: '/news/'\n"
    )
    for number in range(watches):
        (folder / "watches" / f"w{number}.yaml").write_text(
            f'name: w{number}\nquery: (baba{number} OR "some words {number}") AND gogo\n'
            "notify:\n  - email: a@example.org\n"
        )
    return [sys.executable, "-m", "tocsin", "-c", str(folder), "poll"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--articles", type=int, default=500)
    options.add_argument("--pages", type=Path, help="a folder of *.html.gz to serve instead of generated pages")
    options.add_argument("--watches", type=int, default=100)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    if given.pages:
        pages = [gzip.decompress(path.read_bytes()) for path in sorted(given.pages.glob("*.html.gz"))[: given.articles]]
    else:
        pages = generated(given.articles)
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(pages, theirs), daemon=True)
    server.start()
    url = ours.recv()
    script = Path(tempfile.mkdtemp()) / "bare.py"
    script.write_text(BARE)
    programs = {
        "bare": lambda front: [sys.executable, str(script), url + front, "bare"],
        "same": lambda front: [sys.executable, str(script), url + front, "same"],
        "tocsin": lambda front: tocsin(url, url + front, given.watches),
    }
    rounds = [{name: per_article(program, len(pages)) for name, program in programs.items()} for _ in range(given.runs)]
    for name in programs:
        seconds = median(one[name] for one in rounds)
        same, bare = (median(one[name] / one[other] for one in rounds) for other in ("same", "bare"))
        print(f"{name:7} {1000 * seconds:7.2f} ms CPU an article   {same:.3f} x same   {bare:.3f} x bare")
    ours.send("done")


def per_article(program, count: int) -> float:  # type: ignore[no-untyped-def]
    """Give the CPU seconds an article, start-up taken off."""
    return (cpu(program("/all")) - cpu(program("/none"))) / count


if __name__ == "__main__":
    main()
