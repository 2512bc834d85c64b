"""The groups of calls, put together. Made from the OpenAPI document by `make client`."""

from sangdan.client.transport import AsyncTransport, Transport

from .analytics import Analytics, AsyncAnalytics
from .catalogue import AsyncCatalogue, Catalogue
from .clients import AsyncClients, Clients
from .closings import AsyncClosings, Closings
from .events import AsyncEvents, Events
from .explanations import AsyncExplanations, Explanations
from .exports import AsyncExports, Exports
from .goods import AsyncGoods, Goods
from .holds import AsyncHolds, Holds
from .imports import AsyncImports, Imports
from .notices import AsyncNotices, Notices
from .orders import AsyncOrders, Orders
from .outages import AsyncOutages, Outages
from .parcels import AsyncParcels, Parcels
from .payments import AsyncPayments, Payments
from .promises import AsyncPromises, Promises
from .recipients import AsyncRecipients, Recipients
from .reservations import AsyncReservations, Reservations
from .reviews import AsyncReviews, Reviews
from .sandbox import AsyncSandbox, Sandbox
from .search import AsyncSearch, Search
from .shoppers import AsyncShoppers, Shoppers
from .statements import AsyncStatements, Statements
from .stock import AsyncStock, Stock
from .tasks import AsyncTasks, Tasks
from .webhooks import AsyncWebhooks, Webhooks


class Groups:
    """What the client offers, by group."""

    def __init__(self, transport: Transport) -> None:
        self.analytics = Analytics(transport)
        self.catalogue = Catalogue(transport)
        self.clients = Clients(transport)
        self.closings = Closings(transport)
        self.events = Events(transport)
        self.explanations = Explanations(transport)
        self.exports = Exports(transport)
        self.goods = Goods(transport)
        self.holds = Holds(transport)
        self.imports = Imports(transport)
        self.notices = Notices(transport)
        self.orders = Orders(transport)
        self.outages = Outages(transport)
        self.parcels = Parcels(transport)
        self.payments = Payments(transport)
        self.promises = Promises(transport)
        self.recipients = Recipients(transport)
        self.reservations = Reservations(transport)
        self.reviews = Reviews(transport)
        self.sandbox = Sandbox(transport)
        self.search = Search(transport)
        self.shoppers = Shoppers(transport)
        self.statements = Statements(transport)
        self.stock = Stock(transport)
        self.tasks = Tasks(transport)
        self.webhooks = Webhooks(transport)


class AsyncGroups:
    """What the asynchronous client offers, by group."""

    def __init__(self, transport: AsyncTransport) -> None:
        self.analytics = AsyncAnalytics(transport)
        self.catalogue = AsyncCatalogue(transport)
        self.clients = AsyncClients(transport)
        self.closings = AsyncClosings(transport)
        self.events = AsyncEvents(transport)
        self.explanations = AsyncExplanations(transport)
        self.exports = AsyncExports(transport)
        self.goods = AsyncGoods(transport)
        self.holds = AsyncHolds(transport)
        self.imports = AsyncImports(transport)
        self.notices = AsyncNotices(transport)
        self.orders = AsyncOrders(transport)
        self.outages = AsyncOutages(transport)
        self.parcels = AsyncParcels(transport)
        self.payments = AsyncPayments(transport)
        self.promises = AsyncPromises(transport)
        self.recipients = AsyncRecipients(transport)
        self.reservations = AsyncReservations(transport)
        self.reviews = AsyncReviews(transport)
        self.sandbox = AsyncSandbox(transport)
        self.search = AsyncSearch(transport)
        self.shoppers = AsyncShoppers(transport)
        self.statements = AsyncStatements(transport)
        self.stock = AsyncStock(transport)
        self.tasks = AsyncTasks(transport)
        self.webhooks = AsyncWebhooks(transport)
