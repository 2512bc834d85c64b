"""A shopper's words read before anything is ranked: keyboard, initial consonants, spacing, spelling, other names."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from math import inf
from typing import Final, Literal

import msgspec

from .amounts import Amount, counted
from .asides import ASIDES
from .hangul import as_korean, as_latin, is_initials, is_korean, is_syllable, plain_initials
from .lexicon import LONGEST, Lexicon, Other
from .words import MOST_CHARS, words

Because = Literal["", "keyboard", "initials", "spelling"]
_REASONS: Final[tuple[Because, ...]] = ("keyboard", "initials", "spelling")

_LATIN: Final = re.compile(r"[A-Za-z]+")
_MOST_INITIALS: Final = 8
# What a way to part a text into words costs.
_JOIN: Final = 0.6  # over a space that was typed
_CUT: Final = 0.3  # where none was typed
_SYLLABLE: Final = 3.5  # a word of one syllable inside another
# What a noun carries behind it: particles, and what makes a word for a taste, a use, a device or an origin of it.
PARTICLES: Final = frozenset(
    (
        *"은는이가을를의에도와과로랑용맛향형식제기산류거것때",
        "으로",
        "에서",
        "에게",
        "한테",
        "이랑",
        "하고",
        "할",
        "하는",
        "하기",
        "해서",
        "하게",
    )
)
_PARTICLE: Final = 1.5  # behind a word
_ASIDE: Final = 1.5  # a word that names no thing
_SHORT: Final = 3  # syllables
_SENTENCE: Final = 3  # words and the end: what has more
_ONE: Final = "1"  # of anything: says nothing
_STRANGE: Final = 5.0  # a syllable of no word
_UNKNOWN: Final = (1.5, 2.0)  # a typed word that is none, and each of its syllables
_MISTAKE: Final = (1.6, 1.2)  # a word that was mistyped, and each letter of it
_LEAST: Final = 1.0  # any word


class Word(msgspec.Struct, frozen=True):
    """One thing that is sought.

    text      as it is sought
    others    what it is called as well; any will do, but `text` is best
    optional  welcome, but goods without it are not left out
    """

    text: str
    others: tuple[Other, ...] = ()
    optional: bool = False


class Reading(msgspec.Struct, frozen=True):
    """What a text means.

    words    at least one, unless nothing can be read in it
    because  why it is read otherwise than typed; '' when it is not
    """

    words: tuple[Word, ...]
    because: Because = ""

    @property
    def spoken(self) -> str:
        """As one would have typed it."""
        return " ".join(word.text for word in self.words)


class _Piece(msgspec.Struct, frozen=True):
    text: str
    because: Because = ""
    inside: bool = False  # a part of a typed word, of one syllable
    aside: bool = False  # says how many, or names no thing
    others: tuple[Other, ...] = ()

    @property
    def firm(self) -> bool:
        """Whether it says what is sought."""
        return not self.inside and not self.aside


def read(text: str, lexicon: Lexicon) -> Reading:
    """Understand what was typed.

    text     anything that people type; of long ones the beginning counts
    lexicon  of the catalogue that is searched
    """
    as_typed = {found.lower(): found for found in _LATIN.findall(text[:MOST_CHARS])}
    pieces: list[_Piece] = []
    run: list[str] = []
    swapped = False
    for word in counted(words(text), lexicon.count):
        korean = _piece(word, as_typed, lexicon)
        if isinstance(korean, str):
            run.append(korean)
            swapped |= korean != word
            continue
        pieces += [*_parted(run, lexicon), korean]
        run = []
    pieces += _parted(run, lexicon)
    why: set[Because] = {piece.because for piece in pieces}
    if swapped:
        why.add("keyboard")
    found = tuple(_words(_joined(pieces, lexicon), lexicon))
    for reason in _REASONS:
        if reason in why:
            return Reading(found, reason)
    return Reading(found)


def _joined(pieces: Sequence[_Piece], lexicon: Lexicon) -> list[_Piece]:
    """What has another name when what stands between is left out: 눈에 좋은 영양제 is a 눈 영양제."""
    joined: list[_Piece] = []
    ahead = -1  # where the last one stands that says what is sought
    for piece in pieces:
        both = joined[ahead].text + piece.text if piece.firm and 0 <= ahead < len(joined) - 1 else ""
        if lexicon.alike(both):
            joined[ahead] = _Piece(both, joined[ahead].because or piece.because)
            continue
        joined.append(piece)
        ahead = len(joined) - 1 if piece.firm else ahead
    return joined


def _words(pieces: Sequence[_Piece], lexicon: Lexicon) -> Iterator[Word]:
    """What is sought; of what names no thing only what some goods have, unless there is nothing else."""
    firm = any(piece.firm for piece in pieces)
    for piece in pieces:
        if firm and piece.aside and (piece.text == _ONE or not lexicon.count(piece.text)):
            continue
        others = piece.others or lexicon.alike(piece.text)
        text = lexicon.of.spaced.get(piece.text, piece.text)
        if text != piece.text and piece.text in lexicon.of.words:  # goods are called so without spaces
            text, others = piece.text, (Other(text, 1.0), *others)
        yield Word(text, others, firm and not piece.firm)


def _piece(word: str | Amount, as_typed: Mapping[str, str], lexicon: Lexicon) -> str | _Piece:
    if isinstance(word, Amount):
        return _Piece(word.text, aside=True)
    return _korean(word, as_typed.get(word, word), lexicon)


def _korean(word: str, typed: str, lexicon: Lexicon) -> str | _Piece:
    """A word that goes on to be parted, in Korean syllables; or what it is read as."""
    if is_initials(word) and not lexicon.count(as_latin(word)):
        return _from_initials(plain_initials(word), lexicon)
    if is_korean(word[0]):
        latin = as_latin(word)
        if lexicon.count(latin) and not lexicon.count(word):
            return _Piece(latin, "keyboard")
        return word
    if lexicon.count(word) or any(char.isdigit() for char in word):
        return _Piece(word)
    meant = as_korean(typed) or as_korean(word)
    if meant is not None and _makes_sense(meant, lexicon):
        return meant
    if near := lexicon.nearest(word, _leeway(len(word))):
        return _Piece(near[0], "spelling")
    return _Piece(word)


def _from_initials(typed: str, lexicon: Lexicon) -> _Piece:
    """Words that begin with these consonants; when there is none, two words in a row."""
    found = lexicon.with_initials(typed, _MOST_INITIALS)
    if not found:
        for cut in range(2, len(typed) - 1):
            ahead, behind = lexicon.with_initials(typed[:cut], 3), lexicon.with_initials(typed[cut:], 3)
            found += [f"{one} {other}" for one in ahead for other in behind]
        found.sort(key=lambda both: sum(map(lexicon.cost, both.split())))
    if not found:
        return _Piece(typed, "initials")
    return _Piece(found[0], "initials", others=tuple(map(Other, found[1:_MOST_INITIALS])))


def _makes_sense(text: str, lexicon: Lexicon) -> bool:
    """Whether a text that another keyboard would have given is made of words that are known, or nearly."""
    if lexicon.count(text):
        return True
    parts = _parted([text], lexicon)
    return all(lexicon.count(part.text) and not part.inside for part in parts)


def _leeway(letters: int) -> float:
    """How many letters of a word may be wrong."""
    return 0.5 if letters < 3 else 1.0 if letters < 8 else 2.0


def _parted(run: Sequence[str], lexicon: Lexicon) -> list[_Piece]:
    """Korean words as they were typed, parted where words end: the cheapest of all ways.

    source  Viterbi's algorithm over the syllables of the run
    """
    if not run:
        return []
    typed = _Typed("".join(run), {0, *accumulate(map(len, run))}, lexicon)
    # As it was typed, strange words syllable by syllable: nothing dearer needs to be thought of.
    dearest = sum(lexicon.cost(word) if lexicon.count(word) else (_STRANGE + _CUT) * len(word) for word in run)
    many = len(typed.text)
    best: list[tuple[float, int, _Piece | None]] = [(inf, 0, None) for _ in range(many + 1)]
    best[0] = (0.0, 0, None)
    for at in range(many):
        reached = best[at][0] + (0.0 if at in typed.starts else _CUT)
        for end in range(at + 1, min(many, at + LONGEST) + 1):
            mended = reached + _MISTAKE[0]
            mends = mended < best[end][0] and mended + typed.rest(end) <= dearest
            priced = typed.priced(at, end, mends=mends)
            if priced is not None and reached + priced[0] < best[end][0]:
                best[end] = (reached + priced[0], at, priced[1])
    pieces: list[_Piece] = []
    at = many
    while at > 0:
        _, before, piece = best[at]
        assert piece is not None, "every syllable can stand alone"
        pieces.append(piece)
        at = before
    return pieces[::-1]


class _Typed:
    """Syllables in a row, to be parted into words.

    starts  where words were typed to begin, and the end
    """

    def __init__(self, text: str, starts: set[int], lexicon: Lexicon) -> None:
        self.text = text
        self.starts = starts
        self._lexicon = lexicon
        self._begun = list(accumulate(at in starts for at in range(len(text))))

    def rest(self, end: int) -> float:
        """What is behind a syllable costs at least: one word, and each space there another or one that is joined."""
        return 0.0 if end == len(self.text) else _LEAST + _JOIN * (self._begun[-1] - self._begun[end])

    def _leeway(self, part: str, *, whole: bool) -> float:
        """How many letters may be wrong; in a sentence a short word that is not known is likelier one than a slip."""
        if len(part) < _SHORT and len(self.starts) > _SENTENCE:
            return 0.5
        return _leeway(len(part) * (2 if whole else 1))

    def _behind(self, end: int) -> str:
        """What is left of a typed word."""
        return self.text[end : next(at for at in range(end, len(self.text) + 1) if at in self.starts)]

    def priced(self, at: int, end: int, *, mends: bool) -> tuple[float, _Piece] | None:
        """What it costs to take some syllables for one word, and for which; None when they are none.

        mends  whether they may be a known word that was mistyped
        """
        part, lexicon = self.text[at:end], self._lexicon
        spaces = self._begun[end - 1] - self._begun[at]
        opens, closes = at in self.starts, end in self.starts
        whole = opens and closes
        if part in ASIDES and (whole or (len(part) > 1 and (opens or closes))):
            return _ASIDE + _JOIN * spaces, _Piece(part, aside=True)
        if part in PARTICLES and closes and not whole and not spaces:
            return _PARTICLE, _Piece(part, inside=True)
        if lexicon.count(part):
            if len(part) > 1 or (whole and not spaces) or (opens and self._behind(end) in PARTICLES):
                return lexicon.cost(part) + _JOIN * spaces, _Piece(part)
            return _SYLLABLE, _Piece(part, inside=True)
        if len(part) == 1:
            return _STRANGE, _Piece(part, inside=not whole)
        if spaces or not (opens or closes) or not (mends or whole) or not all(map(is_syllable, part)):
            return None
        near = lexicon.nearest(part, self._leeway(part, whole=whole)) if mends else None
        if near is not None:
            return _MISTAKE[0] + _MISTAKE[1] * near[1], _Piece(near[0], "spelling")
        return (_UNKNOWN[0] + _UNKNOWN[1] * len(part), _Piece(part)) if whole else None
