"""What whoever forgot their password is told. Not a notice of an order: it goes by e-mail alone, and holds a secret."""

from typing import Final

from .picture import Names
from .receiver import Language
from .texts import Words

LETTERS: Final[dict[Language, Words]] = {
    "ko": Words(
        "비밀번호를 다시 정해 주세요",
        "{name}님, 안녕하세요.\n\n비밀번호를 다시 정하려면 {minutes}분 안에 아래 주소를 열어 주세요. "
        "한 번만 쓸 수 있습니다.\n\n"
        "{link}\n\n직접 요청하지 않으셨다면 이 메일을 무시하셔도 됩니다. 비밀번호는 그대로입니다.",
    ),
    "en": Words(
        "Choose a new password",
        "Dear {name},\n\nto choose a new password, open this address within {minutes} minutes. It works once.\n\n"
        "{link}\n\nIf you did not ask for it, ignore this message: your password stays as it is.",
    ),
}


def password_letter(language: Language, shop: Names, person: str, link: str, minutes: int) -> Words:
    """The message with the link.

    shop     whose member it is
    person   the member's name
    link     whole, with its secret
    minutes  for which it is good
    """
    words, whose = LETTERS[language], shop.ko if language == "ko" else shop.en
    text = words.text.format(name=person, link=link, minutes=minutes)
    return Words(f"[{whose}] {words.title}", text)
