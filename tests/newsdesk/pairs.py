"""Pairs of addresses: of one page, of two, and of what only the page's own text can tell."""

_STORY = "https://example.org/world/bridge-closes-101"

# Each line: what stands behind the story's own address, and is no part of what story it is.
TRACKING = """
    utm_source=rss&utm_medium=rss&utm_campaign=RSS
    UTM_SOURCE=x
    utm%5Fsource=x
    utm-source=newsletter
    utm_source
    fbclid=IwAR0x
    gclid=Cj0x&gclsrc=aw.ds
    gad_source=1&gbraid=0AAx
    dclid=x
    msclkid=x
    yclid=1
    ysclid=l3x
    twclid=x
    ttclid=x
    igshid=x
    igsh=x
    mc_cid=a1&mc_eid=b2
    mkt_tok=x
    _hsenc=p2&_hsmi=12
    hsCtaTracking=x%7Cy
    _ga=2.1.2.3
    _gl=1*x
    at_medium=RSS&at_campaign=KARANGA
    at_custom1=link&at_custom2=twitter&at_bbc_team=editorial
    at_link_origin=BBCWorld&at_ptr_name=twitter
    ns_mchannel=rss&ns_source=PublicRSS20-sa
    ns_campaign=bbc_breaking&ns_linkname=news_central&ns_fee=0
    xtor=RSS-3208
    XTOR=AL-72-%5Bpartner%5D
    xtref=1&xtcr=2&xtnp=3
    CMP=share_btn_tw
    CMP=twt_gu
    cmpid=socialflow
    cm_mmc=email-_-x
    ocid=socialflow_twitter
    smid=tw-nytimes&smtyp=cur
    partner=rss&emc=rss
    partner=rssnyt
    ref=rss
    ref=tw_i
    ref=homepage
    referrer=facebook
    ref_src=twsrc%5Etfw
    from=rss
    from=main_3
    source=twitter
    source=Google+News
    src=social-share
    via=newsletter
    cid=social_20240101_facebook
    mod=rss_markets_main
    feature=share
    share=whatsapp
    ito=1490
    wt_mc=sm.feed
    wt_zmc=sm.int
    WT.mc_id=tmg_share_tw
    maca=en-rss-en-all-1573-rdf
    ftag=CNM
    ftcamp=rss
    fsrc=rss
    taid=5f
    feedType=RSS&feedName=topNews
    ncid=rss
    mbid=social_twitter
    guccounter=1&guce_referrer=aHR0&guce_referrer_sig=AQ
    soc_src=mail&soc_trk=ma
    .tsrc=rss
    sr_share=facebook
    spm=a1.b2
    intcmp=x
    ICID=ref_fark
    pk_campaign=x&mtm_kwd=y&piwik_campaign=z
    vero_id=x
    oly_enc_id=x
    s_cid=x&sc_cid=y
    spMailingID=1&spUserID=2
    elqTrackId=x
    itm_source=parsely-api
    __twitter_impression=true
    __cft__[0]=x&__tn__=-R
    li_source=LI&li_medium=m
    sf12345678=1
    pinned_post_locator=urn:x
    unlocked_article_code=1.abc
    PHPSESSID=1a2b3c
    sid=0123456789abcdef01
    s=0123456789abcdef0123456789abcdef
    CFID=1&CFTOKEN=2
    _=1700000000000
    &&
    amp
    amp=1
    AMP=true
    _amp=true
    outputType=amp
    output=amp
    format=amp
    noamp=mobile
    amp_js_v=0.1&usqp=mq331AQ
    m=1
    m=0
    mobile=1
    view=mobile
    print=1
    view=print
""".split()  # noqa: SIM905

