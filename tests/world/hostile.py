"""Addresses that lead, or try to lead, to where nothing of ours may be made to ask."""

_IPV4 = """
127.0.0.1 127.0.0.53 127.1 127.0.1 127.255.255.254 2130706433 017700000001 0x7f000001 0X7F000001 0x7f.1 0x7f.0.0.1
0x7f.0x0.0x0.0x1 0177.0.0.1 0177.1 0177.0.0.01 00000177.0.0.1 127.0.0.0x1 127.0.0.01 127.0x1 127.000000.000.1
4294967297 18446744071562067969 6425673729 0x100000001 127.0.0.1. 127.0.0.1.. 127.0.0.1.0 127.0.0.256 0 0. 00 0x0 0.0
0.0.0.0 0.1.2.3 1 1. 65535 0x 0x. 08 1.2.3.08 1.2.3.4.5 999.1.1.1 -1 1.1.1.-1
10.0.0.1 10.255.255.255 167772161 0xa000001 012.0.0.1 100.64.0.1 100.100.100.200 100.127.255.254 168.63.129.16
169.254.0.1 169.254.169.253 169.254.169.254 169.254.170.2 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.16689662
172.16.0.1 172.31.255.254 192.0.0.8 192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1
192.168.255.255 3232235521 192.175.48.1 198.18.0.1 198.19.255.254 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.254 255.255.255.255 4294967295
"""
_IPV6 = """
:: ::1 0:0:0:0:0:0:0:1 0000:0000:0000:0000:0000:0000:0000:0001 ::2 ::127.0.0.1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:7f00:1
::ffff:0:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:8.8.8.8 ::8.8.8.8 64:ff9b::127.0.0.1 64:ff9b::a00:1
64:ff9b::8.8.8.8 64:ff9b:1::1 64:ff9b:1:ffff::7f00:1 100::1 100:0:0:1::1 2001::1 2001:0:7f00:1::1 2001:2::1 2001:10::1
2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 2002:a9fe:a9fe:: 2620:4f:8000::1 3ffe::1 3fff::1 4000::1 5f00::1
fc00::1 fd00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fe80::a9fe:a9fe febf::1 fec0::1 ff01::1 ff02::1 ff02::fb ff0e::1
2a00:1450::5efe:7f00:1 2a00:1450::200:5efe:a00:1 fe80::1%eth0 fe80::1%25eth0 ::1%lo 2a00:1450::1%1
1::2::3 :::1 12345::1 g::1
::ffff:127.0.0.256 v1.fe80 127.0.0.1
"""
_NAMES = """
localhost LOCALHOST LocalHost. localhost. a.localhost a.b.localhost. localhost.localdomain localhost6.localdomain6
ip6-localhost ip6-loopback broadcasthost router printer intranet metadata instance-data kubernetes
kubernetes.default.svc.cluster.local kubernetes.default.svc vault.service.consul
metadata.google.internal metadata.google.internal. METADATA.GOOGLE.INTERNAL host.docker.internal gateway.docker.internal
vault.internal printer.local nas.lan fritz.home router.home.arpa x.corp y.intranet z.localdomain hidden.onion
"""
_DISGUISED = (
    *(
        "①②⑦.⓪.⓪.①",
        "１２７.０.０.１",
        "127。0。0。1",
        "127．0．0．1",
        "127｡0｡0｡1",
        "²130706433",
        "𝟏𝟐𝟕.𝟎.𝟎.𝟏",
        "𝟙𝟘.𝟘.𝟘.𝟙",
    ),
    *(
        "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
        "ｌｏｃａｌｈｏｓｔ",
        "loc\u00adalhost",
        "local\u200bhost",
        "local\u2060host",
        "localhoſt",
        "𝓁𝑜𝒸𝒶𝓁𝒽𝑜𝓈𝓉",
    ),
    *(
        "localhost\ufe0f",
        "local\u034fhost",
        "localhost。",
        "ℓocalhost",
        "ⅼocalhost",
        "127.0.0.1\u3002",
        "metadata。google。internal",
    ),
    *("a\u202eb.example", "exa\u2028mple.org", "exam\u00a0ple.org", "exam\u3000ple.org", "\u200d.example"),
    *(
        "%6c%6f%63%61%6c%68%6f%73%74",
        "127%2e0%2e0%2e1",
        "%31%32%37.0.0.1",
        "127.0.0.1%00.example.org",
        "exa%0ample.org",
    ),
    *("example.org%00", "%5b::1%5d", "xn--", "xn--.example", "-a.example", "a-.example", "a..example", ".example.org"),
    *(
        "",
        ".",
        "..",
        "a" * 64 + ".example",
        ".".join(["a" * 60] * 5),
        "a,b.example",
        "a;b.example",
        "a!b.example",
        "*.example",
    ),
)
_WHOLE = (
    *(
        "http:///latest",
        "http://",
        "http:",
        "http:127.0.0.1",
        "http:/127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "example.org/hook",
    ),
    *(
        "https://[::1",
        "https://::1/",
        "https://[::1].example.org/",
        "https://[127.0.0.1]/",
        "https://[]/",
        "https://[::1]x/",
    ),
    *("https://user@example.org/", "https://user:pw@example.org/", "https://@example.org/", "https://:@example.org/"),
    *("https://example.org@127.0.0.1/", "https://127.0.0.1@example.org/", "https://example.org:80@127.0.0.1/"),
    *(
        "https://example.org\\@127.0.0.1/",
        "https://127.0.0.1\\@example.org/",
        "https:\\\\127.0.0.1/",
        "https://example.org＠127.0.0.1/",
    ),
    *("https://127.0.0.1#@example.org/", "https://127.0.0.1?@example.org/", "https://127.0.0.1;@example.org/"),
    *("https://example.org／@127.0.0.1/", "https://example.org℀.127.0.0.1/", "https://example.org#.127.0.0.1\r\n/"),
    *(
        "https://example.org/\r\nHost: x",
        "https://example.org/\n",
        "https://exam\tple.org/",
        " https://example.org/",
        "https://example.org /",
    ),
    *(
        "https://example.org/\x00",
        "https://example.org/\x7f",
        "https://example.org/a b",
        "https://example.org/\u0085",
        "\x01https://example.org/",
    ),
    *(
        "ftp://example.org/",
        "ftps://example.org/",
        "file:///etc/passwd",
        "file://example.org/x",
        "gopher://127.0.0.1:25/_x",
    ),
    *(
        "dict://127.0.0.1:11211/stat",
        "ldap://127.0.0.1/",
        "tftp://127.0.0.1/x",
        "ws://example.org/",
        "wss://example.org/",
    ),
    *(
        "data:text/html,x",
        "javascript:alert(1)",
        "jar:https://example.org!/",
        "unix:/run/x",
        "http+unix://%2Frun%2Fx/",
        "about:blank",
    ),
    *(f"https://example.org:{port}/" for port in (0, 1, 19, 22, 23, 25, 53, 110, 111, 143, 389, 445, 465, 587, 993)),
    *(f"https://example.org:{port}/" for port in (1433, 2375, 2379, 3128, 3306, 3389, 5432, 5672, 5900, 6379, 8500)),
    *(
        f"https://example.org:{port}/"
        for port in (9200, 10250, 11211, 27017, 65536, 99999, -1, "x", "80x", "0x50", "８０", "+80")
    ),
)

