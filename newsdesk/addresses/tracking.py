"""Parameters of addresses that tell where a reader came from and never what he reads.

As of November 2026. Taken from: ClearURLs/Rules (data.min.json of 2025-07-29, globalRules and the rules of news sites),
AdguardTeam/AdguardFilters (TrackParamFilter, general_url.txt), brave/brave-core (components/query_filter/utils.cc),
brave/adblock-lists (clean-urls.json) and uBlock's privacy list, the query stripping list of Firefox, Neat URL
(default-params-by-category.json), medialab/ural, the campaign manuals of Matomo, AT Internet, Adobe, Webtrends and
Parse.ly, and the feeds and share buttons of the outlets named below. A name that these lists strip on one shop or
platform only, or that some site uses for content (`s`, `t`, `id`, `tag`, `page`, `mc`, `nl`), is not here.
"""

import re
from urllib.parse import unquote_plus

_PREFIXES = (
    "utm_",  # Google Analytics; `utm-` and `utm.` in some newsletters
    "utm-",
    "utm.",
    "mtm_",  # Matomo
    "matomo_",
    "piwik_",
    "ga_",  # Google Analytics, by hand
    "gaa_",  # Google's extended access
    "hsa_",  # HubSpot
    "hmb_",  # Humble Bundle
    "otm_",
    "stm_",
    "itm_",  # Parse.ly
    "guce_",  # Yahoo's consent page
    "_guc_",
    "__cft__",  # Facebook
    "__xts__",
    "fb_action_",
    "_branch_",
    "_bta_",  # Bronto
    "bsft_",  # Blueshift
    "oft_",
    "cm_mmc",  # Coremetrics
    "adjust_",
    "trk_",
    "dpg_",  # DPG Media
    "lmd_",  # Le Monde
    "at_bbc_",  # AT Internet: BBC, France Télévisions
    "at_custom",
    "at_link",
    "at_recipient_",
    "at_campaign",
    "pinned_post_",  # BBC: where on a live page
    "amp_js",
)

_NAMES = frozenset(
    """
    utm pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid pk_cpn pk_group pk_placement pk_vid
    at_medium at_ptr_name at_format at_creation at_variant at_network at_term at_channel at_platform at_content
    at_emailtype at_send_date at_general at_detail_placement
    xtor xtref xtcr xtnp xtloc xts xtatc
    ns_mchannel ns_source ns_campaign ns_linkname ns_fee ns_fee_id
    fbclid fb_ref fb_source fb_comment_id fb_xd_fragment mibextid __tn__ _ft_ fref hc_ref hc_location
    gclid gclsrc dclid gbraid wbraid gad gad_source gad_campaignid gs_l srsltid _ga _gl _gac
    msclkid yclid ymclid ysclid _openstat twclid ttclid tt_medium tt_content li_fat_id igshid igsh epik
    rdt_cid scclid scid sccid qclid vmcid adgroupid campaignid erid clickid click_id
    li_source li_medium sms_click sms_source sms_uph _unique_id hootpostid
    mc_cid mc_eid mc_tc mkt_tok _hsenc _hsmi __hssc __hstc __hsfp hsctatracking vero_id vero_conv wickedid
    oly_anon_id oly_enc_id rb_clickid s_cid s_kwcid ef_id _ke _kx ck_subscriber_id ml_subscriber ml_subscriber_hash
    spmailingid spuserid spjobid spreportid elqtrack elqtrackid elqaid elqat elqcampaignid elq dm_i
    et_rid et_cid bbeml _bhlid ss_email_id ss_source ss_campaign_id vgo_ee nr_email_referer os_ehash emci emdi
    irclickid irgwc ir_campaignid ir_adid ir_partnerid dicbo obclid oborigurl outbrainclickid tblci taboolaclickid sscid
    tduid cjevent cjdata awc gps_adid unicorn_click_id tracking_source __io_lv _io_session_id
    wt_mc wt_zmc wtmc wtrid wt.mc_id wt.mc_ev wt.tsrc wt_ref wt_t
    maca smid smtyp cmpid cmp_id ocid ito icid intcid intcmp int_cmp int_source int_medium int_campaign
    ncid mbid taid ftag ftcamp tpcc fsrc gepc ssm event_log id_externo_rsoc id_externo_promo id_externo_nwl
    sr_share soc_src soc_trk tsrc .tsrc ref_src ref_url refsrc reflink __twitter_impression traffic_source
    guccounter feedtype feedname sref srnd spref spm emc regi_id wprss wpisrc wpmm hpid itid hpt iref eref
    refresh_ce refresh_ce-cp
    sc_cid sc_campaign sc_channel sc_content sc_medium sc_outcome sc_geo sc_country sc_customer sc_eh sc_uid
    action_object_map action_type_map action_ref_map
    usqp amp_gsa aoh marfeeltn cx_click cx_recs_click cx_recsorder cx_recswidget cx_testid cx_testvariant cx_artpos
    trkcampaign echobox __source awesm cn-reloaded ao_noptimize
    """.split()  # noqa: SIM905  (a table reads better in lines)
)

