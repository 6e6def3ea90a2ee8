"""What a log line promises: one line an event, nothing secret, no control characters, whoever logs it."""

import io
import json
import logging

import pytest

from tocsin import log


@pytest.fixture
def lines():
    """A log that can be read back as JSON."""
    stream = io.StringIO()
    log.configure(stream=stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_time_level_and_room(lines):
    log.logger("app").info("started", outlets=3)
    (line,) = lines()
    assert (line["event"], line["outlets"], line["level"], line["logger"]) == ("started", 3, "info", "tocsin.app")
    assert line["time"].endswith("Z")


@pytest.mark.parametrize("key", ["password", "smtp_password", "secret", "token", "Authorization", "cookie", "api_key"])
def test_a_value_under_a_secret_key_is_starred(lines, key):
    log.logger("app").info("settings", **{key: "hunter2", "inner": {key: "hunter2", "list": [{key: "hunter2"}]}})
    assert "hunter2" not in json.dumps(lines())


def test_a_password_in_an_address_is_starred_in_any_value_and_in_the_event(lines):
    log.logger("app").info("postgresql://tocsin:hunter2@db/x", url="http://me:hunter2@example.org/")
    assert "hunter2" not in json.dumps(lines())
    assert lines()[0]["url"] == "http://me:***@example.org/"


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\x00", "\x85", "\u2028", "\u202e", "\x9b"])
def test_a_control_character_cannot_begin_a_line_or_steer_a_terminal(character):
    stream = io.StringIO()
    for pretty in (False, True):
        log.configure(stream=stream, pretty=pretty)
        log.logger("app").info("title", title=f"before{character}after")
    logging.captureWarnings(False)
    assert character not in stream.getvalue().replace("\n", "", 2)
    assert len(stream.getvalue().splitlines()) == 2


def test_what_a_library_logs_takes_the_same_form(lines):
    logging.getLogger("scrapy.core").warning("could not read %s", "http://x:hunter2@y/")
    (line,) = lines()
    assert line["event"] == "could not read http://x:***@y/"
    assert line["logger"] == "scrapy.core"


def test_a_traceback_is_kept_whole_in_one_json_line(lines):
    try:
        raise ZeroDivisionError("planted")
    except ZeroDivisionError:
        log.logger("app").exception("job failed", job="sweep")
    (line,) = lines()
    assert "Traceback" in line["exception"]
    assert "planted" in line["exception"]


def test_libraries_are_quiet_until_asked(lines):
    logging.getLogger("uvicorn.error").info("started server process")
    logging.getLogger("apscheduler.scheduler").warning("skipped")
    assert lines() == []


def test_more_verbose_shows_more():
    stream = io.StringIO()
    log.configure(2, stream=stream)
    logging.getLogger("scrapy.core").info("idle")
    log.configure(0, stream=io.StringIO())
    logging.captureWarnings(False)
    assert "idle" in stream.getvalue()


def test_a_very_long_value_is_cut(lines):
    log.logger("app").info("page", body="x" * 100_000)
    assert len(lines()[0]["body"]) < 11_000
