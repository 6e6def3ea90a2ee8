"""Walls: a page that stands before an article, not the article: told apart by what it shows and what it claims.

A wall that is taken for an article is one poor text on record; an article that is taken for a wall is lost. So only
short texts come under suspicion, and each kind needs its own evidence. A full text that merely says
`isAccessibleForFree: false` is an article: what is in the markup has been given to whoever asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lxml.cssselect import CSSSelector
from lxml.etree import XPathError

from .claims import Claims
from .jsonld import Node
from .texts import clean
from .tree import without_scripts, words_in


class ReadingKind(StrEnum):
    """Whether a page turned out to be an article, and what it is else."""

    ARTICLE = "article"
    NOT_AN_ARTICLE = "not_an_article"
    PAYWALL = "paywall"
    CONSENT_WALL = "consent_wall"
    LOGIN_WALL = "login_wall"
    CHALLENGE = "challenge"
    NOT_FOUND = "not_found"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a page is no article."""

    kind: ReadingKind
    reason: str


@dataclass(frozen=True, slots=True)
class Lock:
    """What a page says of who may read it."""

    locked: bool = False
    """Whether it says that it is not free."""
    behind: int = 0
    """How many letters stand where it says that the part for subscribers is."""


_SHORT, _TEASER, _MEAGRE = 700, 900, 300
_BEHIND = 400
_LOOKED_AT = 200_000
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_DENSITY = 2.5
_CHALLENGED = re.compile(
    r"^\W*(?:just a moment|attention required|access (?:to this page has been )?denied|are you (?:a )?(?:robot|human)|"
    r"(?:please )?verify(?:ing)? (?:that )?you are (?:a )?human|security check|checking your browser|one more step|"
    r"ddos-guard|pardon our interruption|robot check|bot verification|human verification|request blocked|"
    r"please wait|un momento|einen moment|проверка браузера|доступ ограничен|403 forbidden|blocked)\b",
    re.I,
)
_CHALLENGE = re.compile(
    r"verif(?:y|ying) (?:that )?you are (?:a )?human|checking (?:if the site connection is secure|your browser)|"
    r"enable javascript and cookies to continue|needs to review the security of your connection|"
    r"unusual (?:traffic|activity) from your|complete the (?:security check|captcha)|you have been blocked|"
    r"_cf_chl_opt|cf-browser-verification|captcha-delivery\.com|_Incapsula_Resource|px-captcha|"
    r"please enable (?:js|javascript) and disable any ad ?blocker",
    re.I,
)
_GONE = re.compile(
    r"^\W*(?:(?:error|http|fehler|erreur|ошибка)?\s?[:-]?\s?404\b|"
    r"(?:sorry,? )?(?:this |the |that )?(?:page|article|story|content) "
    r"(?:(?:you (?:were|are) looking for |you requested )?(?:was |could |can)?\s?(?:not|n[o']t|not be) (?:be )?found|"
    r"(?:does not|doesn.t|no longer) exist|is (?:no longer|not) available)|not found\W*$|oops\W+(?:that|this|page)|"
    r"(?:die )?seite (?:wurde )?(?:leider )?nicht gefunden|(?:cette )?page (?:introuvable|non trouvée)|"
    r"página no encontrada|página não encontrada|pagina non trovata|pagina niet gevonden|страница не найдена|"
    r"strona nie (?:została )?znaleziona|sidan (?:kunde inte hittas|hittades inte))",
    re.I,
)
_CONSENT = re.compile(
    r"we value your privacy|before you continue|cookie consent|(?:we|our partners|and our \d* ?partners) (?:use|store) "
    r"(?:cookies|and/or access)|manage (?:your )?(?:cookies|consent|privacy)|accept (?:all )?(?:cookies|and continue)|"
    r"privacy settings|your privacy (?:choices|matters)|mit werbung (?:und tracking )?weiter|cookies? zustimmen|"
    r"(?:ihre|deine) (?:zustimmung|einwilligung)|datenschutzeinstellungen|continuer sans accepter|"
    r"nous (?:utilisons|et nos partenaires)|respect de votre vie privée|valoramos tu privacidad|uso de cookies|"
    r"utilizziamo i cookie|la tua privacy|wij gebruiken cookies|privacyinstellingen|мы используем (?:файлы )?cookie|"
    r"vi värnar om din integritet|samtykke",
    re.I,
)
_LOGIN = re.compile(
    r"^\W*(?:(?:please )?(?:log|sign) ?in\b(?: to (?:continue|read|your account)| required)?|member login|"
    r"anmelden|einloggen|login|connexion|connectez-vous|identifiez-vous|iniciar sesión|inicia sesión|accedi|entrar|"
    r"inloggen|logga in|zaloguj(?: się)?|войти|вход|авторизация)(?:\W*$|\W+(?:to |with |\|))",
    re.I,
)
_PASSWORD = re.compile(r"<input\b[^>]{0,400}type=[\"']?password", re.I)
_SUBSCRIBE = re.compile(
    r"subscribe (?:now )?(?:to|and) (?:continue|read|unlock|keep reading|get (?:full|unlimited) access)|"
    r"to (?:continue|keep) reading|(?:this (?:article|story|content) is )?(?:only |exclusively )?(?:available )?"
    r"(?:for|to) (?:our )?(?:paying |premium )?(?:subscribers|members)\b(?: only)?|subscribers?[- ]only|"
    r"already (?:a |have a )?(?:subscriber|subscription|member)\b|unlock (?:this|the full) (?:article|story)|"
    r"register (?:for free )?to (?:continue|read)|(?:log|sign) in to (?:continue|read)|"
    r"you(?:'|’| ha)ve (?:reached|read|used) (?:your|all|the)|(?:last|remaining) free articles?|"
    r"start your (?:free )?trial|"
    r"jetzt (?:weiterlesen|abonnieren|freischalten|testen)|weiterlesen mit|(?:nur|exklusiv) für (?:unsere )?abonnent|"
    r"(?:sie sind )?bereits (?:abonnent|registriert|kund)|diesen (?:artikel|beitrag) (?:weiter)?lesen|"
    r"réservée? (?:à nos |aux )abonné|déjà abonné|abonnez-vous pour (?:lire|continuer|accéder)|il vous reste \d+|"
    r"suscr[ií]bete (?:para|y)|(?:solo|exclusivo|exclusiva) para suscriptores|¿?ya (?:eres|es) suscriptor|"
    r"para (?:seguir|continuar) leyendo|riservato agli abbonati|abbonati (?:per|a )|sei già abbonato|"
    r"per continuare a leggere|"
    r"(?:exclusivo|conteúdo) para assinantes|assine (?:para|já|agora)|já é assinante|continue lendo|"
    r"(?:только |доступн\w+ (?:только )?)(?:для )?подписчик|оформите подписку|"
    r"чтобы (?:про)?(?:дочитать|читать дальше|читать полностью)|"
    r"för prenumeranter|redan prenumerant|for abonnenter|kun for abonnent|alleen voor abonnees|"
    r"word abonnee|verder lezen|"
    r"dla (?:subskrybentów|prenumeratorów)|wykup (?:dostęp|subskrypcję)|czytaj dalej za|только по подписке|"
    r"会員限定|有料会員|有料記事|会員登録|继续阅读|订阅后|訂閱|구독자 전용|유료 ?회원|"
    r"للمشتركين|لمواصلة القراءة|למנויים",
    re.I,
)
_PAYWALL = re.compile(
    r"(?:class|id|data-testid)=[\"'][^\"'<>]{0,200}(?:pay-?wall|reg-?wall|subscri(?:ber|ption)-?(?:only|wall|required)|"
    r"meter(?:ed|ing)-|piano-|tp-modal|premium-(?:content|article|lock)|locked-(?:content|article)|article-?lock)",
    re.I,
)


