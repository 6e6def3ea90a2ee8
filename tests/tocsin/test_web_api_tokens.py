"""Who the API lets in: by tokens that are shown once, end when they should, and are never told by any log."""

import json
import logging
import sqlite3
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from newsdesk import Article, Desk
from tests.world.api import NOW, filed, served, token_for, words
from tests.world.house import plain_house
from tocsin.cli import run
from tocsin.settings import Settings
from tocsin.storage import open_database
from tocsin.tokens import PREFIX, Tokens
from tocsin.web.api import app, gate
from tocsin.web.api.gate import MOST_FAILURES, WINDOW, Counts

OUTLETS = "/api/v1/outlets"


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


@pytest.fixture
async def api(house):
    async with served(house) as api:
        yield api


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("TOCSIN_CONFIG", str(tmp_path))
    (tmp_path / "tocsin.yaml").write_text("database: sqlite:///kept.db\n")
    return tmp_path


def said(capsys, *arguments, code=0):
    capsys.readouterr()
    assert run(arguments) == code
    return capsys.readouterr()


def test_a_token_is_shown_once_and_only_its_hash_is_kept(folder, capsys):
    shown = said(capsys, "tokens", "create", "newsroom", "--scope", "write", "--expires", "90d")
    token = shown.out.strip()
    assert "not shown again" in shown.err
    assert token.startswith(PREFIX)
    assert len(token) == len(PREFIX) + 43
    (listed,) = map(json.loads, said(capsys, "tokens", "--json").out.splitlines())
    assert (listed["name"], listed["scopes"], listed["state"], listed["last_used"]) == (
        *("newsroom", ["write"], "valid"),
        None,
    )
    assert listed["expires"] > listed["created"]
    assert token not in said(capsys, "tokens").out
    raw = b"".join(path.read_bytes() for path in folder.glob("kept.db*"))
    assert token.removeprefix(PREFIX).encode() not in raw


def test_a_name_stands_for_one_token_until_that_is_revoked(folder, capsys):
    first = said(capsys, "tokens", "create", "newsroom").out
    assert "revoke it first" in said(capsys, "tokens", "create", "newsroom", code=1).err
    assert 'did you mean "newsroom"?' in said(capsys, "tokens", "revoke", "newsrom", code=2).err
    said(capsys, "tokens", "revoke", "newsroom")
    assert said(capsys, "tokens", "create", "newsroom").out != first
    listed = [json.loads(line)["state"] for line in said(capsys, "tokens", "--json").out.splitlines()]
    assert listed == ["revoked", "valid"]


@pytest.mark.parametrize("wrong", [["--scope", "all"], ["--expires", "soon"], ["--expires", "99999999d"]])
def test_a_token_that_makes_no_sense_is_not_made(folder, capsys, wrong):
    said(capsys, "tokens", "create", "newsroom", *wrong, code=2)
    assert said(capsys, "tokens", "--json").out == ""


async def test_the_api_finds_what_the_command_line_finds(folder, capsys, monkeypatch):
    database = open_database(Settings(database=f"sqlite:///{folder / 'kept.db'}"))
    with plain_house(folder) as house:
        house.database.close()
        house.database = database
        for number in range(12):
            text = f"{words(f'n{number}x')} {'harbour bridge' if number % 3 else 'tunnel'}"
            filed(house, f"https://times.example/{number}", text, now=NOW + timedelta(hours=number))
        token = token_for(house, "read")
        async with served(house) as api:
            for query in ("bridge", '"harbour bridge" -tunnel', "bridge OR tunnel", "tunnel -n3x7", "n1x*"):
                listed = said(capsys, "articles", query, "--json", "--limit", "0").out.splitlines()
                pages = await api.pages("/api/v1/articles", token, q=query, limit=5)
                assert [one for page in pages for one in page] == [json.loads(line) for line in listed] != []


async def test_a_token_ends_when_it_expires_or_is_revoked_at_once(api):
    now = datetime.now(UTC)
    lasting = token_for(api.house, "read", name="lasting", expires=now + timedelta(days=1))
    over = token_for(api.house, "read", name="over", expires=now - timedelta(seconds=1))
    assert (await api.get(OUTLETS, lasting)).status_code == 200
    assert (await api.get(OUTLETS, over)).status_code == 401
    with api.house.database.begin() as session:
        assert Tokens(api.house.database).revoke(session, "lasting", now)
    answer = await api.get(OUTLETS, lasting)
    assert (answer.status_code, answer.json()["detail"]) == (401, "This token is not valid.")


