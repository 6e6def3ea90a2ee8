"""What the web face's door promises: known hosts only, security headers everywhere, errors that give nothing away."""

import logging
import socket

import httpx
import pytest

from newsdesk import ConfigError
from tests.world.house import PlainHouse, plain_house
from tocsin.web import WebFace


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


@pytest.mark.parametrize("host", ["127.0.0.1:8480", "localhost:8480", "LOCALHOST", "[::1]:8480", "localhost."])
async def test_this_machine_is_known_by_its_names(house, host):
    assert (await house.ask("/healthz", headers={"host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "10.0.0.1", "a b", "[", "localhost@evil"]
)
async def test_a_host_that_is_not_ours_is_refused(house, host):
    answer = await house.ask("/healthz", headers={"host": host})
    assert answer.status_code in (400, 421)
    assert "ok" not in answer.text


async def test_the_public_address_is_known(house):
    house.public_url = "https://news.example.org"
    answer = await house.ask("/healthz", headers={"host": "news.example.org"})
    assert answer.status_code == 200
    assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_bind_to_every_address_may_be_asked_by_any_literal_address_but_no_name(house):
    by_literal = await house.ask("/healthz", bind="0.0.0.0", headers={"host": "10.1.2.3:8480"})
    by_name = await house.ask("/healthz", bind="0.0.0.0", headers={"host": "evil.example"})
    assert (by_literal.status_code, by_name.status_code) == (200, 421)


@pytest.mark.parametrize("path", ["/", "/metrics"])
async def test_pages_for_this_machine_alone_do_not_exist_for_others(house, path):
    assert (await house.ask(path)).status_code == 200
    from_outside = await house.ask(path, bind="0.0.0.0", by="10.0.0.9", headers={"host": "10.1.2.3"})
    assert from_outside.status_code == 404
    assert (await house.ask(path, headers={"x-forwarded-for": "10.0.0.9"})).status_code == 404
    house.public_url = "https://news.example.org"
    assert (await house.ask(path, headers={"host": "news.example.org"})).status_code == 404


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "POST"])
async def test_methods_that_a_page_does_not_know_are_refused(house, method):
    assert (await house.ask("/healthz", method)).status_code == 405


@pytest.mark.parametrize("path", ["/.git/config", "/static/", "/static/../server.py", "/static/%2e%2e/server.py"])
async def test_nothing_but_the_pages_and_the_stylesheet_is_served(house, path):
    assert (await house.ask(path)).status_code in (404, 405)


async def test_a_page_that_fails_tells_nothing_and_still_has_its_headers(house, caplog):
    async def burst() -> list[str]:
        raise ZeroDivisionError("secret detail")

    house.troubles = burst
    answer = await house.ask("/readyz")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_no_cookie_is_ever_set_and_nothing_is_kept_in_a_cache(house):
    answer = await house.ask("/healthz")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_the_face_opens_a_real_port_in_the_running_loop_and_closes_it(house):
    face = WebFace(house, "127.0.0.1:0")
    await face.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{face.address}/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert "server" not in answer.headers
    await face.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(face.address.rpartition(":")[2])), timeout=1).close()


async def test_an_address_that_is_taken_is_told_as_a_mistake_in_the_configuration(house: PlainHouse):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigError, match=r"web.bind: .*cannot be opened: Address already in use"):
            await WebFace(house, f"127.0.0.1:{taken.getsockname()[1]}").start()


async def test_a_request_leaves_no_access_log_with_its_token(house, caplog):
    caplog.set_level(logging.DEBUG)
    face = WebFace(house, "127.0.0.1:0")
    await face.start()
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{face.address}/unsubscribe/very-secret-token")
    await face.stop()
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    assert not any("very-secret-token" in record.getMessage() for record in ours)