def lock_of(claims: Claims) -> Lock:
    """Read what a page says of who may read it; the tree has to be whole yet."""
    if "sAccessibleForFree" not in claims.source:
        return Lock()
    parts = [node for node in _nodes(claims, claims.article.get("hasPart")) if _is_locked(node)]
    locked = _is_locked(claims.article) or bool(parts) or "alse" in claims.item("isAccessibleForFree")
    behind = 0
    for part in parts[:4]:
        behind = max(behind, _letters_at(claims, str(part.get("cssSelector") or "")))
    return Lock(locked, behind)


def wall(claims: Claims, lock: Lock, title: str, paragraphs: list[str]) -> Refusal | None:
    """Say which wall a page is; None for what may be an article."""
    length = _weight(paragraphs)
    if length >= _TEASER:
        return None
    plain = not (claims.article or claims.meta("og:type") == "article")
    heads = [head for head in (title, claims.meta("og:title"), _head(claims)) if head]
    visible = without_scripts(claims.source)[:_LOOKED_AT]
    if length < _SHORT and _is_challenge(claims, plain, heads, length):
        return Refusal(ReadingKind.CHALLENGE, "challenge: the page asks whether a human is there")
    if length < _SHORT and _any(_GONE, [*heads, *paragraphs[:1]]):
        return Refusal(ReadingKind.NOT_FOUND, "not found: the page says that there is no such page, with status 200")
    if length < _SHORT and plain and _is_consent(heads, paragraphs, visible):
        return Refusal(ReadingKind.CONSENT_WALL, "consent: the page asks for consent before it shows anything")
    if length < _SHORT and plain and _any(_LOGIN, heads) and _PASSWORD.search(claims.source, 0, _LOOKED_AT):
        return Refusal(ReadingKind.LOGIN_WALL, "login: the page asks who is there")
    if _is_paywall(lock, length, visible):
        return Refusal(ReadingKind.PAYWALL, "paywall: only the teaser is shown")
    return None


