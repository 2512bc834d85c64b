"""The Python client: every call of the API, typed, waiting or asynchronous.

with Sangdan("http://127.0.0.1:8080", key) as alliance:
    quoted = alliance.promises.ask(postcode="04524", lines=[WishedFor(sku="sesame-oil-300", units=1)])
    order = alliance.orders.place(token=quoted.ways[0].token, shopper_id="kim")
"""

from .asynchronous import AsyncSangdan
from .page import Page
from .problem import Refused, Unreachable
from .waiting import Sangdan

__all__ = ["AsyncSangdan", "Page", "Refused", "Sangdan", "Unreachable"]
