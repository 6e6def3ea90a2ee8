"""One address for one page, and never one for two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdesk import canonical_url, clean_url, page_key, same_site, site_of
from newsdesk.addresses.urls import is_view_url

from .pairs import OTHER, PERHAPS, SAME

CANONICAL = {
    # case, ports, empty paths
    "HTTPS://WWW.Example.ORG/News/A": "https://www.example.org/News/A",
    "https://example.org:443/a": "https://example.org/a",
    "http://example.org:80/a": "http://example.org/a",
    "http://example.org:0080/a": "http://example.org/a",
    "http://example.org:443/a": "http://example.org:443/a",
    "http://127.0.0.1:08080/a": "http://127.0.0.1:8080/a",
    "https://example.org": "https://example.org/",
    "https://example.org?a=1": "https://example.org/?a=1",
    "https://example.org./a": "https://example.org/a",
    "https://[2001:DB8::1]:443/a": "https://[2001:db8::1]/a",
    "https://[2001:db8::1]:8443/a": "https://[2001:db8::1]:8443/a",
    "https://user:Pass@Example.org/a": "https://user:Pass@example.org/a",
    # what surrounds an address in a feed
    "  https://example.org/a\n": "https://example.org/a",
    "https://example.org/a\r\n\tb": "https://example.org/ab",
    "\x00https://example.org/a\x1f": "https://example.org/a",
    # dot segments
    "https://example.org/a/b/../c/./d": "https://example.org/a/c/d",
    "https://example.org/../../a": "https://example.org/a",
    "https://example.org/a/..": "https://example.org/",
    "https://example.org/a/.": "https://example.org/a/",
    "https://example.org/a/%2e%2E/b": "https://example.org/b",
    "https://example.org/a/.hidden": "https://example.org/a/.hidden",
    "https://example.org/a\\b": "https://example.org/a/b",
    # escapes
    "https://example.org/%7euser/%41%2d": "https://example.org/~user/A-",
    "https://example.org/a%2fb": "https://example.org/a%2Fb",
    "https://example.org/straße": "https://example.org/stra%C3%9Fe",
    "https://example.org/a b": "https://example.org/a%20b",
    "https://example.org/100%": "https://example.org/100%25",
    "https://example.org/%zz": "https://example.org/%25zz",
    "https://example.org/a?q=ä&b=[1]": "https://example.org/a?q=%C3%A4&b=%5B1%5D",
    "https://example.org/a?q=a+b": "https://example.org/a?q=a+b",
    "https://example.org/\ud800": "https://example.org/%3F",
    # hosts in other scripts
    "https://Bücher.example/": "https://xn--bcher-kva.example/",
    "https://faß.example/": "https://xn--fa-hia.example/",
    "https://пример.испытание/новости": "https://xn--e1afmkfd.xn--80akhbyknj4f/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8",
    "https://b%C3%BCcher.example/": "https://xn--bcher-kva.example/",
    "https://☃.example/": "https://xn--n3h.example/",
    # fragments
    "https://example.org/a#top": "https://example.org/a",
    "https://example.org/a#": "https://example.org/a",
    "https://example.org/#!/news/1": "https://example.org/#!/news/1",
    # what is a parameter of the page stays, in its order
    "https://example.org/a?id=101": "https://example.org/a?id=101",
    "https://example.org/a?b=2&a=1": "https://example.org/a?b=2&a=1",
    "https://example.org/a?": "https://example.org/a",
    "https://example.org/a?&&id=1&": "https://example.org/a?id=1",
    "https://example.org/a?flag": "https://example.org/a?flag",
    "https://example.org/a?id=": "https://example.org/a?id=",
    "https://example.org/a?ref=4711": "https://example.org/a?ref=4711",
    "https://example.org/a?from=2024-01-01": "https://example.org/a?from=2024-01-01",
    "https://example.org/a?source=reuters": "https://example.org/a?source=reuters",
    "https://example.org/a?sid=12": "https://example.org/a?sid=12",
    "https://example.org/a?session=2": "https://example.org/a?session=2",
    "https://example.org/a?at_work=1&ns_id=2&pk_id=3": "https://example.org/a?at_work=1&ns_id=2&pk_id=3",
    # where the reader came from goes
    "https://www.rt.com/news/1-a/?utm_source=rss&utm_medium=rss&utm_campaign=RSS": "https://www.rt.com/news/1-a/",
    "https://example.org/a?UTM_Source=x&id=1&fbclid=2": "https://example.org/a?id=1",
    "https://example.org/a?at_medium=RSS&at_campaign=KARANGA": "https://example.org/a",
    "https://example.org/a?maca=en-rss-en-all-1573-rdf": "https://example.org/a",
    "https://example.org/a?ref=rss": "https://example.org/a",
    "https://example.org/a?from=Twitter_app&id=7": "https://example.org/a?id=7",
    "https://example.org/a?partner=rss&emc=rss": "https://example.org/a",
    "https://example.org/a?utm%5Fsource=x": "https://example.org/a",
    "https://example.org/a?share=facebook": "https://example.org/a",
    "https://example.org/a?PHPSESSID=1a2b": "https://example.org/a",
    "https://example.org/a;jsessionid=1A2B?id=1": "https://example.org/a?id=1",
    "https://example.org/a?sid=0123456789abcdef01": "https://example.org/a",
    "https://example.org/a?ASPSESSIONIDQQ=X": "https://example.org/a",
    # what is no address of a page comes back as it is
    "": "",
    "news/1": "news/1",
    "javascript:alert(1)": "javascript:alert(1)",
    "mailto:a@example.org": "mailto:a@example.org",
    "http://[bad/": "http://[bad/",
    "http:///a": "http:///a",
    "http://\u0300\u00ad.example\ud800/": "http://\u0300\u00ad.example\ud800/",
}


@pytest.mark.parametrize("url", CANONICAL)
def test_an_address_has_one_form(url: str) -> None:
    assert clean_url(url) == CANONICAL[url]


# What addresses are made of, put together by chance: a text alone hardly ever is one.
PIECES = st.sampled_from(
    """
    http:// https:// HTTP:\\\\ www. m. amp. amp- en. example.org EXAMPLE.org google.com bing.com
    cdn.ampproject.org ö \u0301 : :80 :443 @ / // /amp /amp/ .amp .amp.html /amp/s/ /c/s/ /news /story-title-1
    /../ /%2e%2E/ /. \\ %2F %2f %3F %3D %3B %C3%A9 e%CC%81 %E9 % %25 + ; ;jsessionid=1 ? & &amp; &amp;amp;
    &#38; = id=1 id=2 a b=2 amp=1 m=1 utm_source=x ref=rss ref%3Drss sid=0123456789abcdef01 print=1 output=amp
    # #! #!/ #/a :~:text=a [ ] [::1] (S(lit3py55t21z5v55vlm25s55))
    """.split()  # noqa: SIM905
) | st.text(max_size=3)
ADDRESSES = (
    st.text(max_size=60)
    | st.sampled_from([*CANONICAL, *(url for pair in (*SAME, *OTHER, *PERHAPS) for url in pair)])
    | st.lists(PIECES, max_size=12).map("".join)
    | st.lists(PIECES, max_size=12).map(lambda pieces: f"https://www.example.org/{''.join(pieces)}")
)


@given(ADDRESSES)
def test_the_form_of_a_form_is_itself(url: str) -> None:
    once, name = clean_url(url), canonical_url(url)
    assert clean_url(once) == once
    assert canonical_url(name) == name
    assert canonical_url(once) == name
    assert page_key(name) == page_key(once) == page_key(url)
    assert site_of(once) == site_of(url)
    assert not is_view_url(name)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_addresses_of_one_page_have_one_name(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert page_key(one) == page_key(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_addresses_of_two_pages_have_two_names(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)
    assert clean_url(one) != clean_url(other)


@pytest.mark.parametrize(("one", "other"), PERHAPS)
def test_where_only_the_text_can_tell_there_are_two_names_and_one_key(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)
    assert page_key(one) == page_key(other)


@pytest.mark.parametrize(
    ("url", "view"),
    [
        ("https://example.org/world/a-1", False),
        ("http://www.example.org/world/a-1?utm_source=x&id=2", False),
        ("https://m.example.org/world/a-1", True),
        ("https://www.amp.example.org/world/a-1", True),
        ("https://example.org/world/a-1/amp", True),
        ("https://example.org/world/a-1?amp", True),
        ("https://example.org/world/a-1?m=1", True),
        ("https://example.org/world/a-1?print=1", True),
        ("https://example-org.cdn.ampproject.org/c/s/example.org/world/a-1", True),
        ("https://example.org/tag/amp", False),
        ("no address", False),
    ],
)
def test_a_view_is_told_from_the_page_itself(url: str, view: bool) -> None:
    assert is_view_url(url) is view


@pytest.mark.parametrize(
    "url",
    [
        "https://www.google.com/" + "amp/s/www.google.com/" * 5000,
        "https://example.org" + "/amp/story-1" * 5000,
        "https://" + "m." * 5000 + "example.org/",
        "https://example.org/?" + "a=%C3%A9&" * 5000,
        "https://example.org/?" + "a=1;b=2?" * 5000,
        "https://example.org/" + "e%CC%81" * 5000,
        "https://example.org/?" + "&amp;" * 5000,
    ],
)
def test_an_endless_address_has_a_name_of_its_own(url: str) -> None:
    name = canonical_url(url)
    assert canonical_url(name) == name


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.example.org/a", "example.org"),
        ("https://www2.example.org", "example.org"),
        ("https://m.example.org/?a", "example.org"),
        ("https://mobile.example.org#!x", "example.org"),
        ("https://news.example.org/", "news.example.org"),
        ("http://127.0.0.1:8001/a", "127.0.0.1:8001"),
        ("https://u:p@example.org/a@b", "example.org"),
        ("no address", ""),
    ],
)
def test_a_site_is_a_host_without_its_front_label(url: str, site: str) -> None:
    assert site_of(url) == site


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.example.org/a", "http://m.example.org/b", True),
        ("https://edition.example.org/a", "https://www.example.org/b", True),
        ("https://www.example.org/a", "https://edition.example.org/b", True),
        ("https://badexample.org/a", "https://example.org/b", False),
        ("https://example.org/a", "https://example.com/b", False),
        ("http://127.0.0.1:8001/a", "http://127.0.0.1:8002/a", False),
        ("https://example.org/a", "nothing", False),
        ("nothing", "nothing", False),
    ],
)
def test_a_sub_domain_is_of_the_same_site(one: str, other: str, same: bool) -> None:
    assert same_site(one, other) is same
