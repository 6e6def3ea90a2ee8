"""How outlets are shown: by the command, as JSON, and on the web face."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from crawler import Outlet
from crawler.tables import GapRow, HostRow, OutletRow, SourceRow
from tests.world.house import PlainHouse, plain_house
from tocsin.cli import run
from tocsin.metrics import Metrics
from tocsin.standing import health_line, remarks, size, standing

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FEED = "https://rt.example/rss"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[PlainHouse]:
    with plain_house(tmp_path) as house:
        house.outlets = [
            Outlet(
                slug="bbc",
                name="BBC",
                site="https://bbc.example/",
                sources=[{"kind": "feed", "url": "https://b.example/"}],
            ),  # type: ignore[list-item]
            Outlet(slug="rt", name="<b>RT</b>", site="https://rt.example/", sources=[{"kind": "feed", "url": FEED}]),  # type: ignore[list-item]
        ]
        fill(house)
        yield house


def fill(house: PlainHouse) -> None:
    reason = "no new article in 4 h 30 min, where 31 were to be expected"
    with house.database.begin() as session:
        session.add(
            SourceRow(
                outlet="rt",
                kind="feed",
                url=FEED,
                added_at=NOW,
                next_poll_at=NOW + timedelta(minutes=3),
                interval=180.0,
                interval_reason="follows its rhythm",
                polls=40,
                not_modified=30,
                bytes_read=123_456,
                last_success=NOW,
                last_read_at=NOW - timedelta(minutes=9),
                last_status=304,
                lied_at=NOW,
                moved_to="https://rt.example/new",
            )
        )
        session.add(OutletRow(slug="rt", health="dark", since=NOW - timedelta(hours=5), reason=reason, told=True))
        session.add(HostRow(host="https://rt.example", closed_since=NOW - timedelta(days=1)))
        session.flush()
        source = session.scalar(select(SourceRow.id)) or 0
        session.add(
            GapRow(
                source_id=source,
                outlet="rt",
                began_at=NOW - timedelta(hours=2),
                noticed_at=NOW - timedelta(hours=1),
                ended_at=NOW,
                way="the news sitemap",
                found=7,
            )
        )


def test_an_outlets_standing_has_its_health_its_rhythm_and_why(house: PlainHouse) -> None:
    new, dark = standing(house.database, house.outlets)
    assert (new["health"], new["health_since"], new["next_visit"]) == ("new", None, None)
    assert (dark["health"], dark["health_since"], dark["operator_told"]) == ("dark", "2026-11-21T07:00:00Z", True)
    assert (dark["interval"], dark["interval_reason"]) == ("3m", "follows its rhythm")
    assert dark["next_visit"] == "2026-11-21T12:03:00Z"
    (source,) = dark["sources"]
    assert (source["last_200"], source["not_modified_share"], source["bytes"]) == (
        "2026-11-21T11:51:00Z",
        0.75,
        123_456,
    )
    assert source["gap"]["found"] == 7
    assert "seconds" not in source
    assert health_line(dark).startswith("dark since 2026-11-21 07:00: no new article in 4 h 30 min")
    said = "; ".join(remarks(source))
    assert "moved to https://rt.example/new" in said
    assert "robots.txt cannot be had since 2026-11-20 12:00" in said
    assert "says 304 though it has changed" in said
    assert "gap 2026-11-21 10:00 to 2026-11-21 11:00: 7 found by the news sitemap" in said


def test_sizes_are_told_in_fitting_units() -> None:
    assert [size(number) for number in (0, 999, 1000, 123_456, 7 * 10**9)] == [
        "0 B",
        "999 B",
        "1.0 kB",
        "123.5 kB",
        "7.0 GB",
    ]


async def test_the_page_shows_outlets_in_trouble_first_and_escapes_their_names(house: PlainHouse) -> None:
    text = (await house.ask("/outlets")).text
    assert "&lt;b&gt;RT&lt;/b&gt;" in text
    assert "<b>RT" not in text
    assert text.index('id="rt"') < text.index('id="bbc"')
    assert "no new article in 4 h 30 min, where 31 were to be expected. The operator was told." in text
    assert "one false alarm an outlet and year" in text
    assert "75 %" in text


async def test_the_overview_names_the_trouble_and_leads_to_the_outlet(house: PlainHouse) -> None:
    text = (await house.ask("/")).text
    assert '<a class="bad" href="/outlets#rt">dark since 2026-11-21 07:00</a>' in text


async def test_the_metric_has_one_series_an_outlet(house: PlainHouse) -> None:
    from crawler import outlet_states

    house.metrics = Metrics()
    house.metrics.watch_health(lambda: outlet_states(house.database))
    assert 'tocsin_outlet_health{outlet="rt",state="dark"} 1.0' in (await house.ask("/metrics")).text


def test_the_command_shows_health_and_what_dark_means(
    house: PlainHouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    house.database.close()
    (tmp_path / "tocsin.db").unlink()
    (tmp_path / "outlets").mkdir()
    (tmp_path / "watches").mkdir()
    (tmp_path / "tocsin.yaml").write_text("")
    (tmp_path / "outlets" / "rt.yaml").write_text(f"name: RT\nsite: https://rt.example/\nsources:\n  - feed: {FEED}\n")
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    assert run(["outlets"]) == 0
    assert "new" in capsys.readouterr().out
    from newsdesk import Database

    house.database = Database(f"sqlite:///{tmp_path / 'tocsin.db'}")
    fill(house)
    assert run(["outlets"]) == 0
    out = capsys.readouterr().out
    assert "dark since 2026-11-21 07:00: no new article in 4 h 30 min, where 31 were to be expected" in out
    assert "one false alarm an outlet and year" in out
    assert "rt feed https://rt.example/rss: moved to https://rt.example/new" in out
    assert run(["outlets", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert {"slug", "name", "site", "language", "tags", "articles", "last_article", "sources"} <= shown.keys()
    assert (shown["health"], shown["sources"][0]["last_status"]) == ("dark", 304)
