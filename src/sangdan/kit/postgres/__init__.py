"""The embedded PostgreSQL: started, shared, mended and stopped by us. The wheel supplies the programs only."""

from .supervisor import Server, Status, attached, start, status, stop, throwaway

__all__ = ["Server", "Status", "attached", "start", "status", "stop", "throwaway"]
