"""`sangdan completion`: let the shell complete our commands."""

from typing import Literal

from . import build


def completion(*, shell: Literal["bash", "zsh", "fish"] | None = None) -> None:
    """Install tab completion for this shell, and tell where it went.

    Parameters
    ----------
    shell
        The shell; the one that called us when left out.
    """
    print(f"Installed in {build().install_completion(shell=shell)}. Open a new shell to use it.")
