"""What shoppers are told: the decision, the moment, the ways, and the words. Pure."""

from .decision import LOST, RE_PROMISED, SHOPPER, WINDOW_S, Args, PartSaid, Said, Topic, decide
from .korean import LMS_BYTES, SMS_BYTES, cut_to, particle, sms_bytes, speakable
from .notice import Notice, State
from .password import password_letter
from .picture import Known, LineKnown, LineNow, Names, ParcelNow, Picture, as_sold, difference
from .receiver import Address, Channel, Language, Leg, Receiver, Wish, legs
from .several import TOLD_TOGETHER, alike, as_one
from .texts import Template, Text, code, registered, render, template, templates
from .timing import Go, Hold, Hurry, Kind, Silence, may_send, quiet_until, retry_at

__all__ = [
    "LMS_BYTES", "LOST", "RE_PROMISED", "SHOPPER", "SMS_BYTES", "TOLD_TOGETHER", "WINDOW_S", "Address", "Args",
    "Channel", "Go", "Hold", "Hurry", "Kind", "Known", "Language", "Leg", "LineKnown", "LineNow", "Names",
    "Notice", "ParcelNow", "PartSaid", "Picture", "Receiver", "Said", "Silence", "State", "Template", "Text",
    "Topic", "Wish", "alike", "as_one", "as_sold", "code", "cut_to", "decide", "difference", "legs", "may_send",
    "particle", "password_letter", "quiet_until", "registered", "render", "retry_at", "sms_bytes", "speakable",
    "template", "templates",
]  # fmt: skip
