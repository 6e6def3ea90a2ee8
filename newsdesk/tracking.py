"""Parameters of addresses that tell where a reader came from and never what he reads.

As of November 2026. Sources: the ClearURLs rules (rules2.clearurls.xyz), AdGuard's URL Tracking Protection list, the
query-stripping lists of Firefox and Brave, Matomo's and Adobe's manuals, and the feeds of the outlets named below.
"""

import re
from urllib.parse import unquote_plus

_PREFIXES = (
    "utm_",  # Google Analytics; `utm-` in some newsletters
    "utm-",
    "mtm_",  # Matomo
    "matomo_",
    "piwik_",
    "hsa_",  # HubSpot
    "guce_",  # Yahoo's consent page
    "gaa_",  # Google's extended access
    "__cft__",  # Facebook
    "__xts__",
    "fb_action_",
    "_branch_",
    "at_bbc_",  # AT Internet: BBC, France Télévisions
    "at_custom",
    "at_link_",
    "amp_js",
)

_NAMES = frozenset(
    """
    pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid pk_cpn pk_group pk_placement
    at_medium at_campaign at_ptr_name at_format at_creation at_variant at_network at_term at_channel at_platform
    ns_mchannel ns_source ns_campaign ns_linkname ns_fee
    fbclid fb_ref fb_source mibextid __tn__ gclid gclsrc dclid gbraid wbraid gad_source gad_campaignid srsltid
    _ga _gl _gac msclkid yclid ysclid _openstat twclid ttclid tt_medium tt_content li_fat_id igshid igsh epik
    rdt_cid scclid scid sccid qclid vmcid
    mc_cid mc_eid mc_tc mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv wickedid
    oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid ef_id _ke _kx ck_subscriber_id ml_subscriber ml_subscriber_hash
    irclickid irgwc dicbo obclid oborigurl outbrainclickid tblci taboolaclickid sscid tduid cjevent cjdata awc
    wt_mc wt_zmc wtmc wt.mc_id wt.tsrc xtor xtref xtatc maca smid smtyp cmpid ocid ito itm_source itm_medium
    itm_campaign itm_content itm_term icid intcid intcmp int_cmp ncid mbid taid ftag tpcc sr_share soc_src soc_trk
    ref_src ref_url __twitter_impression traffic_source guccounter feedtype feedname sref spref spm
    sc_cid sc_campaign sc_channel sc_content sc_medium sc_outcome sc_geo sc_country
    regi_id action_object_map action_type_map
    usqp amp_gsa aoh cx_recs_click cx_testid cx_testvariant cx_artpos
    trk_contact trk_msg trk_module trk_sid echobox __source
    """.split()  # noqa: SIM905  (a table reads better in lines)
)

# Names that some sites use for content: removed only where the value names a channel.
_CHANNEL_NAMES = frozenset(
    """
    ref from source src via partner emc mod cmp campaign medium channel origin referrer referer refer share shared fr
    feature link_source link_location utm ref_source reflink tracking trk news_source
    """.split()  # noqa: SIM905
)
_CHANNELS = re.compile(
    r"(?:rss|atom|feed|feeds|rdf|syndication|twitter|twt|tw|x|facebook|fb|instagram|ig|telegram|tg|whatsapp|wa|viber"
    r"|vk|wechat|weibo|linkedin|reddit|pinterest|tumblr|threads|mastodon|bluesky|bsky|youtube|tiktok"
    r"|e?mail|newsletter|nl|nlt|push|sms|google|googlenews|gnews|bing|yahoo|yandex|flipboard|pocket|feedly|inoreader"
    r"|applenews|apple|msn|smartnews|social|share|sharing|copylink|copy|web|app|home|homepage|hp|front|frontpage"
    r"|main|top|topnews|related|recommended|article|sidebar|widget|embed|amp)"
    r"(?:[-_.: ].*)?",
    re.IGNORECASE,
)
_SESSIONS = frozenset("phpsessid jsessionid aspsessionid cfid cftoken sessionid session_id sid".split())  # noqa: SIM905
_SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[a-z])[\w-]{16,}", re.IGNORECASE)


def is_tracking(name: str, value: str) -> bool:
    """Tell whether a parameter only says where the reader came from."""
    name = unquote_plus(name).lower()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    return name in _CHANNEL_NAMES and _CHANNELS.fullmatch(unquote_plus(value)) is not None


def is_session(name: str, value: str) -> bool:
    """Tell whether a parameter is the key of one visit."""
    name = name.lower()
    if name == "sid" or name.startswith("session"):
        return name in _SESSIONS and _SESSION_VALUE.fullmatch(value) is not None
    return name in _SESSIONS or name.startswith("aspsessionid")
