"""The embedded PostgreSQL: started, shared, mended and stopped by us. The wheel supplies the programs only."""

from .cluster import Archive, Cluster
from .database import address, admin_address, archive_of, database, folder, psql
from .supervisor import Server, Status, attached, start, status, stop, throwaway

__all__ = [
    "Archive",
    "Cluster",
    "Server",
    "Status",
    "address",
    "admin_address",
    "archive_of",
    "attached",
    "database",
    "folder",
    "psql",
    "start",
    "status",
    "stop",
    "throwaway",
]