SAME: list[tuple[str, str]] = [(_STORY, f"{_STORY}?{query}") for query in TRACKING] + [
    # scheme, port, host
    ("http://example.org/a", "https://example.org/a"),
    ("http://example.org:80/a", "https://example.org:443/a"),
    ("https://example.org:/a", "https://example.org/a"),
    ("HTTPS://Example.ORG/a", "https://example.org/a"),
    ("https://www.example.org/a", "http://example.org/a"),
    ("https://www2.example.org/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://example.org", "https://example.org/"),
    ("https://example.org?id=1", "https://example.org/?id=1"),
    ("https://m.example.org/a", "https://www.example.org/a"),
    ("https://www.m.example.org/a", "https://example.org/a"),
    ("https://mobile.example.org/a", "https://example.org/a"),
    ("https://mobil.example.org/a", "https://example.org/a"),
    ("https://touch.example.org/a", "https://example.org/a"),
    ("https://wap.example.org/a", "https://example.org/a"),
    ("https://en.m.example.org/wiki/A", "https://en.example.org/wiki/A"),
    ("https://m.example.co.uk/a", "https://www.example.co.uk/a"),
    ("https://amp.example.org/a", "https://example.org/a"),
    ("https://www.amp.example.org/a", "https://example.org/a"),
    ("https://amp-sport.example.org/a", "https://sport.example.org/a"),
    ("https://[2001:DB8:0:0::1]/a", "https://[2001:db8::1]/a"),
    ("https://@example.org/a", "https://example.org/a"),
    # hosts in other scripts
    ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
    ("https://BÜCHER.example/a", "https://bücher.example/a"),
    ("https://bu\u0308cher.example/a", "https://bücher.example/a"),
    ("https://пример.испытание/a", "https://xn--e1afmkfd.xn--80akhbyknj4f/a"),
    ("https://faß.example/a", "https://xn--fa-hia.example/a"),
    ("https://example\u3002org/a", "https://example.org/a"),
    ("https://ｅｘａｍｐｌｅ.org/a", "https://example.org/a"),
    ("https://b%C3%BCcher.example/a", "https://bücher.example/a"),
    # escapes, dot segments, what surrounds an address
    ("https://example.org/%7euser/%41", "https://example.org/~user/A"),
    ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
    ("https://example.org/новости", "https://example.org/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8"),
    ("https://example.org/caf%c3%a9", "https://example.org/café"),
    ("https://example.org/cafe\u0301", "https://example.org/caf\u00e9"),
    ("https://example.org/a b", "https://example.org/a%20b"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("https://example.org/1,2,a.html", "https://example.org/1%2C2%2Ca.html"),
    ("https://example.org/what's-new", "https://example.org/what%27s-new"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/../a", "https://example.org/a"),
    ("https://example.org/x/%2e%2e/a", "https://example.org/a"),
    ("https://example.org\\a\\b", "https://example.org/a/b"),
    (" https://example.org/a\n", "https://example.org/a"),
    ("https://example.org/a\t\nb", "https://example.org/ab"),
    ("\ufeffhttps://example.org/a\xa0", "https://example.org/a"),
    # parameters
    ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
    ("https://example.org/a?id=1&utm_source=x&page=2", "https://example.org/a?id=1&page=2"),
    ("https://example.org/a?id=1&amp;page=2", "https://example.org/a?id=1&page=2"),
    ("https://example.org/a?id=1&#038;page=2", "https://example.org/a?id=1&page=2"),
    ("https://example.org/a?id=1&amp;utm_source=rss", "https://example.org/a?id=1"),
    ("https://example.org/a?id=1?utm_source=rss", "https://example.org/a?id=1"),
    ("https://example.org/a?id=1;utm_source=rss", "https://example.org/a?id=1"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/a?&&id=1&", "https://example.org/a?id=1"),
    ("https://example.org/a?flag", "https://example.org/a?flag="),
    ("https://example.org/a?q=a+b", "https://example.org/a?q=a%20b"),
    ("https://example.org/a?q=%e4%b8%ad", "https://example.org/a?q=中"),
    ("https://example.org/a?at=10:00/x", "https://example.org/a?at=10%3A00%2Fx"),
    ("https://example.org/a?id=YWI%3D", "https://example.org/a?id=YWI="),
    ("https://example.org/a;jsessionid=1A2B?id=1", "https://example.org/a?id=1"),
    ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
    # fragments
    ("https://example.org/a#comments", "https://example.org/a"),
    ("https://example.org/a#", "https://example.org/a"),
    ("https://example.org/a#!", "https://example.org/a"),
    ("https://example.org/a#/", "https://example.org/a"),
    ("https://example.org/a#xtor=RSS-1", "https://example.org/a"),
    ("https://example.org/a#:~:text=a,b", "https://example.org/a"),
    ("https://example.org/#!/news/1?utm_source=x", "https://example.org/#!/news/1"),
    # AMP
    (f"{_STORY}/amp", _STORY),
    (f"{_STORY}/amp/", f"{_STORY}/"),
    (f"{_STORY}/AMP", _STORY),
    (f"{_STORY}.amp", _STORY),
    (f"{_STORY}.amp.html", f"{_STORY}.html"),
    (f"{_STORY}.html/amp", f"{_STORY}.html"),
    (f"{_STORY}/amp?utm_source=x", f"{_STORY}"),
    ("https://example.org/news/story/amp/", "https://example.org/news/story/"),
    ("https://example.org/two-words/amp", "https://example.org/two-words"),
    ("https://example.org/2024/05/12/flood/amp/", "https://example.org/2024/05/12/flood/"),
    ("https://example.org/новости/мост/amp", "https://example.org/новости/мост"),
    ("https://example.org/amp/world/bridge-closes-101", _STORY),
    ("https://example.org/news/amp/world-europe-56789012", "https://example.org/news/world-europe-56789012"),
    ("https://example.org/city/amp_articleshow/9123.cms", "https://example.org/city/articleshow/9123.cms"),
    ("https://amp.example.org/amp/world/bridge-closes-101?amp=1", _STORY),
    ("https://example-org.cdn.ampproject.org/c/s/example.org/world/bridge-closes-101", _STORY),
    ("https://example-org.cdn.ampproject.org/v/s/amp.example.org/world/bridge-closes-101?amp_js_v=0.1#x=y", _STORY),
    ("https://example-org.cdn.ampproject.org/wp/s/example.org/world/bridge-closes-101/amp", _STORY),
    ("https://cdn.ampproject.org/c/www.example.org/world/bridge-closes-101", _STORY),
    ("https://www.google.com/amp/s/www.example.org/world/bridge-closes-101/amp", _STORY),
    ("https://www.google.co.uk/amp/s/EXAMPLE.org/world/bridge-closes-101", _STORY),
    ("https://google.com/amp/example.org/world/bridge-closes-101", _STORY),
    ("https://www.bing.com/amp/s/example.org/world/bridge-closes-101", _STORY),
    ("https://www.google.com/amp/s/bücher.example/a", "https://bücher.example/a"),
    ("https://blog.example.org/2020/11/story.html?m=1", "https://blog.example.org/2020/11/story.html"),
]

OTHER: list[tuple[str, str]] = [
    # parameters that are the page
    ("https://example.org/a?id=101", "https://example.org/a?id=102"),
    ("https://example.org/a?p=1", "https://example.org/a?p=2"),
    ("https://example.org/a?page=2", "https://example.org/a"),
    ("https://example.org/a?q=war", "https://example.org/a?q=peace"),
    ("https://example.org/a?s=rss", "https://example.org/a"),
    ("https://example.org/a?v=x1", "https://example.org/a?v=x2"),
    ("https://example.org/a?article=5", "https://example.org/a?article=6"),
    ("https://example.org/a?lang=en", "https://example.org/a?lang=de"),
    ("https://example.org/a?lang=en", "https://example.org/a"),
    ("https://example.org/a?ref=4711", "https://example.org/a"),
    ("https://example.org/a?ref=main/heads", "https://example.org/a"),
    ("https://example.org/a?source=reuters", "https://example.org/a?source=bbc"),
    ("https://example.org/a?source=reuters", "https://example.org/a"),
    ("https://example.org/a?from=2024-01-01", "https://example.org/a?from=2024-02-01"),
    ("https://example.org/a?channel=2", "https://example.org/a?channel=3"),
    ("https://example.org/a?cid=7", "https://example.org/a?cid=8"),
    ("https://example.org/a?mod=article&id=1", "https://example.org/a?mod=gallery&id=1"),
    ("https://example.org/a?tag=rss", "https://example.org/a"),
    ("https://example.org/a?t=10", "https://example.org/a?t=20"),
    ("https://example.org/a?sid=102", "https://example.org/a?sid=103"),
    ("https://example.org/a?session=2", "https://example.org/a?session=3"),
    ("https://example.org/?m=202011", "https://example.org/?m=202012"),
    ("https://example.org/?m=202011", "https://example.org/"),
    ("https://example.org/calendar?m=1&y=2024", "https://example.org/calendar?y=2024"),
    ("https://example.org/calendar.php?m=1", "https://example.org/calendar.php"),
    ("https://example.org/a?amp=20", "https://example.org/a"),
    ("https://example.org/a?print=101", "https://example.org/a"),
    ("https://example.org/a?view=12", "https://example.org/a"),
    ("https://example.org/a?at_work=1", "https://example.org/a"),
    ("https://example.org/a?ns_id=2", "https://example.org/a"),
    ("https://example.org/a?id=1&id=2", "https://example.org/a?id=2&id=1"),
    ("https://example.org/a?id=", "https://example.org/a"),
    ("https://example.org/a?ID=1", "https://example.org/a?id=1"),
    ("https://example.org/a?id=A", "https://example.org/a?id=a"),
    ("https://example.org/a?q=a%2Bb", "https://example.org/a?q=a+b"),
    ("https://example.org/a?q=a%26b=1", "https://example.org/a?q=a&b=1"),
    ("https://example.org/a?a=1;b=2", "https://example.org/a?a=1"),
    ("https://example.org/a?_=2", "https://example.org/a"),
    ("https://example.org/rss?ceid=US:en", "https://example.org/rss?ceid=DE:de"),  # Google News: the edition
    # paths
    ("https://example.org/a", "https://example.org/A"),
    ("https://example.org/a", "https://example.org/ab"),
    ("https://example.org/a/b", "https://example.org/a%2Fb"),
    ("https://example.org/a?b", "https://example.org/a%3Fb"),
    ("https://example.org/a#b", "https://example.org/a%23b"),
    ("https://example.org/a%25b", "https://example.org/a%b0"),
    ("https://example.org/a+b", "https://example.org/a%20b"),
    ("https://example.org/a;v=1", "https://example.org/a;v=2"),
    ("https://example.org/e", "https://example.org/é"),
    ("https://example.org/news/101", "https://example.org/news/102"),
    ("https://example.org/2024/05/12/flood", "https://example.org/2024/05/13/flood"),
    # hosts and ports
    ("https://example.org/a", "https://example.com/a"),
    ("https://example.org/a", "https://sport.example.org/a"),
    ("https://news.example.org/a", "https://sport.example.org/a"),
    ("https://en.example.org/a", "https://de.example.org/a"),
    ("https://example.org/a", "https://example.org:8443/a"),
    ("http://example.org:8080/a", "https://example.org:8080/a"),
    ("http://example.org:443/a", "https://example.org/a"),
    ("https://m.com/a", "https://com/a"),
    ("https://m.co.uk/a", "https://amp.co.uk/a"),
    ("https://amp.github.io/a", "https://mobile.github.io/a"),
    ("https://mobile.substack.com/p/a", "https://substack.com/p/a"),
    ("https://www.com/a", "https://com/a"),
    ("https://mexample.org/a", "https://example.org/a"),
    ("https://ampexample.org/a", "https://example.org/a"),
    ("https://faß.example/a", "https://fass.example/a"),
    ("https://βόλος.example/a", "https://βόλοσ.example/a"),
    ("https://one@example.org/a", "https://two@example.org/a"),
    ("ftp://example.org/a", "https://example.org/a"),
    # fragments that are the page
    ("https://example.org/#!/news/1", "https://example.org/#!/news/2"),
    ("https://example.org/#/news/1", "https://example.org/#/news/2"),
    ("https://example.org/#/news/1", "https://example.org/"),
    # pages named like a form of others
    ("https://example.org/tag/amp", "https://example.org/tag"),
    ("https://example.org/tag/guitar/amp", "https://example.org/tag/guitar"),
    ("https://example.org/news/amp", "https://example.org/news"),
    ("https://example.org/amp", "https://example.org/"),
    ("https://example.org/amp/reviews", "https://example.org/reviews"),
    ("https://example.org/2024/05/12/amp", "https://example.org/2024/05/12"),
    ("https://example.org/news/page/2/amp", "https://example.org/news/page/2"),
    ("https://example.org/gear/guitar-amp", "https://example.org/gear/guitar"),
    ("https://example.org/gear/amp/guitar", "https://example.org/gear/guitar"),
    ("https://example.org/camp", "https://example.org/c"),
    ("https://example.org/a/champ", "https://example.org/a/ch"),
    ("https://example.org/amplifier", "https://example.org/lifier"),
    ("https://example.org/amp_up_your_day", "https://example.org/up_your_day"),
    ("https://www.google.com/amp/about", "https://about/"),
    # no addresses of pages
    ("javascript:a", "javascript:b"),
    ("news/1", "news/2"),
]

# Two names, as on some sites they are two pages; one key, so that the text is asked.
PERHAPS: list[tuple[str, str]] = [
    ("https://example.org/a", "https://example.org/a/"),
    ("https://example.org/a/", "https://example.org/a/index.html"),
    ("https://example.org/a", "https://example.org/a/default.aspx"),
    ("https://example.org//a//b", "https://example.org/a/b"),
    ("https://example.org/a/amp", "https://example.org/a"),
    ("https://example.org/a/print", "https://example.org/a"),
    ("https://example.org/print/a", "https://example.org/a"),
    ("https://example.org/m/a-1", "https://example.org/a-1"),
    (f"{_STORY}/amp/", _STORY),
]
