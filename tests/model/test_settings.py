"""Settings: read from the environment, checked, shown without secrets."""

from pathlib import Path

import pytest

from sangdan.kit.settings import BadSettings, load, shown

SECRET = "correct horse battery staple mark two"


def test_defaults_stand_where_nothing_was_chosen() -> None:
    settings = load({})
    assert (settings.host, settings.port, settings.confirm_after_days) == ("127.0.0.1", 8080, 7)
    assert load({"SANGDAN_PORT": ""}).port == 8080


def test_the_environment_chooses() -> None:
    settings = load({"SANGDAN_PORT": "9000", "SANGDAN_HOME": "~/shop", "SANGDAN_LOG_LEVEL": "debug", "PORT": "1"})
    assert (settings.port, settings.home, settings.log_level) == (9000, Path.home() / "shop", "debug")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANGDAN_PORT", "http"),
        ("SANGDAN_PORT", "65536"),
        ("SANGDAN_PORT", "80.5"),
        ("SANGDAN_DATABASE_POOL_SIZE", "0"),
        ("SANGDAN_DATABASE_URL", "host=db dbname=shop"),
        ("SANGDAN_LOG_LEVEL", "loud"),
        ("SANGDAN_RELEASE_AFTER_S", "-1"),
        ("SANGDAN_SECRET", "too short"),
        ("SANGDAN_PORTT", "1"),
    ],
)
def test_what_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(BadSettings, match=rf"{name}\b"):
        load({name: value})


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadSettings) as told:
        load({"SANGDAN_PORT": "x", "SANGDAN_LOG_LEVEL": "loud"})
    assert "SANGDAN_PORT" in told.value.detail
    assert "SANGDAN_LOG_LEVEL" in told.value.detail


def test_a_secret_is_never_shown_not_even_a_wrong_one() -> None:
    chosen = {"SANGDAN_SECRET": SECRET, "SANGDAN_DATABASE_URL": "postgresql://me:hunter2@db/shop"}
    text = str(shown(load(chosen), chosen))
    assert SECRET not in text
    assert "hunter2" not in text
    with pytest.raises(BadSettings) as told:
        load({"SANGDAN_SECRET": "hunter2"})
    assert "hunter2" not in told.value.detail


def test_the_list_tells_what_was_chosen_and_what_each_means() -> None:
    chosen = {"SANGDAN_PORT": "9000"}
    entries = {entry.name: entry for entry in shown(load(chosen), chosen)}
    assert (entries["SANGDAN_PORT"].value, entries["SANGDAN_PORT"].chosen) == ("9000", True)
    assert not entries["SANGDAN_HOST"].chosen
    assert all(entry.meaning for entry in entries.values())
