"""One client's stream as a state machine: bytes in, replies and a `Viewer` out.

waiting for hello ── hello ──▶ open ── any ProtocolError ──▶ the connection closes it
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from msgspec import UNSET

from . import access, protocol, resume
from .arriving import arrival, first_view
from .consultation.rates import session_bucket, too_many
from .consultation.requests import Author, hide_of, post_of
from .errors import ErrorCode, ProtocolError, RequestRefused
from .flight import Flight
from .invitations import NOBODY
from .limits import TokenBucket
from .lod import Aim
from .people.visit import Visit
from .viewer import Viewer, ViewerOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .clock import Now
    from .config import Limits
    from .consultation.requests import Request
    from .invitations import Inviter
    from .manifest import Variant
    from .message import Delivery
    from .people.crowd import Crowd
    from .protocol import ClientMessage, Hello, Profile, ServerMessage, Vector
    from .scene import Scene


MIB = 1024 * 1024
# What a client may ask for at most: the work for one view grows with it.
MAX_BUDGET_BYTES = 512 * MIB
PROFILES: dict[Profile, Aim] = {
    "desktop": Aim(16.0, 256 * MIB, triangles=6_000_000, draws=2400),
    "headset": Aim(24.0, 128 * MIB, triangles=1_400_000, draws=600),
    "phone": Aim(24.0, 64 * MIB, triangles=2_000_000, draws=800),
}
"""What a kind of device is sent; triangles and draws all around, four times those of a picture."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What all sessions of a server share; `secret` signs resume tokens.

    `epoch` is the server's start, `revisions` how often each scene has been made anew since. A
    scene without an inviter takes no invitations.
    """

    scenes: Mapping[str, Scene]
    inviters: Mapping[str, Inviter]
    crowds: Mapping[str, Crowd]
    limits: Limits
    window_bytes: int
    revisions: Mapping[str, int]
    epoch: int
    secret: bytes
    delivery: Delivery = "value"


class Session:
    """Order, rate and rights of one client's messages; `flight` is content on its way to it.

    `hears_of_near`: it knows of sensors near it; `heard` is what it knows of those of its scene.
    """

    def __init__(self, options: SessionOptions, session_id: str, now: Now) -> None:
        self._options = options
        self._id = session_id
        self._role = access.Role.VISITOR
        self._started = now.monotonic
        limits = options.limits
        burst = limits.message_burst
        self._messages = TokenBucket(limits.messages_per_s, burst, now.monotonic)
        # A view is the one message whose work grows with the city.
        self._views = TokenBucket(limits.views_per_s, burst, now.monotonic)
        self._comments = session_bucket(limits, now.monotonic)
        renames = limits.renames_per_min
        self._renames = TokenBucket(renames / 60, renames, now.monotonic)
        self._scene: Scene | None = None
        self._revision = 0
        self._viewer: Viewer | None = None
        self._visit: Visit | None = None
        self._credits = 0
        self._place: Vector = (0.0, 0.0, 0.0)
        self._overlays: protocol.Overlays | None = None
        self.hears_of_near = False
        self.heard: protocol.Heard | None = None
        self.flight = Flight()

    @property
    def role(self) -> access.Role:
        """Whom the client speaks for, as far as it has said."""
        return self._role

    @property
    def scene(self) -> Scene | None:
        """The scene the client is in, once it has said hello."""
        return self._scene

    @property
    def place(self) -> Vector:
        """Where the client is, by its latest view; before it, where everyone arrives."""
        return self._place

    @property
    def overlays(self) -> protocol.Overlays | None:
        """What of sensors the client shows, where it has said so."""
        return self._overlays

    @property
    def viewer(self) -> Viewer | None:
        """What the client is to be sent, once it has said hello."""
        return self._viewer

    @property
    def visit(self) -> Visit | None:
        """The client's part among the people of the scene, once it has said hello."""
        return self._visit

    def receive(self, data: bytes, now: Now) -> tuple[ServerMessage | Request, ...]:
        """One message of the client: replies, and what is asked of the consultation.

        Raises `ProtocolError` to end the session.
        """
        return self.take(protocol.decode_client(data), now)

    def take(self, message: ClientMessage, now: Now) -> tuple[ServerMessage | Request, ...]:
        """The same for a message that is decoded already."""
        if not self._is_in_rate(message, now.monotonic):
            raise ProtocolError(ErrorCode.TOO_MANY, "Too many messages in a short time.")
        kind = protocol.message_type(message)
        if not access.may(self._role, access.MESSAGES.get(kind)):
            raise ProtocolError(ErrorCode.NOT_ALLOWED, f"A {self._role} may not send {kind!r}.")
        if self._viewer is None or self._visit is None:
            if not isinstance(message, protocol.Hello):
                raise ProtocolError(ErrorCode.WRONG_ORDER, "The first message must be hello.")
            return self._open(message, now)
        try:
            return (
                *self._act(self._viewer, message, now),
                *self._meet(self._visit, message, now),
            )
        except RequestRefused as refused:
            return (refusal(refused),)

    def move_to(self, scene: Scene) -> None:
        """The city the client is in has been made anew."""
        self._scene = scene
        self._revision = self._options.revisions[scene.name]
        self.heard = None
        if self._viewer is not None:
            self._viewer = self._viewer.before(scene.catalog)

    def close(self, now: Now, for_good: bool = False) -> None:
        """The connection is gone, `for_good` where the client said so."""
        if self._visit is not None:
            self._visit.leave(now, for_good)

    def check(self, now: Now) -> None:
        """Ends a session that has said nothing, or that takes content and returns no credit."""
        limits = self._options.limits
        if self._viewer is None:
            if now.monotonic - self._started > limits.hello_timeout_s:
                raise ProtocolError(ErrorCode.HELLO_TIMEOUT, "No hello came in time.")
        elif self._viewer.stalled_s(now.monotonic) > limits.credit_timeout_s:
            raise ProtocolError(ErrorCode.SLOW_CONSUMER, "No content was consumed for too long.")
        elif self.flight.stalled_s(now.monotonic) > limits.send_timeout_s:
            raise ProtocolError(ErrorCode.SLOW_CONSUMER, "The client doesn't read.")

    def _is_in_rate(self, message: ClientMessage, now: float) -> bool:
        if self._is_due_credit(message):
            return True
        if isinstance(message, protocol.View) and not self._views.take(now):
            return False
        if isinstance(message, protocol.Rename) and not self._renames.take(now):
            return False
        return self._messages.take(now)

    def _is_due_credit(self, message: ClientMessage) -> bool:
        """One credit for each content message is free, or a fast line would be a flood."""
        if self._viewer is None or not isinstance(message, protocol.Credit):
            return False
        self._credits += 1
        return self._credits <= self._viewer.contents_sent

    def _act(self, viewer: Viewer, message: ClientMessage, now: Now) -> tuple[ServerMessage, ...]:
        match message:
            case protocol.View():
                viewer.look(message)
                self._place = message.position
            case protocol.Credit():
                viewer.credit(message.bytes)
            case protocol.Evicted() if message.revision == self._revision:
                viewer.evict(message.tiles, full=message.full)
            case protocol.Kept():
                viewer.keep(message.hashes)
            case protocol.Missing() if message.revision == self._revision:
                viewer.miss(message.tiles, message.cells)
            case protocol.Pause():
                viewer.pause(message.paused)
            case protocol.Variant():
                viewer.show(message.variant)
            case protocol.Overlays():
                self._overlays = message
            case protocol.Ping():
                return (protocol.Pong(id=message.id, time=now.micros),)
            case protocol.Hello():
                raise ProtocolError(ErrorCode.WRONG_ORDER, "A second hello came.")
        return ()

    def _meet(self, visit: Visit, message: ClientMessage, now: Now) -> tuple[Request, ...]:
        """What a message means among people; raises `RequestRefused`."""
        match message:
            case protocol.View():
                visit.look_from(message.position)
            case protocol.Pose():
                visit.move(message)
            case protocol.Rename():
                visit.rename(message.name)
            case protocol.Block():
                visit.block(message.person, message.blocked)
            case protocol.Comment():
                if not self._comments.take(now.monotonic):
                    raise too_many(message.key)
                return (post_of(message, self._author(visit), self._variants()),)
            case protocol.Hide():
                return (hide_of(message, self._author(visit)),)
        return ()

    def _variants(self) -> list[Variant]:
        return [] if self._scene is None else self._scene.manifest_file.manifest.variants

    def _author(self, visit: Visit) -> Author:
        return Author(name=visit.name, role=self._role.value, session=self._id)

    def _open(self, hello: Hello, now: Now) -> tuple[ServerMessage, ...]:
        options = self._options
        major, minor = hello.protocol
        if major != protocol.VERSION[0]:
            raise ProtocolError(
                ErrorCode.UNSUPPORTED_PROTOCOL,
                f"This server speaks protocol {protocol.VERSION[0]}, not {major}.{minor}.",
            )
        scene = options.scenes.get(hello.scene)
        if scene is None:
            raise ProtocolError(
                ErrorCode.UNKNOWN_SCENE, f"This server has no scene called “{hello.scene}”."
            )
        if hello.token is not None:
            inviter = options.inviters.get(scene.name, NOBODY)
            self._role = inviter.verify(hello.token, scene.name, now.micros / 1e6).role
        former = resume.session_of(options.secret, hello.resume or "", scene.name)
        self._id = former or self._id
        self._scene = scene
        self._revision = options.revisions[scene.name]
        aim = PROFILES[hello.profile]
        budget = hello.budget_bytes or aim.budget_bytes
        by_reference = hello.references and options.delivery == "reference"
        self._viewer = Viewer(
            scene.catalog,
            ViewerOptions(
                window_bytes=options.window_bytes,
                aim=replace(aim, budget_bytes=min(budget, MAX_BUDGET_BYTES)),
                have=frozenset(hello.have),
                kept=hello.kept,
                in_pieces=(major, minor) >= protocol.WITH_PIECES,
                by_reference=by_reference,
                hides=(major, minor) >= protocol.WITH_HIDDEN,
            ),
            self.flight,
        )
        manifest = scene.manifest_file.manifest
        if hello.start is not None:
            self._viewer.look(first_view(manifest, hello.start))
        self._place = arrival(manifest)
        self.hears_of_near = (major, minor) >= protocol.WITH_INTEREST
        told_here = (options.epoch, self._revision)
        if hello.heard is not None and (hello.heard.epoch, hello.heard.revision) == told_here:
            self.heard = hello.heard
        self._visit, refusals = self._enter(options.crowds[scene.name], hello.name)
        welcome = protocol.Welcome(
            protocol=protocol.VERSION,
            session=self._id,
            resume=resume.issue(options.secret, self._id, scene.name),
            epoch=options.epoch,
            revision=self._revision,
            time=now.micros,
            window_bytes=options.window_bytes,
            delivery="reference" if by_reference else "value",
            manifest=scene.manifest_file.packed,
            resumed=former is not None,
            role=self._role.value,
            person=self._visit.person,
            name=self._visit.name,
        )
        return (welcome, *refusals)

    def _enter(self, crowd: Crowd, wish: str | None) -> tuple[Visit, tuple[ServerMessage, ...]]:
        """Among people; who can't be called as she wishes is told so, and given a name."""
        try:
            return Visit(crowd, crowd.enter(self._id, self._role.value, wish)), ()
        except RequestRefused as refused:
            member = crowd.enter(self._id, self._role.value, None)
            return Visit(crowd, member), (refusal(refused),)


def refusal(refused: RequestRefused) -> protocol.Error:
    """What the client is told, and the session goes on."""
    return protocol.Error(
        code=refused.code.value,
        message=refused.sentence,
        fatal=False,
        key=UNSET if refused.key is None else refused.key,
    )
