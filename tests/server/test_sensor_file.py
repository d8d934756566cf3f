"""The sensor file: what it may hold, and how a mistake in it is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from citiverse_server.errors import ConfigError
from citiverse_server.overlays.sensor_file import lines_of, read_sensor_file

if TYPE_CHECKING:
    from pathlib import Path

FILE = """
[mqtt]
url = "mqtt://127.0.0.1:1883"

[[datastream]]
key = "air"
name = "Fine dust (PM2.5), market"
observed_property = "PM2.5"
unit = "µg/m³"
feature = "town/BLDG_0042"
topic = "sensors/market"
value = "/value"
time = "/time"
range = [0, 1000]
stale_after_s = 120

[[datastream]]
key = "tide"
name = "Water level"
observed_property = "water level"
unit = "m"
topic = "sensors/tide"
"""

WITH_THINGS = """
[[source]]
name = "city"
kind = "push"
thing_defaults = {licence = "CC-BY-4.0", owner = "Town", reality = "simulated"}

[[thing]]
key = "mast"
name = "Mast"
position = [13.06, 52.4]
owner = "Waterworks"
aliases = ["urn:ngsi-ld:Device:mast"]

[[thing]]
key = "tram"
name = "Tram"
moving = true

[[datastream]]
key = "mast.air"
name = "Air"
observed_property = "PM10"
unit = "µg/m³"
source = "city"
thing = "urn:ngsi-ld:Device:mast"
value = "pm10"
"""


def test_a_sensor_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "sensors.toml").write_text(FILE)
    sensors = read_sensor_file(tmp_path / "sensors.toml")
    assert sensors.mqtt is not None
    assert sensors.mqtt.url == "mqtt://127.0.0.1:1883"
    assert [entry.key for entry in sensors.datastream] == ["air", "tide"]
    assert sensors.datastream[0].range == (0.0, 1000.0)
    assert [entry.datastream().stale_after_s for entry in sensors.datastream] == [120.0, 300.0]


def test_a_value_is_stale_after_two_periods(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(
        FILE.replace('topic = "sensors/tide"', 'topic = "sensors/tide"\nperiod_s = 600')
    )
    assert read_sensor_file(file).datastream[1].datastream().stale_after_s == 1200.0


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('key = "air"', "key = ", "sensors.toml:6: this is no TOML"),
        ('key = "air"', 'kye = "air"', "kye"),
        ('topic = "sensors/tide"', "", "topic"),
        ('topic = "sensors/tide"', 'topic = "sensors/#/x"', "# stands alone and last"),
        ('topic = "sensors/tide"', 'topic = "sensors/x+"', "stand for a whole level"),
        ('topic = "sensors/tide"', 'topic = "{thing}/{thing}"', "a topic names one thing"),
        ('topic = "sensors/tide"', 'topic = "x/{thing}"', "{thing} in the key goes with"),
        ('value = "/value"', 'value = "value"', "value"),
        ('key = "tide"', 'key = "air"', "two datastreams have the key 'air'; rename one"),
        ("range = [0, 1000]", "range = [5, 5]", "datastream 'air': the range is empty"),
        ("range = [0, 1000]", "range = [nan, 5]", "the range is empty"),
        ("stale_after_s = 120", "stale_after_s = 0", "stale_after_s"),
        ("mqtt://127.0.0.1:1883", "http://127.0.0.1", "url"),
        ("mqtt://127.0.0.1:1883", "mqtt://me:secret@host", "url"),
        ("mqtt://127.0.0.1:1883", "mqtt://host:99999", "Port out of range"),
        ('unit = "m"', 'unit = "m"\nucum = "bananas"', "'bananas' is no UCUM code"),
        ('unit = "m"', 'unit = "m"\nsource_ucum = "Cel"', "measure different things"),
        ('unit = "m"', 'unit = "fish"\nsource_ucum = "m"', "nobody knows what 'fish' is in UCUM"),
        ('unit = "m"', 'unit = "m"\nthing = "mast"', "there is no thing 'mast'"),
        ('unit = "m"', 'unit = "m"\nsource = "city"', "there is no source 'city'"),
        (
            "[mqtt]",
            '[[source]]\nname = "a"\nkind = "pull"\nurl = "ftp://x"\n[mqtt]',
            "sensors.toml:2: source 'a': its url must begin with http:// or https://",
        ),
        (
            "[mqtt]",
            '[[source]]\nname = "a"\nkind = "push"\ntimezone = "Mars"\n[mqtt]',
            "nobody knows the time zone 'Mars'",
        ),
        (
            "[mqtt]",
            '[[thing]]\nkey = "t"\nname = "T"\nposition = [52.0, 130.0]\n[mqtt]',
            "the longitude first",
        ),
        (
            "[mqtt]",
            '[[thing]]\nkey = "t"\nname = "T"\naliases = ["t"]\n[mqtt]',
            "two things have the key or alias 't'",
        ),
        (
            "[mqtt]",
            '[[source]]\nname = "a"\nkind = "mqtt"\nurl = "mqtt://x/city"\n[mqtt]',
            "ends with the broker",
        ),
        (
            "[mqtt]",
            '[[source]]\nname = "a"\nkind = "mqtt"\nurl = "mqtt://["\n[mqtt]',
            "its url can't be used",
        ),
        (
            "[mqtt]",
            '[[source]]\nname = "a"\nkind = "sensorthings-mqtt"\nurl = "mqtt://x"\n[mqtt]',
            "things_url must say",
        ),
    ],
)
def test_a_wrong_sensor_file_is_told_where_and_why(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_sensor_file(file)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_sensor_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be opened"):
        read_sensor_file(tmp_path / "none.toml")


def test_the_line_of_the_table_is_told(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.replace('topic = "sensors/tide"', "topic = 5"))
    with pytest.raises(ConfigError, match=r"sensors\.toml:22: .*datastream\[1\]\.topic"):
        read_sensor_file(file)
    file.write_text(FILE.replace('name = "Water level"\n', ""))
    with pytest.raises(ConfigError, match=r"sensors\.toml:17: .*required field `name`"):
        read_sensor_file(file)


def test_a_field_that_isnt_there_is_told_with_the_one_that_is(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(FILE.replace('topic = "sensors/tide"', 'tpic = "sensors/tide"'))
    with pytest.raises(ConfigError, match=r"sensors\.toml:22: .*perhaps `topic` is meant"):
        read_sensor_file(file)


def test_lines_of_tables_are_found() -> None:
    text = "a\n[[datastream]]\n\n [[ datastream ]] # more\n[[other]]\n#[[datastream]]\n"
    assert lines_of(text, "datastream") == [2, 4]
    assert lines_of("", "datastream") == []


def test_a_thing_takes_what_it_does_not_say_from_its_source(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text(WITH_THINGS)
    things = {thing.key: thing for thing in read_sensor_file(file).things}
    mast, tram = things["mast"], things["tram"]
    assert (mast.licence, mast.owner, mast.reality) == ("CC-BY-4.0", "Waterworks", "simulated")
    assert mast.position is not None
    assert mast.position[:2] == (13.06, 52.4)
    assert math.isnan(mast.position[2])
    assert (tram.licence, tram.reality, tram.moving) == ("", "measured", True)


def test_a_file_may_leave_its_datastreams_to_its_sources(tmp_path: Path) -> None:
    file = tmp_path / "sensors.toml"
    file.write_text('[[source]]\nname = "city"\nkind = "sensorthings"\nurl = "https://x/v1.1"\n')
    assert read_sensor_file(file).sources[0].kind == "sensorthings"
    file.write_text("")
    with pytest.raises(ConfigError, match="neither a source nor a datastream"):
        read_sensor_file(file)
