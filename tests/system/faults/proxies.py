# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults of a proxy: of a tunnel, whose content it cannot read, and of one that forwards plain HTTP."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.simulators.dingtalk.proxy import Kind as ProxyFault
from tests.system.faults.kinds import (
    CREATE,
    GET,
    OK,
    SCENE,
    SEND,
    UNKNOWN,
    UPDATE,
    WEBHOOK,
    Inject,
    Kind,
    SendingKind,
    all_of,
    dingtalk,
)
from tests.system.faults.laboratory import Laboratory

#: The last call to DingTalk before a creation.
OWNER = "/topapi/v2/user/get"
ATTEMPTS = 3


def tunnel(lab: Laboratory) -> None:
    """Use the proxy for HTTPS, through the option."""
    lab.configure(proxy=lab.dingtalk.proxy_url)


def environment_tunnel(lab: Laboratory) -> None:
    """Use the proxy for HTTPS to DingTalk, through the environment."""
    lab.patch.setenv("HTTPS_PROXY", lab.dingtalk.proxy_url)
    lab.access["no_proxy"] = "127.0.0.1"


def forwarding(lab: Laboratory) -> None:
    """Use the proxy for plain HTTP: it reads the requests."""
    lab.configure(
        proxy=lab.dingtalk.proxy_url,
        api_url=lab.dingtalk.plain_api_url,
        legacy_api_url=lab.dingtalk.plain_legacy_api_url,
    )


def before_creation(kind: ProxyFault, status: int = 502, times: int = 1) -> Inject:
    """Inject a fault of the proxy before it sends the creation to DingTalk."""

    def inject(lab: Laboratory) -> None:
        lab.dingtalk.after(OWNER, _once(lambda: lab.dingtalk.proxy.fail(kind, status, times)))

    return inject


def after_creation(kind: ProxyFault, status: int = 502) -> Inject:
    """Inject a fault of the proxy after DingTalk has executed the creation."""

    def inject(lab: Laboratory) -> None:
        lab.dingtalk.after(CREATE, _once(lambda: lab.dingtalk.proxy.fail(kind, status)))

    return inject


def _once(act: Callable[[], object]) -> Callable[[object], None]:
    acts = [act]

    def hook(_call: object) -> None:
        if acts:
            acts.pop()()

    return hook


def cut(api: str, when: str = "after") -> Inject:
    """Cut the client's connection to the proxy while DingTalk executes the first such request."""

    def inject(lab: Laboratory) -> None:
        getattr(lab.dingtalk, when)(api, _once(lab.dingtalk.proxy.cut))

    return inject


def unknown(*inject: Inject, creations: int = 1, chats: int = 1) -> Kind:
    return Kind(all_of(*inject), UNKNOWN, creations, chats, UNKNOWN)


#: During the creation of a chat.
CREATION: dict[str, Kind] = {
    # nothing has left
    **{
        f"tunnel refused persistently with {status}": Kind(
            all_of(tunnel, before_creation("refuse", status, ATTEMPTS)), f"it returned HTTP {status}", 0, 0
        )
        for status in (403, 407, 502, 503)
    },
    "tunnel refused once with 503": Kind(all_of(tunnel, before_creation("refuse", 503)), OK),
    "tunnel closed instead of opened": Kind(all_of(tunnel, before_creation("close")), OK),
    "tunnel broken before the request": Kind(all_of(tunnel, before_creation("broken_tunnel")), OK),
    "proxy not reached": Kind(lambda lab: lab.options.update(proxy="http://127.0.0.1:9"), "Nothing was sent", 0, 0),
    # the request has left
    "tunnel cut after execution": unknown(tunnel, cut(CREATE)),
    "tunnel of the environment cut after execution": unknown(environment_tunnel, cut(CREATE)),
    "tunnel cut during execution": unknown(tunnel, cut(CREATE, "before")),
    "DingTalk cuts the tunnel before execution": unknown(tunnel, dingtalk(CREATE, kind="cut_before"), chats=0),
    "DingTalk cuts the tunnel after execution": unknown(tunnel, dingtalk(CREATE, kind="cut_after")),
    "creation through a tunnel throttled": Kind(all_of(tunnel, dingtalk(CREATE, kind="throttle")), OK, 2),
    "creation through a tunnel refused": Kind(
        all_of(tunnel, dingtalk(CREATE, kind="errcode", errcode="parameter.invalid")), "parameter.invalid", 1, 0
    ),
    "read through a tunnel cut": Kind(all_of(tunnel, cut(GET)), OK),
    "addition through a tunnel cut": Kind(all_of(tunnel, cut(UPDATE)), "Could not change the chat"),
    # a proxy that reads the request may answer at any time
    "forwarding works": Kind(forwarding, OK),
    "forwarded creation cut after execution": unknown(forwarding, after_creation("drop")),
    "forwarded creation closed before execution": unknown(forwarding, before_creation("close"), creations=0, chats=0),
    **{
        f"forwarded creation answered with {status} after execution": unknown(
            forwarding, after_creation("replace", status)
        )
        for status in (403, 407, 429, 502, 503)
    },
    **{
        f"forwarded creation answered with {status} before execution": unknown(
            forwarding, before_creation("refuse", status), creations=0, chats=0
        )
        for status in (403, 407, 429, 502, 503)
    },
}
#: During the creation of a scene group.
SCENE_CREATION: dict[str, Kind] = {
    "scene group through a tunnel cut after execution": Kind(all_of(tunnel, cut(SCENE)), OK, 2),
}
#: While a message is sent through a webhook.
WEBHOOK_MESSAGES: dict[str, SendingKind] = {
    "message through a tunnel cut after execution": SendingKind(all_of(tunnel, cut(WEBHOOK)), OK, 2, 1),
}
#: While the app's own robot sends a message.
ROBOT_MESSAGES: dict[str, SendingKind] = {
    "robot's message through a tunnel cut after execution": SendingKind(
        all_of(tunnel, cut(SEND)), "It is unknown whether DingTalk received the request", 1, 1
    ),
    "robot's message through the environment's tunnel cut after execution": SendingKind(
        all_of(environment_tunnel, cut(SEND)), "It is unknown whether DingTalk received the request", 1, 1
    ),
    "robot's message answered with a page of status 429": SendingKind(
        dingtalk(SEND, when="after", status=429), "It is unknown whether the call took effect", 1, 1
    ),
    "robot's message answered with an undocumented code": SendingKind(
        dingtalk(SEND, kind="errcode", when="after", errcode="unheard-of"),
        "It is unknown whether the call took effect",
        1,
        1,
    ),
}