HOSTILE: tuple[str, ...] = tuple(
    dict.fromkeys(
        [
            *(f"https://{host}/hook" for host in _IPV4.split()),
            *(f"http://[{host}]:8080/hook" for host in _IPV6.split()),
            *(f"https://{host}/hook" for host in _NAMES.split()),
            *(f"https://{host}/hook" for host in _DISGUISED),
            *_WHOLE,
        ]
    )
)
"""Each is refused by what it says, before any name is looked up."""

_INWARD = """
127.0.0.1 10.1.2.3 172.20.0.1 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 198.18.0.1 255.255.255.255
240.0.0.1 192.0.0.170 ::1 ::ffff:127.0.0.1 ::ffff:93.184.216.34 64:ff9b::a9fe:a9fe fe80::1 fd00:ec2::254 ff02::1
2002:7f00:1:: 2001:0:7f00:1::1 fe80::1%eth0
"""
ANSWERS: tuple[tuple[str, ...], ...] = (
    *((ip,) for ip in _INWARD.split()),
    ("93.184.216.34", "127.0.0.1"),
    ("2606:4700::1111", "::1"),
    ("2606:4700::1111", "93.184.216.34", "10.0.0.1"),
    ("93.184.216.34", "2002:a00:1::1"),
)
"""What resolvers answer for a name that looks public: one that leads inward spoils them all."""

_PUBLIC = """
https://example.org/ https://example.org:443/a?b=c@d#e https://hooks.example.org:8443/x https://93.184.216.34/
https://1.1.1.1./ https://[2606:4700:4700::1111]/ https://[2a00:1450:4001:82a::200e]:8443/ https://müller.example/
https://xn--mller-kva.example/ https://новости.рф/hook https://3com.com/ https://a_b.example.org/ HTTPS://EXAMPLE.ORG/
https://example.org:3000/ https://example.org./ https://faß.example/ https://例え.jp/ https://1password.com/
https://0x.org/ https://local.example/ https://localhost.example.org/ https://internal.example.org/
https://example.org:65535/ https://127.0.0.1.example.org/ https://example.org/127.0.0.1/@localhost
"""
PUBLIC = tuple(_PUBLIC.split())
"""Each may be asked, as far as it says so itself."""
