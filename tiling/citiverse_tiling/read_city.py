"""Reads all inputs: files → segments, many at a time → one city."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from citiverse_tiling import sources
from citiverse_tiling.crs import CrsRegistry
from citiverse_tiling.errors import EmptyCity, InputError
from citiverse_tiling.frame import SceneFrame
from citiverse_tiling.image_library import ImageLibrary
from citiverse_tiling.ingest import Ingest
from citiverse_tiling.looks import LookTable
from citiverse_tiling.merge import Merger
from citiverse_tiling.mesher import Mesher
from citiverse_tiling.names import slug
from citiverse_tiling.relief_rasters import raster_of
from citiverse_tiling.report import Report
from citiverse_tiling.segment import NAME, load, shapes_of
from citiverse_tiling.selection import selected
from citiverse_tiling.sources.conclusion import conclude
from citiverse_tiling.sources.coverages import NO_COVERAGES, Coverages
from citiverse_tiling.sources.parts import Begun, Found, Part, Wanted
from citiverse_tiling.spool import SegmentFiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from citiverse_tiling.former import FormerFrame
    from citiverse_tiling.inputs import InputFile
    from citiverse_tiling.merge import Merged
    from citiverse_tiling.options import Heights, LocalPlace, LodPolicy, Progress, TileOptions
    from citiverse_tiling.segment import Relief, Segment
    from citiverse_tiling.workers import Team


NEAR_FIRST_DEG = 0.001
"""The origin of a new scene is no farther than this from its first object."""

_KEPT = (
    "the origin is still that of the former scene, so that what hangs on a place stays where it is;"
    " --fresh lets go of it"
)


@dataclass(frozen=True, slots=True)
class HowToRead:
    """What of the options matters to reading; see `options.TileOptions`."""

    crs: str | None
    place: LocalPlace | None
    heights: Heights
    crs_names: tuple[tuple[str, str], ...]
    theme: str | None
    lods: LodPolicy
    dataset: str | None = None

    def registry(self) -> CrsRegistry:
        """A new one."""
        return CrsRegistry(self.crs, self.place, self.heights, dict(self.crs_names))


def how_to_read(options: TileOptions) -> HowToRead:
    """That of a run."""
    names = tuple(options.crs_names.items())
    return HowToRead(
        options.crs,
        options.place,
        options.heights,
        names,
        options.theme,
        options.lods,
        options.dataset,
    )


@dataclass(frozen=True, slots=True)
class Job:
    """One segment to read: all of a file where it has no `part`.

    `frame` is longitude and latitude of the scene's origin, None where this segment decides it.
    """

    folder: Path
    path: Path
    part: Part | None
    begun: Begun | None
    frame: tuple[float, float] | None
    how: HowToRead

    @property
    def bytes(self) -> int:
        """Of the file or its part."""
        if self.part is None:
            return self.path.stat().st_size
        return self.part.end - self.part.start


def read_segment(job: Job) -> None:
    """Read a segment into its folder, which appears when it is complete. Raises InputError."""
    if (job.folder / NAME).exists():
        return
    unfinished = job.folder.with_name(f"{job.folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    _segment(job, unfinished).save(unfinished)
    unfinished.rename(job.folder)


def _segment(job: Job, folder: Path) -> Segment:
    crs = _registry(job.how)
    report, dataset = Report(), job.how.dataset or slug(job.path.stem)
    found = Found() if sources.is_parted(job.path) else None
    frame = None if job.frame is None else SceneFrame(*job.frame)
    looks = LookTable(_images(job.folder.parent), report)
    empty = ""
    if found is None:
        objects = sources.read(job.path, crs, report, _nobody, job.how.theme)
    else:
        wanted = Wanted(job.path, job.part, job.begun, job.how.theme)
        objects = sources.read_part(wanted, crs, report, _nobody, found)
    with SegmentFiles(folder) as files:
        ingest = Ingest(Mesher(crs, report, frame), files, report, looks)
        try:
            for item, geometry in selected(objects, job.how.lods, report):
                ingest.add(dataset, item, geometry)
        except EmptyCity as error:
            empty = error.problem
        segment = ingest.finish()
    segment.found, segment.empty = found, empty
    return segment


def _images(segments: Path) -> ImageLibrary:
    """The images of a run, decoded beside its segments."""
    return ImageLibrary(segments / "images")


def _nobody(count: int) -> None:
    """Hears of bytes read."""
    del count


_registries: dict[str, CrsRegistry] = {}


def _registry(how: HowToRead) -> CrsRegistry:
    """One for all segments that a process reads in the same way."""
    key = repr(how)
    if key not in _registries:
        _registries.clear()
        _registries[key] = how.registry()
    return _registries[key]


@dataclass(slots=True)
class _File:
    """One input: its coverage, or the jobs that read it, in order."""

    given: InputFile
    coverage: Coverages | None
    report: Report
    jobs: list[Job] = field(default_factory=list)


@dataclass(slots=True)
class CityReader:
    """Reads the inputs of a run into segments below a folder.

    frame   longitude and latitude of the scene's origin, None until one is known
    former  that of the former scene, which stays as long as the city is near it
    """

    how: HowToRead
    team: Team
    folder: Path
    crs: CrsRegistry
    report: Report
    progress: Progress
    frame: tuple[float, float] | None
    former: FormerFrame | None = None
    _done: int = 0
    _total: int = 0
    _folders: int = 0

    def read(self, files: Sequence[InputFile]) -> tuple[Merged, Coverages]:
        """The city and the coverages of all inputs.

        One with nothing to show among others is a warning. Raises InputError.
        """
        self._total = sum(file.path.stat().st_size for file in files)
        opened = [self._open(file) for file in files]
        for file, jobs in zip(opened, self._read_parts(opened), strict=True):
            file.jobs = jobs
        looks = LookTable(_images(self.folder), Report())
        merger = Merger(self.report, self.folder / "city", looks=looks)
        coverages, empty = Coverages(), []
        for file in opened:
            try:
                coverages += self._take(file, merger)
            except EmptyCity as error:
                empty.append(_shown(error, file.given))
                self.report.warn(f"{file.given.path.name}: {error.problem}")
        if len(empty) == len(files):
            raise empty[0]
        self.report.list_images()
        return self._finish(merger, coverages), coverages

    def _open(self, given: InputFile) -> _File:
        report = Report()
        try:
            coverage = sources.open_coverage(given.path, self.crs, report)
            if coverage is not None:
                self._progress(given.path, given.path.stat().st_size)
                return _File(given, coverage, report)
            parts = sources.parted(given.path) or (None,)
        except InputError as error:
            raise _shown(error, given) from error
        jobs = [self._job(given.path, part) for part in parts]
        return _File(given, None, report, jobs)

    def _job(self, path: Path, part: Part | None) -> Job:
        self._folders += 1
        return Job(self.folder / f"{self._folders:05}", path, part, None, self.frame, self.how)

    def _read_parts(self, files: Sequence[_File]) -> list[list[Job]]:
        """Read all: the first part of each file before its others, which it has news for."""
        self._run([(file, file.jobs[0]) for file in files if file.jobs])
        later = []
        for file in files:
            if len(file.jobs) > 1:
                begun = _begun(load(file.jobs[0].folder).found)
                file.jobs[1:] = [replace(job, begun=begun) for job in file.jobs[1:]]
                later += [(file, job) for job in file.jobs[1:]]
        self._run(later)
        whole = [file for file in files if len(file.jobs) > 1 and _needs_whole(file.jobs)]
        again = [(file, self._job(file.given.path, None)) for file in whole]
        self._run(again)
        instead = {id(file): [job] for file, job in again}
        return [instead.get(id(file), file.jobs) for file in files]

    def _run(self, jobs: Sequence[tuple[_File, Job]]) -> None:
        """Read segments; until the scene has an origin, one at a time."""
        waiting = list(jobs)
        while waiting and self.frame is None:
            file, job = waiting.pop(0)
            if self.former is not None:
                if self._stays(file, job, self.former):
                    continue
                shutil.rmtree(job.folder)
                self.former = None
            self._wait([(file, job)])
            self.frame = load(job.folder).frame
        self._wait([(file, replace(job, frame=self.frame)) for file, job in waiting])

    def _stays(self, file: _File, job: Job, former: FormerFrame) -> bool:
        """Read a segment in the former scene's frame; false where it doesn't lie there.

        One in which nothing has a place leaves it open, unless all was too far away.
        """
        frame = former.lon, former.lat
        self._wait([(file, replace(job, frame=frame))])
        segment = load(job.folder)
        shapes = shapes_of(segment.shapes)
        low = np.concatenate([shapes.box_min, segment.terrain_box[:1]])
        high = np.concatenate([shapes.box_max, segment.terrain_box[1:]])
        if np.isnan(low).all():
            return not segment.report.has_losses
        is_near = former.reaches(np.nanmin(low, axis=0), np.nanmax(high, axis=0))
        if segment.frame != frame or not is_near:
            return False
        self.frame = frame
        middle = (low[:1] + high[:1]) / 2
        lon, lat = SceneFrame(*frame).to_geodetic(middle)[0, :2].tolist()
        if max(abs(lon - former.lon), abs(lat - former.lat)) > NEAR_FIRST_DEG:
            self.report.warn(_KEPT)
        return True

    def _wait(self, jobs: Sequence[tuple[_File, Job]]) -> None:
        results = self.team.each(read_segment, [job for _, job in jobs])
        for file, job in jobs:
            try:
                next(results)
            except InputError as error:
                raise _shown(error, file.given) from error
            self._progress(job.path, job.bytes)

    def _progress(self, path: Path, count: int) -> None:
        self._done += count
        self.progress(f"reading {path.name}", min(self._done, self._total), self._total)

    def _take(self, file: _File, merger: Merger) -> Coverages:
        """Merge the segments of a file; returns the terrain and photos in it and beside it."""
        if file.coverage is not None:
            self.report.add(file.report)
            return file.coverage
        found: Found | None = None
        reliefs: list[Relief] = []
        empty = ""
        for job in file.jobs:
            segment = load(job.folder)
            merger.add(job.folder, segment)
            empty = segment.empty
            if found is None:
                found = segment.found
            elif segment.found is not None:
                found.add(segment.found)
            reliefs += segment.reliefs
        if found is not None:
            conclude(file.given.path, found, self.how.theme, self.report)
        elif empty:
            raise EmptyCity(empty, file=file.given.path)
        coverages = NO_COVERAGES
        for relief in reliefs:
            coverages += raster_of(relief, file.given.path, self.crs, self.report)
        return coverages

    def _finish(self, merger: Merger, coverages: Coverages) -> Merged:
        mesher = Mesher(self.crs, self.report, SceneFrame(*self.frame) if self.frame else None)
        for terrain in coverages.terrains:
            mesher.anchor(terrain.footprint)
        footprints = [one.footprint for one in (*coverages.terrains, *coverages.photos)]
        merger.crs_keys += dict.fromkeys(
            one.crs for one in footprints if one.crs not in merger.crs_keys
        )
        has_terrain = bool(coverages.terrains)
        return merger.finish(mesher.frame, has_terrain=has_terrain)


def _begun(found: Found | None) -> Begun:
    if found is None:
        return Begun({}, None)
    return Begun(found.north_first, next(iter(found.used_themes), None))


def _needs_whole(jobs: Sequence[Job]) -> bool:
    found = (load(job.folder).found for job in jobs)
    return any(one is not None and one.needs_whole for one in found)


def _shown(error: InputError, given: InputFile) -> InputError:
    """The error, with the file called what the user calls it."""
    if error.file == given.path:
        error.file = Path(given.shown)
    return error
