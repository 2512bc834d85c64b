"""The words of every problem, in both languages. English detail comes with the problem itself; the rest is here, by code."""

import string
from typing import Final, NamedTuple

from sangdan.kit.problems import Problem

DEFAULT: Final = "en"
LANGUAGES: Final = ("en", "ko")


class Text(NamedTuple):
    """A problem's words.

    title    English title: the kind, not the occurrence
    ko       Korean title
    ko_more  Korean detail; {names} are filled from the problem's arguments
    """

    title: str
    ko: str
    ko_more: str


DOOR: Final[dict[str, Text]] = {
    "api-key-unknown": Text(
        "API key unknown",
        "알 수 없는 API 키",
        "Authorization 헤더에 'Bearer sgd_...' 형식의 유효한 키를 보내 주세요.",
    ),
    "bad-request": Text("Request not understood", "이해할 수 없는 요청", "요청을 이해하지 못했습니다: {reason}"),
    "body-too-large": Text("Body too large", "너무 큰 본문", "이 주소가 받을 수 있는 크기를 넘었습니다. 나누어 보내 주세요."),
    "cursor-unreadable": Text("Cursor unreadable", "읽을 수 없는 커서", "받은 next 값을 그대로 보내거나, 커서 없이 처음부터 조회해 주세요."),
    "database-away": Text("Database away", "데이터베이스 연결 안 됨", "지금 데이터베이스에 연결할 수 없습니다. 잠시 후 다시 시도해 주세요."),
    "internal-error": Text("Something went wrong on our side", "내부 오류", "저희 쪽 문제입니다. 신고하실 때 요청 번호를 알려 주세요."),
    "invalid-request": Text("Request does not fit", "형식에 맞지 않는 요청", "요청 값을 확인해 주세요. {named}"),
    "malformed-body": Text("Body is not JSON", "JSON이 아닌 본문", "본문이 올바른 JSON이 아닙니다."),
    "media-type-unknown": Text("Media type unknown", "알 수 없는 미디어 형식", "{media_type} 형식은 받지 않습니다. {known} 중 하나로 보내 주세요."),
    "role-may-not": Text("Role may not do this", "권한 없음", "{role} 역할의 키로는 이 요청을 할 수 없습니다."),
    "unknown-method": Text("Verb not taken here", "지원하지 않는 메서드", "이 주소는 해당 메서드를 지원하지 않습니다. /openapi.json을 참고해 주세요."),
    "unknown-route": Text("Nothing at this address", "없는 주소", "이 주소에는 아무것도 없습니다. /openapi.json을 참고해 주세요."),
}

KIT: Final[dict[str, Text]] = {
    "client-exists": Text("Client exists", "이미 있는 클라이언트", "{client_id} 클라이언트가 이미 있습니다. 다른 이름을 정해 주세요."),
    "client-without-partner": Text("Client without an ally", "제휴사 없는 클라이언트", "{role} 역할의 클라이언트에는 제휴사를 지정해야 합니다."),
    "idempotency-key-missing": Text(
        "Idempotency-Key missing", "Idempotency-Key 없음", "쓰기 요청에는 Idempotency-Key 헤더가 필요합니다. 요청마다 고유한 문자열을 정해 보내 주세요."
    ),
    "idempotency-key-reused": Text(
        "Idempotency-Key reused", "이미 쓰인 Idempotency-Key", "이 Idempotency-Key는 다른 요청에 쓰였습니다. 새 요청에는 새 키를 써 주세요."
    ),
    "idempotency-key-unfit": Text(
        "Idempotency-Key unfit", "쓸 수 없는 Idempotency-Key", "Idempotency-Key는 1~{most}자의 출력 가능한 ASCII 문자여야 합니다."
    ),
    "no-such-client": Text("No such client", "없는 클라이언트", "{client_id} 클라이언트가 없거나 이미 폐기되었습니다."),
}

STOCK: Final[dict[str, Text]] = {
    "bad-units": Text("Units out of bounds", "잘못된 수량", "수량은 1 이상 {most} 이하여야 합니다. 받은 값: {units}"),
    "no-such-inbound": Text("No such inbound", "없는 입고 예정", "{node_id} 거점에 입고 예정 {inbound_id}이(가) 없습니다."),
    "no-such-reservation": Text("No such reservation", "없는 예약", "{node_id} 거점에 유효한 예약이 없습니다."),
    "out-of-stock": Text("Out of stock", "재고 부족", "{node_id} 거점에서 {sku} {units}개를 지금 드릴 수 없습니다. 수량이나 거점을 바꿔 주세요."),
    "reserved-units": Text("Units are promised", "이미 약속된 수량", "이미 약속된 수량보다 적게 조정할 수 없습니다."),
}

TEXTS: Final[dict[str, Text]] = DOOR | KIT | STOCK


def language(accept_language: str | None) -> str:
    """The language to speak: the asker's most wished one that we have, else English.

    accept_language  e.g. 'ko-KR,ko;q=0.9,en;q=0.8'; None when the asker said nothing
    """
    wished: list[tuple[float, str]] = []
    for part in (accept_language or "").split(","):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        wished.append((quality, tag.strip().lower().partition("-")[0]))
    spoken = [(quality, tag) for quality, tag in wished if tag in LANGUAGES and quality > 0]
    return max(spoken, key=lambda each: each[0])[1] if spoken else DEFAULT


def fields(text: str) -> set[str]:
    """The names that a text wants filled."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def render(problem: Problem, spoken: str) -> tuple[str, str]:
    """A problem's title and detail.

    spoken  'en' or 'ko'
    """
    text = TEXTS.get(problem.code)
    if text is None:
        return problem.code, problem.detail
    if spoken == "en":
        return text.title, problem.detail
    if fields(text.ko_more) <= problem.facts.keys():
        return text.ko, text.ko_more.format_map(problem.facts)
    return text.ko, problem.detail