def _is_challenge(claims: Claims, plain: bool, heads: list[str], length: float) -> bool:
    asked = bool(_CHALLENGE.search(claims.source, 0, _LOOKED_AT))
    return (plain and asked) or (_any(_CHALLENGED, heads) and (asked or length < _MEAGRE))


def _is_paywall(lock: Lock, length: float, visible: str) -> bool:
    """Weigh: the page says that it is not free, or has a box for it, and asks to subscribe where a text would go on."""
    if lock.behind >= _BEHIND:
        return False
    if lock.locked:
        return length < _MEAGRE or (length < _TEASER and bool(_SUBSCRIBE.search(visible)))
    return length < _SHORT and bool(_PAYWALL.search(visible)) and bool(_SUBSCRIBE.search(visible))


def _is_consent(heads: list[str], paragraphs: list[str], visible: str) -> bool:
    if _any(_CONSENT, heads):
        return True
    asking = sum(len(line) for line in paragraphs if _CONSENT.search(line))
    return 2 * asking > sum(map(len, paragraphs)) if paragraphs else bool(_CONSENT.search(visible))


def _any(pattern: re.Pattern[str], lines: Iterable[str]) -> bool:
    return any(pattern.search(line) for line in lines)


def _weight(paragraphs: list[str]) -> float:
    """Give the length of a text in Latin letters: a Chinese, Japanese or Korean one says as much as 2.5 of them."""
    text = "".join(paragraphs)
    return len(text) + (_DENSITY - 1) * len(_DENSE.findall(text))


def _head(claims: Claims) -> str:
    head = claims.root.find("./head/title")
    return clean(words_in(head)) if head is not None else ""


def _nodes(claims: Claims, value: object) -> list[Node]:
    return [node for node in claims.graph.nodes(value or []) if isinstance(node, dict)]


def _is_locked(node: Node) -> bool:
    return str(node.get("isAccessibleForFree", "")).rsplit("/", 1)[-1].strip().lower() == "false"


def _letters_at(claims: Claims, selector: str) -> int:
    try:
        found = CSSSelector(selector)(claims.root) if selector else []
    except (SyntaxError, XPathError, ValueError):
        return 0
    return max((len("".join(words_in(part, 20_000).split())) for part in found[:20]), default=0)
