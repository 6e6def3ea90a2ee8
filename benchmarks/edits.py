"""What becomes of a text on its way through other newsrooms: copies, updates, and look-alikes that are neither."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_BLANK = re.compile(r"\n\s*\n")
_NUMBER = re.compile(r"\d+")
_NAME = re.compile(r"(?<=[\w,;] )[^\W\d_]{2,}")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SYLLABLES = "ka ber lin so mar tov an del ri vo ske hal ming da ruz fe nor wick pa lu gro bain".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Body:
    """One real or generated text and where it stood."""

    domain: str
    title: str
    text: str

    @property
    def paragraphs(self) -> list[str]:
        return [part.strip() for part in _BLANK.split(self.text) if part.strip()]


@dataclass(frozen=True, slots=True)
class Bench:
    """The texts from which foreign words and paragraphs are taken, and the chance that takes them."""

    bodies: Sequence[Body]
    chance: random.Random

    def foreign(self, body: Body) -> Body:
        """Give another text, of another domain where there is one."""
        for _ in range(20):
            other = self.chance.choice(self.bodies)
            if other.domain != body.domain:
                return other
        return other


Edit = Callable[[Body, Bench], str]


def _tokens(text: str) -> list[str]:
    """Cut into words with the blanks behind them; into letters where no blanks are."""
    return re.findall(r"\s|\S", text) if _is_unspaced(text) else re.findall(r"\S+\s*", text)


def _is_unspaced(text: str) -> bool:
    return 3 * len(_UNSPACED.findall(text)) > len(text)


def trimmed(share: float) -> Edit:
    """Cut the text behind so much of it."""

    def edit(body: Body, bench: Bench) -> str:
        tokens = _tokens(body.text)
        return "".join(tokens[: max(1, round(share * len(tokens)))])

    return edit


def without_paragraphs(share: float) -> Edit:
    """Leave out paragraphs here and there."""

    def edit(body: Body, bench: Bench) -> str:
        parts = body.paragraphs
        kept = sorted(bench.chance.sample(range(len(parts)), max(1, round(share * len(parts)))))
        return "\n\n".join(parts[place] for place in kept)

    return edit


def worded_anew(share: float) -> Edit:
    """Replace, drop or insert so many of the words."""

    def edit(body: Body, bench: Bench) -> str:
        tokens, foreign = _tokens(body.text), _tokens(bench.foreign(body).text)
        for place in bench.chance.sample(range(len(tokens)), max(1, round(share * len(tokens)))):
            word, blank = tokens[place].rstrip(), tokens[place][len(tokens[place].rstrip()) :]
            other = bench.chance.choice(foreign).strip()
            how = bench.chance.random()
            tokens[place] = blank if how < 0.2 else f"{word} {other}{blank}" if how < 0.4 else f"{other}{blank}"
        return "".join(tokens)

    return edit


def extended(count: int, *, before: bool = False) -> Edit:
    """Add paragraphs of another text."""

    def edit(body: Body, bench: Bench) -> str:
        foreign = [part for part in bench.foreign(body).paragraphs if len(part) > 60][:count]
        return "\n\n".join([*foreign, *body.paragraphs] if before else [*body.paragraphs, *foreign])

    return edit


def reordered(body: Body, bench: Bench) -> str:
    """Shuffle the paragraphs, of a single one the sentences."""
    parts = body.paragraphs
    if len(parts) < 3:
        parts = re.split(r"(?<=[.!?。]) ?", body.text)
    bench.chance.shuffle(parts)
    return "\n\n".join(parts)


def straightened(body: Body, bench: Bench) -> str:
    """Set quotes, dashes and blanks another way."""
    plain = body.text.translate(str.maketrans("“”„«»‘’–—", '"""""\'\'--')).replace("...", "…")
    return re.sub(r" +", "  ", plain).replace("\n\n", "\n \n")


def capitals(body: Body, bench: Bench) -> str:
    """Print everything in capitals."""
    return body.text.upper()


