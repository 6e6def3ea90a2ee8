from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from newsdesk import FOREVER, ConfigError
from tocsin.configuration import survey_configuration
from tocsin.settings import Settings, known_keys, load_settings, survey_settings

STARTER = Path(__file__).parents[2] / "config" / "tocsin.yaml"


def load(folder: Path, text: str = "", env: dict[str, str] | None = None, **flags: str) -> Settings:
    (folder / "tocsin.yaml").write_text(text)
    return load_settings(folder, env or {}, {key.replace("__", "."): value for key, value in flags.items()})


def mistakes(folder: Path, text: str = "", env: dict[str, str] | None = None, **flags: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(folder, text, env, **flags)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, {}, {})
    assert settings.crawl.poll_every == timedelta(minutes=5)
    assert settings.web.bind == "127.0.0.1:8480"
    assert settings.archive.keep_articles == FOREVER
    assert settings.origin("crawl.delay") == "default"


def test_the_file_beats_the_default_the_environment_the_file_and_a_flag_the_environment(tmp_path: Path) -> None:
    text = "crawl:\n  delay: 2s\n  timeout: 20s\n  poll_max: 2h\n"
    env = {"TOCSIN_CRAWL__DELAY": "3s", "TOCSIN_CRAWL__TIMEOUT": "30s"}
    settings = load(tmp_path, text, env, crawl__delay="4s")
    assert settings.crawl.delay == timedelta(seconds=4)
    assert settings.crawl.timeout == timedelta(seconds=30)
    assert settings.crawl.poll_max == timedelta(hours=2)


def test_every_value_tells_where_it_came_from(tmp_path: Path) -> None:
    text = "crawl:\n  delay: 2s\n  timeout: 20s\n  poll_max: 2h\n"
    env = {"TOCSIN_CRAWL__TIMEOUT": "30s"}
    settings = load(tmp_path, text, env, crawl__delay="4s")
    assert settings.origin("crawl.delay") == "--set crawl.delay"
    assert settings.origin("crawl.timeout") == "TOCSIN_CRAWL__TIMEOUT"
    assert settings.origin("crawl.poll_max") == f"{tmp_path}/tocsin.yaml:4:13"
    assert settings.origin("crawl.poll_min") == "default"


def test_all_mistakes_of_file_environment_and_flags_come_at_once(tmp_path: Path) -> None:
    text = "crawl:\n  poll_every: 5 minuts\n  dealy: 1s\nweb:\n  bind: nowhere\n"
    env = {"TOCSIN_CRAWL__TIMEOUT": "soon", "TOCSIN_CRAWL__DELYA": "1s"}
    found = mistakes(tmp_path, text, env, archive__keep_articles="some")
    told = "\n".join(found)
    assert "tocsin.yaml:2:15: crawl.poll_every: 5 minuts; write a number and a unit" in told
    assert 'tocsin.yaml:3:3: "dealy" is not a setting; did you mean "delay"?' in told
    assert "tocsin.yaml:5:9: web.bind: nowhere; write HOST:PORT" in told
    assert "TOCSIN_CRAWL__TIMEOUT: crawl.timeout: soon; write a number" in told
    assert 'TOCSIN_CRAWL__DELYA: is not a setting; did you mean "TOCSIN_CRAWL__DELAY"?' in told
    assert "--set archive.keep_articles: archive.keep_articles: some; write forever" in told
    assert len(found) == 6


def test_an_unknown_flag_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert mistakes(tmp_path, crawl__dely="1s") == ['--set crawl.dely: is not a setting; did you mean "crawl.delay"?']


def test_tocsin_config_and_the_links_of_kubernetes_are_not_settings(tmp_path: Path) -> None:
    env = {
        "TOCSIN_CONFIG": "/etc/tocsin",
        "TOCSIN_SERVICE_HOST": "10.0.0.1",
        "TOCSIN_PORT": "tcp://10.0.0.1:80",
        "TOCSIN_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert load(tmp_path, "", env).crawl.delay == timedelta(seconds=1)


@pytest.mark.parametrize(
    "written", ["127.0.0.0/8,10.0.0.0/8", '["127.0.0.0/8", "10.0.0.0/8"]', " 127.0.0.0/8 , 10.1.2.3/8"]
)
def test_networks_in_the_environment_are_a_json_list_or_a_comma_list(tmp_path: Path, written: str) -> None:
    settings = load(tmp_path, "", {"TOCSIN_ALLOW_PRIVATE": written})
    assert settings.allow_private == ("127.0.0.0/8", "10.0.0.0/8")


def test_an_empty_variable_empties_the_value(tmp_path: Path) -> None:
    env = {"TOCSIN_WEB__BIND": "", "TOCSIN_ALLOW_PRIVATE": ""}
    settings = load(tmp_path, "allow_private: [10.0.0.0/8]\n", env)
    assert settings.web.enabled is False
    assert settings.allow_private == ()


def test_a_network_that_is_none_is_told_at_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "allow_private: [10.0.0.0/8, home]\n") == [
        "tocsin.yaml:1:29: allow_private.1: home; write a network, like 127.0.0.0/8 or fd00::/8"
    ]