# Names that some sites use for content: removed only where the value names a channel, or a place on the outlet's pages.
_CHANNEL_NAMES = frozenset(
    """
    ref ref_ from source src via partner origin referrer referer refer fr frm rf fromref par
    link_source link_location ref_source ref_medium tracking trk news_source
    """.split()  # noqa: SIM905
)
# Names that are content as often as not: removed only where the value names a channel.
_SHARE_NAMES = frozenset(
    "mod cmp cid campaign medium feature channel share shared platform app rel xt sns fromapp".split()  # noqa: SIM905
)
_CHANNEL = (
    r"rss[a-z0-9]*|atom|feeds?|feedburner|rdf|syndication|twitter|twt|twtrec|tw|x|facebook|fb|instagram|ig|telegram|tg"
    r"|whatsapp|wa|viber|vk|vkontakte|wechat|weixin|weibo|kakao|linkedin|reddit|pinterest|tumblr|threads|mastodon"
    r"|bluesky|bsky"
    r"|youtube|tiktok|hootsuite|buffer|echobox|socialflow|dlvr\.?it|e?mail|newsletters?|nl|nlt|push|sms"
    r"|google|googlenews|gnews|google_news|bing|yahoo|yandex|yxnews|yxrecommend|dzen|zen|smi2|24smi|mirtesen|rambler"
    r"|flipboard|pocket|feedly|inoreader|applenews|apple_news|msn|smartnews|upday|newsbreak|newsnow"
    r"|social|socialmedia|share|share_?btn|sharing|copylink|copy"
)
_PLACE = (
    r"web|app|mobile_?app|home|homepage|hp|front|frontpage|main|top|topnews|newsfeed|from_main|glavnoe|doc_vrez|related"
    r"|recommended|recirc|article|sidebar|widget|embed|amp|footer|header|nav|menu|ticker|teaser|inline|bookmarks?|viral"
)
_CHANNELS = re.compile(rf"(?:{_CHANNEL})(?:[-_.:| ].*)?", re.IGNORECASE)
_PLACES = re.compile(rf"(?:{_CHANNEL}|{_PLACE})(?:[-_.:| ].*)?", re.IGNORECASE)
_SOCIALFLOW = re.compile(r"sf\d{5,}")

_SESSIONS = frozenset("phpsessid jsessionid cfid cftoken oscsid zenid".split())  # noqa: SIM905
_LONG_SESSIONS = frozenset("sid sessionid session_id session sess sessid session-id".split())  # noqa: SIM905
_SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[a-z])[\w,.-]{16,}|[0-9a-f]{32}|[0-9a-f]{40}", re.IGNORECASE)
_HASH_VALUE = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_STAMP_VALUE = re.compile(r"\d{10,13}(?:\.\d+)?")

_PASSES = frozenset(
    """
    unlocked_article_code giftcopy gift_copy sharetoken share_token accesstoken freebie sharetype pwapi_token
    """.split()  # noqa: SIM905
)


def is_tracking(name: str, value: str) -> bool:
    """Tell whether a parameter only says where the reader came from."""
    name = unquote_plus(name).lower().strip()
    if name in _NAMES or name.startswith(_PREFIXES):
        return True
    if name in _CHANNEL_NAMES:
        return _PLACES.fullmatch(unquote_plus(value)) is not None
    if name in _SHARE_NAMES:
        return _CHANNELS.fullmatch(unquote_plus(value)) is not None
    return value in ("", "1") and _SOCIALFLOW.fullmatch(name) is not None


def is_session(name: str, value: str) -> bool:
    """Tell whether a parameter is the key of one visit, or a number that only keeps caches from answering."""
    name = unquote_plus(name).lower()
    if name in _SESSIONS or name.startswith("aspsessionid"):
        return True
    if name in _LONG_SESSIONS:
        return _SESSION_VALUE.fullmatch(value) is not None
    if name == "s":  # forums; a search is in words
        return _HASH_VALUE.fullmatch(value) is not None
    return name == "_" and _STAMP_VALUE.fullmatch(value) is not None


def is_pass(name: str) -> bool:
    """Tell whether a parameter opens a page to one reader: needed to fetch it, but no part of what page it is."""
    return name.lower() in _PASSES
