"""A second delivery made from a first: new ids, small shifts, and buildings split, merged and gone.

The truth is known: old source id → relation and new source ids; None → those that are new.
"""

from __future__ import annotations

import copy
import json
import random
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from lxml import etree
from shapely import affinity
from shapely.ops import split

if TYPE_CHECKING:
    from pathlib import Path

SHARE = 0.05
SHIFT_M = 0.5
FREE_M = 3.0
GML = "http://www.opengis.net/gml"


@dataclass
class Truth:
    """What became of each old object, and which objects are new."""

    became: dict[str, tuple[str, frozenset[str]]] = field(default_factory=dict)
    new: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Body:
    """A building as a prism: its ground and its height."""

    ground: shapely.Polygon
    low: float
    high: float

    def rings(self) -> list[list[tuple[float, float, float]]]:
        """Closed rings of floor, roof and walls, seen from outside."""
        ring = list(shapely.geometry.polygon.orient(self.ground).exterior.coords)[:-1]
        floor = [(x, y, self.low) for x, y in reversed(ring)]
        roof = [(x, y, self.high) for x, y in ring]
        walls = [
            [(*a, self.low), (*b, self.low), (*b, self.high), (*a, self.high)]
            for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
        ]
        return [[*one, one[0]] for one in (floor, roof, *walls)]


@dataclass(frozen=True)
class Plan:
    """Which buildings stay, split, merge and go; bodies of those that are made anew."""

    split: dict[str, tuple[Body, Body]]
    merged: dict[tuple[str, str], Body]
    gone: set[str]
    new: list[Body]


def draw(bodies: dict[str, Body], chance: random.Random) -> Plan:
    """Choose by chance: 5 % each, at least one of each."""
    count = max(1, round(SHARE * len(bodies)))
    names = sorted(bodies)
    chance.shuffle(names)
    merged: dict[tuple[str, str], Body] = {}
    used: set[str] = set()
    for one in names:
        near = [
            other
            for other in names
            if other != one
            and not {one, other} & used
            and bodies[one].ground.distance(bodies[other].ground) < 0.3
        ]
        union = near and shapely.union(
            bodies[one].ground.buffer(0.2, join_style="mitre"),
            bodies[near[0]].ground.buffer(0.2, join_style="mitre"),
        ).buffer(-0.2, join_style="mitre")
        if len(merged) < count and near and isinstance(union, shapely.Polygon):
            pair = bodies[one], bodies[near[0]]
            low, high = min(b.low for b in pair), max(b.high for b in pair)
            merged[one, near[0]] = Body(shapely.Polygon(union.exterior), low, high)
            used |= {one, near[0]}
    cut: dict[str, tuple[Body, Body]] = {}
    for one in names:
        halves = _halves(bodies[one], chance)
        if len(cut) < count and one not in used and halves:
            cut[one] = halves
            used.add(one)
    gone = set([one for one in names if one not in used][:count])
    return Plan(cut, merged, gone, _new(bodies, count, chance))


def _halves(body: Body, chance: random.Random) -> tuple[Body, Body] | None:
    """Two pieces by a cut across the longer side; None where there aren't just two large ones."""
    box = body.ground.minimum_rotated_rectangle
    if not isinstance(box, shapely.Polygon) or body.ground.area < 30:
        return None
    corners = np.array(box.exterior.coords)
    sides = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    first = 0 if sides[0] >= sides[1] else 1
    at = chance.uniform(0.3, 0.7)
    a = corners[first] + at * (corners[first + 1] - corners[first])
    across = corners[first + 2] - corners[first + 1]
    cut = shapely.LineString([a - across, a + 2 * across])
    pieces = [piece for piece in split(body.ground, cut).geoms if piece.area > 5]
    if len(pieces) != 2:
        return None
    one, other = (Body(piece, body.low, body.high) for piece in pieces)
    return one, other


