"""The embedded PostgreSQL: started, shared, mended and stopped by us. The wheel supplies the programs only."""

from .database import address, database, folder, psql
from .supervisor import Server, Status, attached, start, status, stop, throwaway

__all__ = [
    "Server",
    "Status",
    "address",
    "attached",
    "database",
    "folder",
    "psql",
    "start",
    "status",
    "stop",
    "throwaway",
]
