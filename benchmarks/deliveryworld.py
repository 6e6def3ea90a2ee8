"""What the measurements of delivery have in common: articles that one watch each asks for, servers, costs and goals."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from alerts import SmtpSettings, Watch, Watchlist, parse
from benchmarks.templates import invented
from newsdesk import Article, Base, Database, Guard

HOME = "127.0.0.0/8"


@dataclass(frozen=True, slots=True)
class Cost:
    """What sending so many took: seconds on the clock and of CPU."""

    count: int
    wall: float
    cpu: float

    @property
    def rate(self) -> float:
        """How many a second."""
        return self.count / self.wall

    @property
    def each(self) -> float:
        """CPU milliseconds each."""
        return 1000 * self.cpu / self.count

    def __str__(self) -> str:
        """Give a line of figures."""
        return f"{self.rate:7.0f} a second  {self.each:6.2f} ms CPU each"


def goal(name: str, figure: str, wanted: str, *, reached: bool) -> None:
    """Print how a goal is met."""
    print(f"GOAL {name:44} {figure:>12}   goal {wanted:10} {'reached' if reached else 'MISSED'}", flush=True)


def words_of(watch: int) -> str:
    """Give the word that only one watch asks for."""
    return f"zq{watch:05}x"


def article(number: int, watch: int) -> Article:
    """Make an article of about 300 words that one watch asks for."""
    body = f"{invented(number, 150)} The {words_of(watch)} was named. {invented(number + 10**6, 150)}"
    url = f"https://paper.example/news/number-{number}-of-the-day"
    return Article(
        outlet="paper",
        url=url,
        canonical_url=url,
        title=f"{invented(number + 2 * 10**6, 8)[:80]} {words_of(watch)}",
        body=body,
        language="en",
        published=datetime.now(UTC),
    )


def hook(port: int, server: int) -> str:
    """Give an address of one of many servers, each of which is a machine of its own to Tocsin."""
    return f"http://127.0.{1 + server // 250}.{1 + server % 250}:{port}/hook"


def watchlist(targets: Sequence[dict[str, str]], smtp_port: int) -> Watchlist:
    """Make a watch for each target."""
    watches = [
        Watch(f"watch-{place}", f"Watch {place}", parse(words_of(place)), notify=(target,))
        for place, target in enumerate(targets)
    ]
    settings = SmtpSettings(host="127.0.0.1", port=smtp_port, sender="Tocsin <tocsin@example.org>")
    guard = Guard([HOME])
    return Watchlist(watches, settings, guard=guard, public_url="https://tocsin.example", outlet_names={"paper": "P"})


def empty(base: Database) -> None:
    """Leave nothing in a database on PostgreSQL; one on SQLite is a fresh file."""
    if base.is_postgres:
        with base.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))


@contextmanager
def database(url: str | None) -> Iterator[Database]:
    """Give an empty database: on SQLite a fresh file, on PostgreSQL with all tables made anew."""
    with tempfile.TemporaryDirectory() as folder:
        base = Database(url or f"sqlite:///{folder}/tocsin.db")
        empty(base)
        Base.metadata.create_all(base.engine)
        try:
            yield base
        finally:
            base.close()


async def measured(count: int, run: Callable[[datetime], object], drain: Callable[[], object]) -> Cost:
    """Run and drain, on the clock."""
    wall, cpu = time.perf_counter(), time.process_time()
    await run(datetime.now(UTC))  # type: ignore[misc]
    await drain()  # type: ignore[misc]
    return Cost(count, time.perf_counter() - wall, time.process_time() - cpu)
