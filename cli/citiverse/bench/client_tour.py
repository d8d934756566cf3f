"""What a walk through a large town asks of the page's main thread, task by task."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from citiverse.bench.client_pages import ABOUT, walked_in
from citiverse.bench.row import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser, Page

INTEGRATION_GOAL_MS = 2.0
TASK_GOAL_MS = 8.0
SLOWER_CPU = 4
FULL_LEGS, QUICK_LEGS = 30, 8
REST_S = 3
CATEGORIES = ("disabled-by-default-devtools.timeline", "devtools.timeline", "v8")
MAIN_THREAD = "CrRendererMain"
# Runs ahead; where something is in the way, turns. The page's own figures are read once a frame.
RUN = """async legs => {
  const key = (type, code) => dispatchEvent(new KeyboardEvent(type, {code, bubbles: true}))
  const pause = ms => new Promise(done => setTimeout(done, ms))
  const integrations = []
  let {frames} = citiverse.stats()
  let runs = true
  const watch = () => {
    const stats = citiverse.stats()
    if (stats.frames !== frames) integrations.push(stats.integrationMs)
    frames = stats.frames
    if (runs) requestAnimationFrame(watch)
  }
  watch()
  const tiles = citiverse.stats().bytesReceived
  document.querySelector('canvas').focus()
  key('keydown', 'ShiftLeft')
  key('keydown', 'KeyW')
  for (let leg = 0; leg < legs; leg += 1) {
    const [x, y] = citiverse.pose().position
    await pause(2000)
    const [east, north] = citiverse.pose().position
    if (Math.hypot(east - x, north - y) > 3) continue
    key('keydown', 'KeyE')
    await pause(700)
    key('keyup', 'KeyE')
  }
  key('keyup', 'KeyW')
  key('keyup', 'ShiftLeft')
  runs = false
  return [integrations, citiverse.stats().bytesReceived - tiles]
}"""

Event: TypeAlias = "dict[str, object]"


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the main thread: its processor time, and what most of it was."""

    ms: float
    name: str


def rows(browser: Browser, address: str, quick: bool) -> Iterator[Row]:
    """The longest task, and what it costs to put in what arrives. Raises BenchError."""
    with walked_in(browser, address) as page:
        page.wait_for_timeout(REST_S * 1000)
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER_CPU})
        events, integrations, received = _traced(page, QUICK_LEGS if quick else FULL_LEGS)
    tasks = tasks_of(events)
    about = f"{ABOUT}, processor slowed {SLOWER_CPU} times, a run with {len(integrations)} frames"
    p99 = sorted(integrations)[int(0.99 * (len(integrations) - 1))]
    yield Row("client", "integration_p99", (p99,), "ms", about, INTEGRATION_GOAL_MS)
    yield Row("client", "integration_most", (max(integrations),), "ms", about)
    worst = max(tasks, key=lambda task: task.ms)
    named = f"{about}; most of it {worst.name}"
    yield Row("client", "longest_task", (worst.ms,), "ms of processor time", named, TASK_GOAL_MS)
    long = sum(task.ms > TASK_GOAL_MS for task in tasks)
    share = f"{about}, {len(tasks)} tasks"
    yield Row("client", "tasks_over_8_ms", (float(long),), "tasks", share, 0.0)
    yield Row("client", "received_on_tour", (float(received),), "B", about)


def _traced(page: Page, legs: int) -> tuple[list[Event], list[float], int]:
    browser = page.context.browser
    assert browser is not None
    session = browser.new_browser_cdp_session()
    events: list[Event] = []
    ended: list[bool] = []
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda _: ended.append(True))
    chosen = {"includedCategories": list(CATEGORIES), "recordMode": "recordAsMuchAsPossible"}
    session.send("Tracing.start", {"transferMode": "ReportEvents", "traceConfig": chosen})
    integrations, received = page.evaluate(RUN, legs)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    session.detach()
    return events, integrations, received


def tasks_of(events: Sequence[Event]) -> list[Task]:
    """The main thread's tasks from a trace of Chromium's, of the process that draws frames.

    A task's time is the thread's own (`tdur`): what others took from the processor meanwhile, and
    what it waited for, isn't counted.
    """
    threads = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and _args(event).get("name") == MAIN_THREAD
    }
    drawing = Counter(event["pid"] for event in events if event["name"] == "FireAnimationFrame")
    if not drawing:
        return []
    pid = drawing.most_common(1)[0][0]
    own = [event for event in events if event["pid"] == pid and (pid, event["tid"]) in threads]
    timed = sorted((event for event in own if event.get("ph") == "X"), key=_start)
    tasks: list[Task] = []
    inside: Counter[str] = Counter()
    ends = ms = 0.0
    for event in [*timed, {"name": "RunTask", "ts": float("inf"), "dur": 0.0, "tdur": 0.0}]:
        if event["name"] == "RunTask" and _start(event) >= ends:
            if ms:
                tasks.append(Task(ms, inside.most_common(1)[0][0] if inside else "its own"))
            inside.clear()
            ends = _start(event) + _number(event, "dur")
            ms = _number(event, "tdur") / 1000
        elif _start(event) < ends:
            inside[str(event["name"])] += int(_number(event, "tdur"))
    return tasks


def _args(event: Event) -> dict[str, object]:
    args = event.get("args")
    return args if isinstance(args, dict) else {}


def _start(event: Event) -> float:
    return _number(event, "ts")


def _number(event: Event, key: str) -> float:
    value = event.get(key, 0.0)
    return float(value) if isinstance(value, int | float) else 0.0