def _new(bodies: dict[str, Body], count: int, chance: random.Random) -> list[Body]:
    """Houses on free ground."""
    built = shapely.union_all([body.ground.buffer(FREE_M) for body in bodies.values()])
    west, south, east, north = built.bounds
    low = float(np.median([body.low for body in bodies.values()]))
    made: list[Body] = []
    while len(made) < count:
        x, y = chance.uniform(west, east), chance.uniform(south, north)
        house = affinity.rotate(shapely.box(x, y, x + 8, y + 11), chance.uniform(0, 90))
        if not house.intersects(built):
            made.append(Body(house, low, low + 7))
            built = built.union(house.buffer(FREE_M))
    return made


def _shift(chance: random.Random) -> tuple[float, float]:
    length, angle = chance.uniform(0, SHIFT_M), chance.uniform(0, 2 * np.pi)
    return length * np.cos(angle), length * np.sin(angle)


def cityjson(source: Path, target: Path, seed: int) -> Truth:
    """A second delivery of a CityJSON 2.0 document of LoD1 solids and surfaces."""
    chance, truth = random.Random(seed), Truth()
    document: dict[str, Any] = json.loads(source.read_bytes())
    scale, translate = (np.array(document["transform"][key]) for key in ("scale", "translate"))
    points = np.array(document["vertices"]) * scale + translate
    objects: dict[str, Any] = document["CityObjects"]
    bodies = {
        name: body
        for name, one in objects.items()
        if one["type"] == "Building" and (body := _body(_corners(one), points))
    }
    plan = draw(bodies, chance)
    made: dict[str, Any] = {}
    vertices: list[np.ndarray] = []

    def add(rings: list[Any], kind: str) -> str:
        name = f"N{len(made):05d}"
        faces = []
        for ring in rings:
            start = len(vertices)
            vertices.extend(np.array(ring[:-1]))
            faces.append([list(range(start, start + len(ring) - 1))])
        geometry = {"type": "MultiSurface", "lod": "1", "boundaries": faces}
        made[name] = {"type": kind, "geometry": [geometry]}
        return name

    for name, one in objects.items():
        if name in plan.gone:
            truth.became[name] = ("demolished", frozenset())
        elif name in plan.split:
            pieces = frozenset(add(body.rings(), "Building") for body in plan.split[name])
            truth.became[name] = ("split", pieces)
        elif not any(name in pair for pair in plan.merged):
            moved = copy.deepcopy(one)
            number, shift = f"N{len(made):05d}", np.array([*_shift(chance), 0.0])
            for geometry in moved.get("geometry", []):
                geometry["boundaries"] = _move(geometry["boundaries"], points + shift, vertices)
            made[number] = moved
            truth.became[name] = ("renamed", frozenset([number]))
    for (one, other), body in plan.merged.items():
        whole = frozenset([add(body.rings(), "Building")])
        truth.became[one] = truth.became[other] = ("merged", whole)
    truth.new = {add(body.rings(), "Building") for body in plan.new}
    document["CityObjects"] = made
    stored = np.round((np.array(vertices) - translate) / scale).astype(int)
    document["vertices"] = stored.tolist()
    target.write_text(json.dumps(document))
    return truth


def _corners(one: dict[str, Any]) -> list[list[int]]:
    """The outer rings of an object's first geometry."""
    rings: list[list[int]] = []
    waiting = [geometry["boundaries"] for geometry in one.get("geometry", [])[:1]]
    while waiting:
        part = waiting.pop()
        if part and isinstance(part[0][0], int):
            rings.append(part[0])
        else:
            waiting += part
    return rings


def _body(rings: list[Any], points: np.ndarray) -> Body | None:
    corners = [points[ring] for ring in rings]
    flat = [shapely.Polygon(ring[:, :2]) for ring in corners if len(ring) > 2]
    ground = shapely.union_all([one.buffer(0) for one in flat if one.area > 1e-3], grid_size=1e-3)
    if not isinstance(ground, shapely.Polygon) or ground.area < 1:
        return None
    z = np.concatenate(corners)[:, 2]
    return Body(shapely.Polygon(ground.exterior), float(z.min()), float(z.max()))