@pytest.mark.parametrize(
    "shown",
    ["", "Bearer", "Basic {}", "Bearer {}x", "Bearer x{}", "Bearer tocsin_", "Bearer " + "x" * 5000, "{}"],
)
async def test_what_is_no_valid_token_lets_nobody_in(api, shown):
    token = token_for(api.house, "read")
    answer = await api.get(OUTLETS, headers={"authorization": shown.replace("{}", token)})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_two_tokens_at_once_are_none(api):
    token = token_for(api.house, "read")
    headers = [("authorization", f"Bearer {token}")] * 2
    assert (await api.client.get(OUTLETS, headers=headers)).status_code == 401
    assert (await api.client.get(f"{OUTLETS}?access_token={token}")).status_code == 401


async def test_whoever_guesses_waits_and_a_token_that_was_good_before_goes_on(api, caplog):
    caplog.set_level(logging.INFO)
    known, fresh = token_for(api.house, "read", name="known"), token_for(api.house, "read", name="fresh")
    assert (await api.get(OUTLETS, known)).status_code == 200
    guesses = [await api.get(OUTLETS, f"tocsin_guess{number}") for number in range(MOST_FAILURES + 2)]
    assert [one.status_code for one in guesses] == [401] * MOST_FAILURES + [429] * 2
    assert 1 <= int(guesses[-1].headers["retry-after"]) <= WINDOW.total_seconds()
    assert (await api.get(OUTLETS, fresh)).status_code == 429
    assert (await api.get(OUTLETS, known)).status_code == 200
    assert "guess" not in caplog.text
    assert known not in caplog.text
    refused = [record for record in caplog.records if "refused" in record.getMessage()]
    assert len(refused) == MOST_FAILURES


def test_an_address_may_go_on_after_the_window_and_others_are_not_concerned():
    failures = Counts(MOST_FAILURES)
    for _ in range(MOST_FAILURES):
        failures.add("10.0.0.1", NOW)
    assert failures.wait("10.0.0.1", NOW + WINDOW / 2) == 30
    assert failures.wait("10.0.0.2", NOW) == 0
    assert failures.wait("10.0.0.1", NOW + WINDOW) == 0
    failures.add("10.0.0.1", NOW + WINDOW)
    assert failures.wait("10.0.0.1", NOW + WINDOW) == 0