def signed(body: Body, bench: Bench) -> str:
    """Add a byline above and the agency's line below."""
    return f"By Our Correspondent\n\n{body.text}\n\nReporting by A. Writer; editing by B. Reader. All rights reserved."


def localised(body: Body, bench: Bench) -> str:
    """Write numbers and some words as another house does."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", body.text)
    text = re.sub(r"(\d+) ?(?:per ?cent)", r"\1%", text)
    swaps = {"said": "told reporters", "but": "yet", "United States": "US", "centre": "center", "около": "порядка"}
    swaps |= {"also": "too", "however": "though", "sagte": "erklärte", "aber": "doch", "mais": "cependant"}
    for word, other in swaps.items():
        text = re.sub(rf"\b{word}\b", other, text)
    return text


def mixed(body: Body, bench: Bench) -> str:
    """Cut a little, word a little anew, add a paragraph and a byline, straighten the quotes."""
    for edit in (trimmed(0.85), worded_anew(0.02), extended(1), straightened, signed):
        body = Body(body.domain, body.title, edit(body, bench))
    return body.text


def carried_on(share: float) -> Edit:
    """Keep so much of the text and tell more than that much else: an update."""

    def edit(body: Body, bench: Bench) -> str:
        tokens, foreign = _tokens(body.text), _tokens(bench.foreign(body).text)
        kept = tokens[: round(share * len(tokens))]
        added: list[str] = []
        while len(added) < len(tokens) - len(kept):
            added += foreign
        return "".join(added[: len(tokens) - len(kept)]) + "\n\n" + "".join(kept)

    return edit


def other_numbers(body: Body, bench: Bench) -> str:
    """Change every number: the next day of a series."""
    return _NUMBER.sub(lambda found: _another_number(found.group(), bench.chance), body.text)


def other_names(body: Body, bench: Bench) -> str:
    """Change every name and number, the same name the same way each time: one template, another event."""
    lower = set(re.findall(r"\b[^\W\d_A-Z]\w+", body.text))
    names: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        word = found.group()
        if not word[0].isupper() or word.lower() in lower:
            return word
        return names.setdefault(word, _another_name(bench.chance))

    text = _NAME.sub(rename, body.text)
    for word, other in names.items():
        text = re.sub(rf"\b{re.escape(word)}\b", other, text)
    return _NUMBER.sub(lambda found: _another_number(found.group(), bench.chance), text)


def _another_name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=chance.randint(2, 3))).capitalize()


def _another_number(number: str, chance: random.Random) -> str:
    low = 10 ** (len(number) - 1)
    return str(chance.randrange(low, 10 * low)) if len(number) < 12 else number


COPIES: dict[str, Edit] = {
    "retitled": lambda body, bench: body.text,
    "trimmed to 80 %": trimmed(0.8),
    "trimmed to 60 %": trimmed(0.6),
    "trimmed to 40 %": trimmed(0.4),
    "paragraphs left out": without_paragraphs(0.6),
    "1 % worded anew": worded_anew(0.01),
    "3 % worded anew": worded_anew(0.03),
    "5 % worded anew": worded_anew(0.05),
    "8 % worded anew": worded_anew(0.08),
    "house style": localised,
    "1 paragraph added": extended(1),
    "2 paragraphs added": extended(2),
    "3 paragraphs before": extended(3, before=True),
    "reordered": reordered,
    "quotes straightened": straightened,
    "in capitals": capitals,
    "byline, agency line": signed,
    "mixed": mixed,
}
UPDATES: dict[str, Edit] = {
    "60 % kept": carried_on(0.6),
    "50 % kept": carried_on(0.5),
    "45 % kept": carried_on(0.45),
}
LOOK_ALIKES: dict[str, Edit] = {
    "other numbers": other_numbers,
    "other names and numbers": other_names,
    "10 % kept": carried_on(0.1),
}
