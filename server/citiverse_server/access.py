"""Who may do what: deny by default, one table for every route and every message type.

A route or message without a row here is refused, and a test fails.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Whom a request or a session speaks for.

    Who comes by the address is a visitor; who comes by an invitation is what that says.
    """

    VISITOR = "visitor"
    HOST = "host"


class Action(StrEnum):
    """What can be asked of the server."""

    OPEN_PAGE = "open the page"
    READ_SCENES = "read scenes"
    READ_TILES = "read tiles"
    READ_FEATURES = "read features"
    READ_HEALTH = "read health"
    READ_METRICS = "read metrics"
    READ_INTERFACE = "read what can be asked"
    STREAM = "stream a scene"
    MEET = "meet people"
    READ_OBSERVATIONS = "read observations"
    READ_COMMENTS = "read comments"
    COMMENT = "comment"
    SHOW_INVITATION = "show an invitation"
    HIDE_COMMENTS = "hide comments"
    PROPOSE = "propose"
    SEND_READINGS = "send readings"


_VISITOR = frozenset(
    {
        Action.OPEN_PAGE,
        Action.READ_SCENES,
        Action.READ_TILES,
        Action.READ_FEATURES,
        Action.READ_HEALTH,
        Action.READ_METRICS,
        Action.READ_INTERFACE,
        Action.STREAM,
        Action.MEET,
        Action.READ_OBSERVATIONS,
        Action.READ_COMMENTS,
        Action.COMMENT,
        Action.SHOW_INVITATION,
        Action.SEND_READINGS,
    }
)

GRANTS: dict[Role, frozenset[Action]] = {
    Role.VISITOR: _VISITOR,
    Role.HOST: _VISITOR | {Action.HIDE_COMMENTS, Action.PROPOSE},
}

ROUTES: dict[str, Action] = {
    "/": Action.OPEN_PAGE,
    "/s/{scene}": Action.OPEN_PAGE,
    "/{path:path}": Action.OPEN_PAGE,
    "/scenes": Action.READ_SCENES,
    "/scenes/{scene}/scene.json": Action.READ_SCENES,
    "/scenes/{scene}/tileset.json": Action.READ_TILES,
    "/scenes/{scene}/buildings.json": Action.READ_TILES,
    "/scenes/{scene}/tiles/{path:path}": Action.READ_TILES,
    "/scenes/{scene}/foreign/{path:path}": Action.READ_TILES,
    "/scenes/{scene}/variants/{path:path}": Action.READ_TILES,
    "/scenes/{scene}/features": Action.READ_FEATURES,
    "/scenes/{scene}/changes": Action.READ_FEATURES,
    "/s/{scene}/changes": Action.READ_FEATURES,
    "/scenes/{scene}/sensors": Action.READ_OBSERVATIONS,
    "/scenes/{scene}/observations": Action.READ_OBSERVATIONS,
    "/scenes/{scene}/playback": Action.READ_OBSERVATIONS,
    "/scenes/{scene}/comments": Action.READ_COMMENTS,
    "/s/{scene}/comments": Action.READ_COMMENTS,
    # A form's role is in the form: the endpoint asks whether it may hide.
    "/s/{scene}/comments/hide": Action.SHOW_INVITATION,
    # The invitation is in a header: the endpoints ask whether it is a host's.
    "/scenes/{scene}/proposals": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}/file": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}/preview.glb": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}/placement": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}/variant": Action.SHOW_INVITATION,
    "/scenes/{scene}/proposals/{proposal}/work": Action.SHOW_INVITATION,
    # Who writes or subscribes has a token: the endpoints ask for it.
    "/sta/v1.1": Action.READ_OBSERVATIONS,
    "/sta/v1.1/{path:path}": Action.READ_OBSERVATIONS,
    "/ngsi-ld/v1/{path:path}": Action.READ_OBSERVATIONS,
    "/wot": Action.READ_OBSERVATIONS,
    "/wot/{path:path}": Action.READ_OBSERVATIONS,
    # The credential of the source is in a header: the endpoint asks for it.
    "/sensors/{source}": Action.SEND_READINGS,
    "/healthz": Action.READ_HEALTH,
    "/readyz": Action.READ_HEALTH,
    "/metrics": Action.READ_METRICS,
    "/openapi.json": Action.READ_INTERFACE,
    "/ws": Action.STREAM,
}

MESSAGES: dict[str, Action] = {
    "hello": Action.STREAM,
    "view": Action.STREAM,
    "credit": Action.STREAM,
    "evicted": Action.STREAM,
    "kept": Action.STREAM,
    "missing": Action.STREAM,
    "pause": Action.STREAM,
    "variant": Action.STREAM,
    "overlays": Action.STREAM,
    "pose": Action.MEET,
    "rename": Action.MEET,
    "block": Action.MEET,
    "comment": Action.COMMENT,
    "hide": Action.HIDE_COMMENTS,
    "ping": Action.STREAM,
}


def may(role: Role, action: Action | None) -> bool:
    """Whether a role may do something; what has no action may nobody do."""
    return action is not None and action in GRANTS.get(role, frozenset())
