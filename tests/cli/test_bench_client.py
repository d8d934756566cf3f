"""What `citiverse bench client` reads from a trace of Chromium's."""

from __future__ import annotations

from citiverse.bench.client_tour import Event, Task, tasks_of

PAGE, OTHER = 7, 8
MAIN, WORKER = 1, 2


def thread(pid: int, tid: int, name: str) -> Event:
    return {"name": "thread_name", "ph": "M", "pid": pid, "tid": tid, "args": {"name": name}}


def event(name: str, start: int, length: int, processor: int, pid: int = PAGE) -> Event:
    """Times in microseconds."""
    times = {"ts": start, "dur": length, "tdur": processor}
    return {"name": name, "ph": "X", "pid": pid, "tid": MAIN, **times}


NAMES = [
    thread(PAGE, MAIN, "CrRendererMain"),
    thread(PAGE, WORKER, "DedicatedWorker thread"),
    thread(OTHER, MAIN, "CrRendererMain"),
]


def test_a_task_is_its_processor_time_and_named_by_most_of_it() -> None:
    events = [
        event("RunTask", 0, 9000, 4000),
        event("FireAnimationFrame", 10, 6000, 3000),
        event("Commit", 7000, 500, 400),
        event("RunTask", 10_000, 500, 500),
    ]
    assert tasks_of([*NAMES, *events]) == [Task(4.0, "FireAnimationFrame"), Task(0.5, "its own")]


def test_other_processes_and_threads_count_nothing() -> None:
    other = event("RunTask", 0, 9000, 9000, OTHER)
    worker = {**event("RunTask", 0, 9000, 9000), "tid": WORKER}
    own = [event("RunTask", 0, 1000, 1000), event("FireAnimationFrame", 10, 900, 900)]
    assert tasks_of([*NAMES, other, worker, *own]) == [Task(1.0, "FireAnimationFrame")]


def test_a_page_that_drew_nothing_has_no_tasks() -> None:
    assert tasks_of([*NAMES, event("RunTask", 0, 1000, 1000)]) == []
