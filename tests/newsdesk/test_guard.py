"""The guard refuses what leads inward and lets the web pass."""

import pytest

from newsdesk.errors import AddressRefused
from newsdesk.guard import Guard


def _each(text: str) -> list[str]:
    return text.split()


INWARD = [
    *_each("""
http://127.0.0.1/ http://127.1/ http://127.0.1/ http://2130706433/ http://0x7f000001/ http://0x7f.1/ http://0177.0.0.1/
http://0/ http://0.0.0.0/ http://00000127.0.0.1/ http://127.0.0.1./ http://127.0.0.1.:80/ http://0x/ http://1.2.3.0x
http://①②⑦.⓪.⓪.①/ http://127。0。0。1/ http://１２７.0.0.1/ http://1.2.3.4.5/ http://256.256.256.256/ http://foo.0x4/
http://loc\u00adalhost/ http://ⓛocalhost/ http://localhost/ http://LOCALHOST./ http://a.localhost/
http://10.1.2.3/ http://172.16.0.1/ http://172.31.255.255/ http://192.168.0.1/ http://169.254.169.254/latest/meta-data/
http://100.64.0.1/ http://100.100.100.200/ http://168.63.129.16/ http://192.0.0.8/ http://192.0.2.1/ http://192.88.99.1/
http://198.18.0.1/ http://198.51.100.1/ http://203.0.113.9/ http://224.0.0.1/ http://240.0.0.1/ http://255.255.255.255/
http://[::]/ http://[::1]/ http://[::127.0.0.1]/ http://[::ffff:127.0.0.1]/ http://[::ffff:8.8.8.8]/
http://[64:ff9b::7f00:1]/ http://[64:ff9b:1::1]/ http://[2002:7f00:1::]/ http://[2001::1]/ http://[2001:db8::1]/
http://[3fff::1]/ http://[5f00::1]/ http://[fe80::1]/ http://[fe80::1%25eth0]/ http://[fec0::1]/ http://[fd00:ec2::254]/
http://[ff02::1]/ http://[100::1]/ http://[2a00:1450::5efe:7f00:1]/ http://[2a00:1450::200:5efe:a00:1]/ http://[::1
http://metadata.google.internal/ http://printer.local/ http://x.home.arpa/
http://user@example.org/ http://user:pw@example.org/ http://@example.org/ http://example.org@127.0.0.1/
http://example.org:22/ http://example.org:0/ http://example.org:25/ http://example.org:6379/ http://example.org:99999/
http://example.org:5432/ http://example.org:x/ https://example.org:11211/
ftp://example.org/ file:///etc/passwd gopher://example.org/
javascript:alert(1) data:text/html,x //example.org/ example.org
http:///path http:// http://./ http://../ http://a..b/ http://%31%32%37.0.0.1/ http://exa%00mple.org/ http://-a.org/
http://a\u200b.1/ http://example.org\\@127.0.0.1/
"""),
    "http://exam ple.org/",
    "http://a\tb.org/",
    "http://a.org/\r\nX: y",
    " http://a.org/",
    "http://a.org/\ud800",
    "",
]

OUTWARD = _each("""
http://example.org/ https://example.org:443/a?b=c@d https://hooks.example.org:8443/x http://8.8.8.8/ https://1.1.1.1./
http://[2606:4700:4700::1111]/ https://müller.example/ https://xn--mller-kva.example/ http://example.org:8080/
https://новости.рф/ https://3com.com/ https://a_b.example.org/ HTTPS://EXAMPLE.ORG/ https://example.org:3000/
""")


@pytest.mark.parametrize("url", INWARD)
def test_an_address_that_leads_inward_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        Guard().check_url(url)


@pytest.mark.parametrize("url", OUTWARD)
def test_an_address_of_the_web_passes(url: str) -> None:
    Guard().check_url(url)


def test_the_host_comes_back_as_resolvers_see_it() -> None:
    guard = Guard()
    assert guard.check_url("https://MÜLLER.example.:8443/a").netloc == "xn--mller-kva.example:8443"
    assert guard.check_url("http://[2606:4700:4700:0::1111]:80/").netloc == "[2606:4700:4700::1111]"
    assert guard.check_url("https://example.org").port == 443


def test_what_the_operator_allows_passes_on_any_port_and_nothing_beside_it() -> None:
    guard = Guard(["127.0.0.0/8", "fd12::/16"])
    for url in ("http://127.0.0.1:25/", "http://localhost:5432/", "http://[fd12::1]:1/", "http://paper.lan/"):
        guard.check_url(url)
    for url in (
        "http://10.0.0.1/",
        "http://[::1]/",
        "http://2130706433/",
        "http://169.254.169.254/",
        "ftp://127.0.0.1/",
    ):
        with pytest.raises(AddressRefused):
            guard.check_url(url)


def test_every_answer_of_a_resolver_has_to_be_allowed() -> None:
    guard = Guard()
    assert guard.check_answers("example.org", ["8.8.8.8", "2606:4700:4700::1111"]) == "8.8.8.8"
    for answers in (["8.8.8.8", "127.0.0.1"], ["::ffff:10.0.0.1"], ["fe80::1%eth0"], ["nonsense"], []):
        with pytest.raises(AddressRefused):
            guard.check_answers("example.org", answers)


def test_only_allowed_literals_and_localhost_count_as_allowed_private_hosts() -> None:
    guard = Guard(["127.0.0.0/8"])
    assert guard.is_private_allowed("127.0.0.1")
    assert guard.is_private_allowed("localhost")
    assert not guard.is_private_allowed("example.org")
    assert not guard.is_private_allowed("10.0.0.1")
    assert not Guard().is_private_allowed("localhost")


def test_a_network_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        Guard(["nonsense"])


def test_an_address_knows_whether_its_host_is_an_ip() -> None:
    guard = Guard(["127.0.0.0/8"])
    assert str(guard.check_url("http://127.0.0.1:8000/a").ip) == "127.0.0.1"
    assert guard.check_url("https://example.org/a").ip is None


@pytest.mark.parametrize("host", ["\u0301x.example", "a\u200db.example"])
def test_a_host_that_no_registry_would_take_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused, match="malformed"):
        Guard().check_url(f"https://{host}/")


def test_who_listens_at_our_own_address_may_be_told_of_it_and_never_asked_there() -> None:
    guard = Guard(["127.0.0.0/8"], own=[("127.0.0.1", 8480)])
    assert guard.check_reach("http://127.0.0.1:8480/").port == 8480
    with pytest.raises(AddressRefused, match="Tocsin itself"):
        guard.check_url("http://127.0.0.1:8480/")
    with pytest.raises(AddressRefused):
        guard.check_reach("http://10.0.0.1:8480/")