async def test_a_token_that_asks_too_often_waits_and_others_do_not(house, monkeypatch):
    monkeypatch.setattr(gate, "MOST_REQUESTS", 3)
    wild, calm = token_for(house, "read", name="wild"), token_for(house, "read", name="calm")
    async with served(house) as api:
        answers = [await api.get(OUTLETS, wild) for _ in range(4)]
        assert [one.status_code for one in answers] == [200, 200, 200, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= WINDOW.total_seconds()
        assert (await api.get(OUTLETS, calm)).status_code == 200


async def test_the_last_use_is_noted_to_the_hour(house):
    tokens, headers = Tokens(house.database), {"authorization": f"Bearer {token_for(house, 'read')}"}

    async def use():
        assert (await house.ask(OUTLETS, headers=headers)).status_code == 200
        (one,) = tokens.all()
        return one

    first = await use()
    assert first.last_used is not None
    assert (await use()).last_used == first.last_used
    with house.database.begin() as session:
        tokens.note_use(session, first.id, first.last_used - timedelta(hours=1))
    assert (await use()).last_used > first.last_used


async def test_what_is_changed_stands_in_the_log_with_who_and_from_where(api, caplog):
    caplog.set_level(logging.INFO)
    token = token_for(api.house, "write", name="newsroom")
    assert (await api.post("/api/v1/deliveries/retry", token, json={"since": "1d"})).json() == {"retried": 0}
    (line,) = [record.msg for record in caplog.records if "changed" in record.getMessage()]
    assert (line["by"], line["path"], line["address"]) == ("newsroom", "/api/v1/deliveries/retry", "127.0.0.1")
    assert token not in caplog.text


async def test_the_description_is_for_this_machine_and_for_tokens(house):
    path, token = "/api/openapi.json", token_for(house, "read")
    outside = {"bind": "0.0.0.0", "by": "10.0.0.9"}
    elsewhere = {"host": "10.1.2.3"}
    assert (await house.ask(path)).json()["openapi"].startswith("3.1")
    assert (await house.ask(path, headers={"x-forwarded-for": "10.0.0.9"})).status_code == 401
    assert (await house.ask(path, headers={"authorization": "Bearer wrong"})).status_code == 401
    assert (await house.ask(path, **outside, headers=elsewhere)).status_code == 401
    allowed = {**elsewhere, "authorization": f"Bearer {token}"}
    assert (await house.ask(path, **outside, headers=allowed)).status_code == 200
    metrics = {**elsewhere, "authorization": f"Bearer {token_for(house, 'metrics')}"}
    assert (await house.ask(path, **outside, headers=metrics)).status_code == 403


async def test_metrics_and_feeds_are_had_from_elsewhere_by_tokens_good_for_them(house):
    house.watches = [SimpleNamespace(slug="harbour", name="Harbour", query_text="bridge")]
    outside = {"bind": "0.0.0.0", "by": "10.0.0.9"}
    got = {}
    for scope in ("read", "write", "metrics", "none"):
        token = token_for(house, scope) if scope != "none" else "tocsin_wrong"
        headers = {"host": "10.1.2.3", "authorization": f"Bearer {token}"}
        for path in ("/metrics", "/feeds/harbour.atom", "/"):
            got[scope, path] = (await house.ask(path, **outside, headers=headers)).status_code
    assert got == {
        ("read", "/metrics"): 403,
        ("read", "/feeds/harbour.atom"): 200,
        ("read", "/"): 404,
        ("write", "/metrics"): 403,
        ("write", "/feeds/harbour.atom"): 200,
        ("write", "/"): 404,
        ("metrics", "/metrics"): 200,
        ("metrics", "/feeds/harbour.atom"): 403,
        ("metrics", "/"): 404,
        ("none", "/metrics"): 401,
        ("none", "/feeds/harbour.atom"): 401,
        ("none", "/"): 404,
    }


async def test_a_name_that_is_not_ours_is_not_served_whatever_the_token(api):
    token = token_for(api.house, "read")
    assert (await api.get(OUTLETS, token, headers={"host": "evil.example"})).status_code == 421


async def test_what_does_not_exist_is_told_to_tokens_alone(api):
    token = token_for(api.house, "read")
    for path in ("/api/v1/nothing", "/api/", "/api/v2/articles", "/api/v1/articles/"):
        assert (await api.get(path)).status_code == 401
        answer = await api.get(path, token)
        assert answer.status_code in (404, 422)
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ('{"since": "1d"}', "application/json; charset=utf-8", 200),
        ('{"since": "1d"}', "text/plain", 415),
        ('{"since": "1d"}', "", 415),
        ("", "application/json", 422),
        ("{", "application/json", 422),
        ("[]", "application/json", 422),
        ("[" * 9000, "application/json", 422),
        ('{"since": "1d", "since": "2d"}', "application/json", 422),
        ('{"since": 5}', "application/json", 422),
        ('{"since": "1d", "watch": "a\\u0000b"}', "application/json", 422),
        ('{"since": "1d", "watch": "\\ud800"}', "application/json", 422),
        ('{"since": "1d", "id": "x"}', "application/json", 422),
        ("x" * 20_000, "application/json", 413),
        (b"\xff\xfe\x00", "application/json", 422),
    ],
)
async def test_a_body_is_json_of_bounded_size_that_says_what_is_known(api, content, kind, status):
    token = token_for(api.house, "write")
    headers = {"content-type": kind} if kind else {}
    answer = await api.post("/api/v1/deliveries/retry", token, content=content, headers=headers)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["status"] == status


async def test_a_database_that_is_locked_is_told_as_busy_and_when_to_ask_again(api, monkeypatch):
    monkeypatch.setattr(app, "PATIENCE", 0.1)
    token = token_for(api.house, "write")
    with api.house.database.begin() as session:
        Tokens(api.house.database).note_use(session, Tokens(api.house.database).all()[0].id, datetime.now(UTC))
    lock = sqlite3.connect(api.house.database.url.database, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with api.house.database.read() as session:
        article = Article(outlet="t", url="https://t.example/1", canonical_url="https://t.example/1", title="", body="")
        assert Desk(api.house.database).find(session, article.url) is None
    try:
        reading = await api.get("/api/v1/articles", token)
        busy = await api.post("/api/v1/silences", token, json={"everything": True, "until": "1h", "comment": "x"})
    finally:
        lock.close()
    assert reading.status_code == 200
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "5")
    assert busy.headers["content-type"] == "application/problem+json"


async def test_what_fails_inside_gives_nothing_away(api, caplog):
    token = token_for(api.house, "read")
    api.house.outlets = ["secret detail"]
    answer = await api.get(OUTLETS, token)
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal Server Error")
    assert "secret" not in answer.text
    assert "AttributeError" in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"
