"""The promises of every page of the web face, new files included."""

import pytest

from tests.world.house import plain_house
from tocsin.web.page import pages

PATHS = sorted(pages())
FILLED = {"{token}": "no-such-token", "{watch}": "no-such-watch", "{secret}": "no-such-secret"}


@pytest.fixture
def house(tmp_path):
    with plain_house(tmp_path) as house:
        yield house


def filled(path: str) -> str:
    for hole, value in FILLED.items():
        path = path.replace(hole, value)
    assert "{" not in path, "say in FILLED what this page's parameter may be"
    return path


@pytest.mark.parametrize("path", PATHS)
def test_a_page_has_a_path_and_a_title(path):
    assert path.startswith("/")
    assert pages()[path].title


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_answers_without_failing(house, path):
    answer = await house.ask(filled(path))
    assert answer.status_code in ((200, 404) if "{" in path else (200,))


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_carries_the_security_headers_and_no_cookie(house, path):
    headers = (await house.ask(filled(path))).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in headers


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_keeps_to_its_own_policy(house, path):
    answer = await house.ask(filled(path))
    if answer.headers["content-type"].startswith("text/html"):
        text = answer.text.lower()
        assert "<script" not in text
        assert "<style" not in text
        assert " style=" not in text
        assert " on" + "click=" not in text
        assert "<html lang=" in text
        assert 'name="viewport"' in text


@pytest.mark.parametrize("path", PATHS)
async def test_asking_twice_gives_the_same_and_head_gives_no_body(house, path):
    first, second = await house.ask(filled(path)), await house.ask(filled(path))
    assert first.status_code == second.status_code
    head = await house.ask(filled(path), "HEAD")
    assert (head.status_code, head.content) == (first.status_code, b"")


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_that_does_not_act_refuses_a_post(house, path):
    answer = await house.ask(filled(path), "POST")
    assert (answer.status_code == 405) is not pages()[path].acts
