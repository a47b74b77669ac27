"""The ground that maps are drawn on: only names and shapes, from files that a force brings."""

from __future__ import annotations

import json

import pytest

from peelian.app.patrol.geography import add_layer, layers, shapes
from peelian.core.errors import InvalidError, MissingError


def line(name: object, *points: list[float], **more: object) -> dict[str, object]:
    """Make a feature."""
    return {
        "type": "Feature",
        "properties": {"name": name} | more,
        "geometry": {"type": "LineString", "coordinates": list(points)},
    }


def written(path, *features):
    """Write a collection of features."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
    return path


def test_only_names_and_shapes_are_kept(tmp_path):
    """A street file may hold who lives there; a map needs none of that, and it never reaches the folder."""
    source = written(tmp_path / "s.json", line("Mill  Road", [0.1, 51.2], [0.2, 51.3], occupier="J. Doe"))
    kept = add_layer(tmp_path, "streets", source)
    assert kept["features"] == 1
    assert "Doe" not in (tmp_path / "geography" / "streets.geojson").read_text()
    [(name, shape)] = shapes(tmp_path, "streets")
    assert name == "Mill Road" and list(shape.coords) == [(0.1, 51.2), (0.2, 51.3)]


def test_layers_come_in_the_order_in_which_they_are_drawn(tmp_path):
    """Parks drawn over streets would hide them."""
    source = written(tmp_path / "s.json", line("a", [0, 51], [1, 52]))
    for layer in ("streets", "parks"):
        add_layer(tmp_path, layer, source)
    assert list(layers(tmp_path)) == ["parks", "streets"]
    assert shapes(tmp_path, "water") == []


def test_a_replaced_layer_is_read_anew(tmp_path):
    """A street renamed in the file and not on the map sends a patrol to the wrong place."""
    for name in ("Old Street", "New Street"):
        add_layer(tmp_path, "streets", written(tmp_path / "s.json", line(name, [0, 51], [1, 52])))
        assert [n for n, _ in shapes(tmp_path, "streets")] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"type": "FeatureCollection", "features": [{}]}',
        json.dumps(line("metres", [23000, 152000], [23100, 152100])),
    ],
)
def test_what_is_no_map_is_refused(tmp_path, text):
    """Metres read as degrees put the whole town at one pole."""
    source = tmp_path / "s.json"
    source.write_text(text)
    with pytest.raises(InvalidError) as caught:
        add_layer(tmp_path, "streets", source)
    assert caught.value.code == "geography-unreadable"
    assert layers(tmp_path) == {}


def test_unknown_layer_and_missing_file_say_so(tmp_path):
    """A layer name is a path here: nothing but the names we draw may become one."""
    with pytest.raises(InvalidError):
        add_layer(tmp_path, "../charter/force", tmp_path / "s.json")
    with pytest.raises(MissingError):
        add_layer(tmp_path, "streets", tmp_path / "s.json")
