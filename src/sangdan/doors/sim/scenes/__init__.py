"""Scenes: moments of the alliance, each set up, played on the production code, and checked."""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import uvloop

from . import cold_night, lights_out, milk_and_bread, not_on_the_shelf, one_basket, rush, ten_to_ten
from .stage import Line, Scene, Stage, Tell

__all__ = ["SCENES", "Line", "Scene", "Stage", "Tell", "perform", "play"]

log = logging.getLogger("sangdan.scenes")

# In the order in which they are shown.
_ALL: Final[tuple[Scene, ...]] = (
    one_basket.SCENE, ten_to_ten.SCENE, rush.SCENE, cold_night.SCENE, milk_and_bread.SCENE, not_on_the_shelf.SCENE,
    lights_out.SCENE,
)  # fmt: skip
SCENES: Final[Mapping[str, Scene]] = MappingProxyType({scene.name: scene for scene in _ALL})


def play(name: str, tell: Tell) -> bool:
    """Play a scene from beginning to end.

    name   one of SCENES
    tell   hears each line as it happens
    gives  whether its story is true
    """
    return uvloop.run(perform(SCENES[name], tell))


async def perform(scene: Scene, tell: Tell) -> bool:
    """Play a scene inside a running loop; as `play`."""
    async with Stage(tell) as stage:
        try:
            await scene.run(stage)
        except Exception as problem:
            log.exception("scene broke off", extra={"scene": scene.name})
            stage.end(problem)
        else:
            stage.end()
        return stage.holds
