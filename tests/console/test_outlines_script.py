"""The script that makes outlines: borders between merged areas go away, specks go, the far is not drawn, the same bytes again."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

FILE = Path(__file__).parents[2] / "deploy" / "areas" / "topology.py"


@pytest.fixture(scope="module")
def topology() -> ModuleType:
    spec = importlib.util.spec_from_file_location("topology", FILE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["topology"] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def two_fields(tmp_path: Path) -> Path:
    """Two squares side by side with a common border (arc 0), a speck beside the second, and an island far away."""
    arcs = [
        [[100, 0], [0, 100]],
        [[100, 100], [-100, 0], [0, -100], [100, 0]],
        [[100, 0], [100, 0], [0, 100], [-100, 0]],
        [[210, 0], [0, 0], [0, 0], [0, 0]],
        [[900, 0], [50, 0], [0, 50], [-50, -50]],
    ]
    geometries = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "west"}},
        {"type": "MultiPolygon", "arcs": [[[2, ~0]], [[3]]], "properties": {"code": "east"}},
        {"type": "Polygon", "arcs": [[4]], "properties": {"code": "far"}},
    ]
    told = {
        "transform": {"scale": [0.01, 0.01], "translate": [130, 0]},
        "objects": {"layer": {"geometries": geometries}},
        "arcs": arcs,
    }
    file = tmp_path / "small.topo.json"
    file.write_text(json.dumps(told))
    return file


def test_areas_together_have_no_border_between_them(topology: ModuleType, two_fields: Path) -> None:
    fields = topology.read(two_fields)
    west, east, far = fields.shapes
    sheet = topology.Sheet(topology.core(fields.rings(fields.shapes)))
    (whole,) = sheet.drawn(fields.rings([west, east]))
    assert sorted(whole) == sorted([(0, 0), (952, 0), (952, 476), (0, 476)])
    assert len(sheet.drawn(fields.rings([east]))) == 1
    assert sheet.drawn(fields.rings([far])) == []


def test_a_path_goes_round(topology: ModuleType) -> None:
    text = topology.path([[(0, 0), (10, 0), (10, -5)]])
    assert text == "M0,0l10,0 0-5z"
    assert re.fullmatch(r"[-MLlz0-9, ]+", text)


def test_what_is_too_small_to_see_is_still_an_area(topology: ModuleType) -> None:
    sheet = topology.Sheet(topology.Box(0, 0, 10, 10))
    (ring,) = sheet.drawn([[(5, 5), (5.001, 5), (5.001, 5.001), (5, 5)]])
    assert len(ring) == 4
