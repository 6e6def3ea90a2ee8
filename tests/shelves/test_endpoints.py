"""The promises of every endpoint of the API, new files included: nobody is let in but by a token good for it."""

from collections.abc import Iterator

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.world.api import token_for
from tests.world.house import PlainHouse, plain_house
from tocsin.tokens import Scope
from tocsin.web.api.document import description
from tocsin.web.api.endpoint import endpoints

NAMES = sorted(endpoints())
SHARED = ("read", "write", "metrics")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainHouse]:
    with plain_house(tmp_path_factory.mktemp("api")) as house:
        house.tokens = {scope: token_for(house, scope) for scope in SHARED}  # type: ignore[attr-defined]
        yield house


def address(name: str) -> tuple[str, str]:
    """Give the method, and the path with its holes filled with what does not exist."""
    one = endpoints()[name]
    path = one.path
    for hole in one.holes:
        path = path.replace(f"{{{hole}}}", "no-such-thing")
    return one.method, f"/api/v1{path}"


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


@pytest.mark.parametrize("by", ["127.0.0.1", "10.0.0.9"])
@pytest.mark.parametrize("name", NAMES)
async def test_an_endpoint_refuses_whoever_has_no_token_from_this_machine_too(house, name, by):
    method, path = address(name)
    answer = await house.ask(path, method, by=by)
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["www-authenticate"] == 'Bearer realm="tocsin"'


@pytest.mark.parametrize("name", NAMES)
async def test_an_endpoint_refuses_a_token_that_is_not_good_for_it(house, name):
    method, path = address(name)
    wrong = ["metrics"] if endpoints()[name].scope is Scope.READ else ["metrics", "read"]
    for scope in wrong:
        answer = await house.ask(path, method, headers=bearer(house.tokens[scope]))
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize("name", NAMES)
async def test_an_endpoint_lets_the_right_token_in_and_tells_what_is_not_there(house, name):
    one, (method, path) = endpoints()[name], address(name)
    answer = await house.ask(path, method, headers=bearer(house.tokens[one.scope]))
    expected = (404,) if one.holes else (200,) if one.reads else (415,)
    assert answer.status_code in expected
    assert "set-cookie" not in answer.headers
    assert not any(header.startswith("access-control") for header in answer.headers)


@pytest.mark.parametrize("name", NAMES)
async def test_an_endpoint_refuses_what_it_does_not_know(house, name):
    method, path = address(name)
    token = house.tokens[endpoints()[name].scope]
    answer = await house.ask(f"{path}?colour=red", method, headers=bearer(token))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "colour"
    if method == "POST":
        headers = {**bearer(token), "content-type": "application/json"}
        answer = await house.ask(path, method, headers=headers, content='{"colour": "red"}')
        assert answer.status_code == 422
        assert "colour" in [fault["field"] for fault in answer.json()["errors"]]


@pytest.mark.parametrize("name", NAMES)
async def test_an_endpoint_takes_no_other_method(house, name):
    _, path = address(name)
    for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS"):
        answer = await house.ask(path, method, headers=bearer(house.tokens["write"]))
        assert answer.status_code == 405
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", NAMES)
def test_an_endpoint_says_what_it_is_and_is_described(name):
    one = endpoints()[name]
    assert (one.reads is None) is not (one.acts is None)
    assert set(one.holes) <= set(one.asks.model_fields)
    assert one.summary.endswith(".")
    told = description("https://news.example.org/api/v1")["paths"][one.path][one.method.lower()]
    assert told["security"] == [{"token": [one.scope]}]
    named = {parameter["name"] for parameter in told.get("parameters", ())}
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    assert named | set(body.get("properties", {})) == set(one.asks.model_fields)


def test_the_description_is_valid_and_its_operations_have_names_of_their_own():
    document = description("https://news.example.org/api/v1")
    OpenAPIV31SpecValidator(document).validate()
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(set(names)) == len(names) == len(NAMES)