def test_a_secret_comes_from_a_file_that_a_variable_names(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    settings = load(tmp_path, "", {"TOCSIN_SMTP__PASSWORD_FILE": str(tmp_path / "secret")})
    assert settings.smtp.password == SecretStr("hush")
    assert "hush" not in repr(settings)
    assert settings.origin("smtp.password") == "TOCSIN_SMTP__PASSWORD_FILE"


def test_a_variable_may_point_to_a_file_or_another_variable(tmp_path: Path) -> None:
    (tmp_path / "host").write_text("mail.example.org\n")
    env = {"TOCSIN_SMTP__HOST": "file:host", "TOCSIN_SMTP__USERNAME": "env:MAIL_USER", "MAIL_USER": "desk"}
    smtp = load(tmp_path, "smtp: {security: tls}\n", env).smtp
    assert (smtp.host, smtp.username) == ("mail.example.org", "desk")


def test_a_secret_file_that_is_missing_is_told_by_its_variable(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "", {"TOCSIN_SMTP__PASSWORD_FILE": "/no/such"}) == [
        "TOCSIN_SMTP__PASSWORD_FILE: /no/such cannot be read: No such file or directory; create the file"
    ]


def test_a_wrong_secret_is_never_shown(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "smtp:\n  password: [hunter2, hunter3]\n")
    assert found
    assert "hunter" not in "".join(found)


def test_a_secret_that_is_given_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush")
    env = {"TOCSIN_SMTP__PASSWORD": "other", "TOCSIN_SMTP__PASSWORD_FILE": "secret"}
    assert mistakes(tmp_path, "", env) == [
        "TOCSIN_SMTP__PASSWORD_FILE: gives the same setting as TOCSIN_SMTP__PASSWORD; unset one of them"
    ]


def test_the_password_of_a_database_is_in_no_message(tmp_path: Path) -> None:
    for found in (
        mistakes(tmp_path, "database: mysql://me:hunter2@h/n\n"),
        mistakes(tmp_path, "", {"TOCSIN_DATABASE": "mysql://me:hunter2@h/n"}),
    ):
        assert "write sqlite:///FILE" in found[0]
        assert "hunter2" not in found[0]


def test_the_database_lies_in_the_folder_unless_it_is_absolute(tmp_path: Path) -> None:
    assert load(tmp_path).database == f"sqlite:///{tmp_path}/tocsin.db"
    assert load(tmp_path, "database: sqlite:///data/x.db\n").database == f"sqlite:///{tmp_path}/data/x.db"
    assert load(tmp_path, "database: sqlite:////var/x.db\n").database == "sqlite:////var/x.db"


def test_postgresql_is_named_with_or_without_its_driver(tmp_path: Path) -> None:
    assert load(tmp_path, "database: postgresql://u@h/n\n").database == "postgresql+psycopg://u@h/n"
    assert load(tmp_path, "database: postgresql+psycopg://u@h/n\n").database == "postgresql+psycopg://u@h/n"
    assert "write sqlite:///FILE" in mistakes(tmp_path, "database: mysql://h/n\n")[0]


def test_a_section_of_comments_alone_is_no_mistake(tmp_path: Path) -> None:
    assert load(tmp_path, "crawl:\n  # delay: 2s\nweb:\n").crawl.delay == timedelta(seconds=1)


def test_a_section_that_is_no_mapping_is_told(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "crawl: 5m\n")[0].startswith("tocsin.yaml:1:8: crawl: 5m")


def test_a_broken_file_does_not_hide_what_is_wrong_in_the_environment(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "crawl: [\n", {"TOCSIN_WEB__PUBLIC_URL": "here"})
    assert found[0].startswith("tocsin.yaml:")
    assert found[1].startswith("TOCSIN_WEB__PUBLIC_URL: web.public_url: here")


def test_a_survey_gives_the_defaults_beside_the_mistakes(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("crawl:\n  delay: never\n")
    settings, problems = survey_settings(tmp_path, {}, {})
    assert settings.crawl.delay == timedelta(seconds=1)
    assert len(problems) == 1


@pytest.mark.parametrize(("bind", "host", "port"), [("[::1]:80", "::1", 80), ("0.0.0.0:8480", "0.0.0.0", 8480)])
def test_the_web_face_listens_on_a_host_and_port(tmp_path: Path, bind: str, host: str, port: int) -> None:
    web = load(tmp_path, f'web:\n  bind: "{bind}"\n').web
    assert (web.host, web.port) == (host, port)


def test_links_lead_to_the_port_that_the_web_face_listens_on_unless_another_address_is_named(tmp_path: Path) -> None:
    assert load(tmp_path, "web: {bind: '0.0.0.0:9000'}\n").web.public_url == "http://127.0.0.1:9000"
    named = "web: {bind: '0.0.0.0:9000', public_url: 'https://news.example.org'}\n"
    assert load(tmp_path, named).web.public_url == "https://news.example.org"
    for bind in ("127.0.0.1:0", ""):
        assert load(tmp_path, f"web: {{bind: '{bind}'}}\n").web.public_url == "http://127.0.0.1:8480"


@pytest.mark.parametrize("bind", ["8480", "host", "a b:80", "x:99999", "::1:80"])
def test_a_bind_that_cannot_be_listened_on_is_refused(tmp_path: Path, bind: str) -> None:
    assert "write HOST:PORT" in mistakes(tmp_path, f'web:\n  bind: "{bind}"\n')[0]


def test_articles_are_kept_for_ever_or_for_a_while(tmp_path: Path) -> None:
    assert load(tmp_path, "archive:\n  keep_articles: forever\n").archive.keep_articles == FOREVER
    assert load(tmp_path, "archive:\n  keep_articles: 90d\n").archive.keep_articles == timedelta(days=90)
    assert "a day at least" in mistakes(tmp_path, "archive:\n  keep_articles: 1h\n")[0]


def leaves(written: Any, known: set[Any], place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The places of the settings that are written; one that is a list or a mapping of its own is one."""
    if place in known or not isinstance(written, dict):
        yield place
    else:
        for key, inner in written.items():
            yield from leaves(inner, known, (*place, key))


def test_the_starter_names_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = STARTER.read_text().splitlines()
    setting = [line.replace("# ", "", 1) if line.lstrip().startswith("# ") else line for line in lines]
    keys = {str(part) for place, _ in known_keys() for part in place}
    kept = [line for line in setting if line.split(":")[0].strip() in keys and ":" in line]
    written = yaml.safe_load("\n".join(kept))
    known = {place for place, _ in known_keys()}
    assert set(leaves(written, known)) == known
    assert load(tmp_path, "\n".join(kept)).model_dump() == load(tmp_path).model_dump()
    assert load(tmp_path, STARTER.read_text()).model_dump() == load(tmp_path).model_dump()


def test_the_operator_is_named_as_in_a_watch_or_by_bare_addresses(tmp_path: Path) -> None:
    text = "operator:\n  notify:\n    - email: ops@example.org\n    - https://hooks.example.org/ops\n"
    assert load(tmp_path, text).operator.notify == (
        {"email": "ops@example.org"},
        {"webhook": "https://hooks.example.org/ops"},
    )
    env = {"TOCSIN_OPERATOR__NOTIFY": "ops@example.org, https://hooks.example.org/ops"}
    assert load(tmp_path, "", env).operator == load(tmp_path, text).operator


def test_a_mistake_in_the_operators_entries_has_its_place(tmp_path: Path) -> None:
    text = "operator:\n  notify:\n    - emial: ops@example.org\n    - email: ops at example\n      when: daily\n"
    (tmp_path / "tocsin.yaml").write_text(text)
    told = [str(one).replace(f"{tmp_path}/", "") for one in survey_configuration(tmp_path, {}, {}).problems]
    assert told[0].startswith('tocsin.yaml:3:7: no channel is named here; did you mean "email"?')
    assert told[1].startswith("tocsin.yaml:4:14: email: ops at example; write one bare address")
    assert told[2] == "tocsin.yaml:5:13: when: daily; the operator is told at once"


def test_a_mistake_in_the_environments_operator_names_the_variable(tmp_path: Path) -> None:
    (tmp_path / "tocsin.yaml").write_text("")
    found = survey_configuration(tmp_path, {"TOCSIN_OPERATOR__NOTIFY": "ops at example"}, {}).problems
    assert str(found[0]).startswith("TOCSIN_OPERATOR__NOTIFY: email: ops at example; write one bare address")


def test_a_port_that_the_system_chooses_closes_no_address(tmp_path: Path) -> None:
    assert load(tmp_path, "web:\n  bind: 127.0.0.1:8480\n").web.own == (("127.0.0.1", 8480),)
    assert load(tmp_path, "web:\n  bind: 127.0.0.1:0\n").web.own == ()