def _move(part: Any, points: np.ndarray, vertices: list[np.ndarray]) -> Any:
    if isinstance(part, int):
        vertices.append(points[part])
        return len(vertices) - 1
    return [_move(one, points, vertices) for one in part]


def citygml(source: Path, target: Path, seed: int) -> Truth:
    """A second delivery of CityGML 1.0 buildings of LoD2; what is made anew is of LoD1."""
    chance, truth = random.Random(seed), Truth()
    tree = etree.parse(source)
    root = tree.getroot()
    members = [one for one in root if etree.QName(one).localname == "cityObjectMember"]
    buildings = {str(one[0].get(f"{{{GML}}}id")): one for one in members}
    bodies = {
        name: body
        for name, member in buildings.items()
        if (body := _body_of([_numbers(one) for one in member.iter(f"{{{GML}}}posList")]))
    }
    plan = draw(bodies, chance)
    namespace = etree.QName(members[0][0]).namespace
    made = 0

    def add(body: Body) -> str:
        nonlocal made
        name, made = f"NEW_{made:05d}", made + 1
        root.append(_building(namespace, etree.QName(members[0]).namespace, name, body))
        return name

    for name, member in buildings.items():
        if name in plan.gone or name in plan.split or any(name in pair for pair in plan.merged):
            root.remove(member)
            continue
        number, made = f"NEW_{made:05d}", made + 1
        _rename(member, number)
        shift = np.array([*_shift(chance), 0.0])
        for one in member.iter(f"{{{GML}}}posList"):
            one.text = " ".join(f"{value:.3f}" for value in (_numbers(one) + shift).ravel())
        truth.became[name] = ("renamed", frozenset([number]))
    truth.became |= dict.fromkeys(plan.gone, ("demolished", frozenset[str]()))
    for name, pieces in plan.split.items():
        truth.became[name] = ("split", frozenset(add(body) for body in pieces))
    for (one, other), body in plan.merged.items():
        truth.became[one] = truth.became[other] = ("merged", frozenset([add(body)]))
    truth.new = {add(body) for body in plan.new}
    tree.write(target)
    return truth


def _numbers(element: etree._Element) -> np.ndarray:
    return np.array((element.text or "").split(), np.float64).reshape(-1, 3)


def _body_of(rings: list[np.ndarray]) -> Body | None:
    points = np.concatenate(rings)
    starts = np.cumsum([0, *(len(ring) for ring in rings)]).tolist()
    spans = [list(range(a, b)) for a, b in pairwise(starts)]
    return _body(spans, points)


def _rename(member: etree._Element, number: str) -> None:
    """New ids for all of a member, the links among them led along."""
    old = [str(one.get(f"{{{GML}}}id")) for one in member.iter() if one.get(f"{{{GML}}}id")]
    new = {one: number if at == 0 else f"{number}_{at}" for at, one in enumerate(old)}
    for one in member.iter():
        for key, value in one.attrib.items():
            mark, target = ("#", str(value)[1:]) if str(value)[:1] == "#" else ("", str(value))
            if target in new:
                one.set(key, f"{mark}{new[target]}")


def _building(namespace: str, core: str, name: str, body: Body) -> etree._Element:
    faces = "".join(
        f"<g:surfaceMember><g:Polygon><g:exterior><g:LinearRing><g:posList>"
        f"{' '.join(f'{value:.3f}' for point in ring for value in point)}"
        f"</g:posList></g:LinearRing></g:exterior></g:Polygon></g:surfaceMember>"
        for ring in body.rings()
    )
    return etree.fromstring(
        f'<c:cityObjectMember xmlns:c="{core}" xmlns:b="{namespace}" xmlns:g="{GML}">'
        f'<b:Building g:id="{name}"><b:lod1MultiSurface><g:MultiSurface>{faces}'
        f"</g:MultiSurface></b:lod1MultiSurface></b:Building></c:cityObjectMember>"
    )
