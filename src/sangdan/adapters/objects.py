"""Objects, such as photos: files of a folder under the paths that we name them by."""

from pathlib import Path

from obstore.store import LocalStore

from sangdan.kit.settings import Settings


class Objects:
    """A store of objects.

    folder  made when the first object comes
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opened: LocalStore | None = None

    async def put(self, path: str, body: bytes) -> None:
        """Keep an object; whoever reads it sees all of it or nothing."""
        await self._store().put_async(path, body)

    async def get(self, path: str) -> bytes | None:
        """An object's bytes; None when there is none."""
        try:
            found = await self._store().get_async(path)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None

    async def drop(self, path: str) -> None:
        """Delete an object. Harmless when there is none."""
        try:
            await self._store().delete_async(path)
        except FileNotFoundError:
            return

    def _store(self) -> LocalStore:
        if self._opened is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._opened = LocalStore(self._folder)
        return self._opened


def open_objects(settings: Settings) -> Objects:
    """The objects of an installation; every process that keeps or deletes any sees the same folder."""
    return Objects(settings.objects or settings.home / "objects")
