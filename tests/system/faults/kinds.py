# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of faults, and the expected result of each."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.support.plays.environment import CONFIG_MAP
from tests.support.simulators.kubernetes import Fault
from tests.system.faults.laboratory import CONFIG_MAPS, HOUR, LATE, Laboratory

Inject = Callable[[Laboratory], object]

CREATE, UPDATE, GET = "/v1.0/im/group/create", "/v1.0/im/group/update", "/chat/get"
SCENE = "/v1.0/im/sceneGroup/create"
TOKEN, USER_BY_MOBILE = "/v1.0/oauth2/accessToken", "/topapi/v2/user/getbymobile"
WEBHOOK, SEND = "/robot/send", "/v1.0/robot/groupMessages/send"

UNKNOWN = "it is unknown whether the chat 'Ops' (owner user-1) was created"
OK = ""


@dataclass(frozen=True)
class Kind:
    """A fault, and the results of two runs: one with the fault, and one after recovery.

    ``message`` is a part of the first run's error, empty on success; ``message_after_recovery`` is that of the second
    run. The first run sends ``creations`` requests for a chat, after which DingTalk has ``chats`` chats.
    """

    inject: Inject
    message: str
    creations: int = 1
    chats: int = 1
    message_after_recovery: str = OK


def dingtalk(api: str, **fault: Any) -> Inject:
    """Inject a fault of DingTalk."""
    return lambda lab: lab.dingtalk.fail(api, **fault)


def registry(method: str, path: str, **fault: Any) -> Inject:
    """Inject a fault of the registry's API server."""
    return lambda lab: lab.cluster.faults.add(Fault(method, path, **fault))


def concurrent_writes(method: str, times: int) -> Inject:
    """Inject concurrent writes by another client, just before those of the run."""
    return lambda lab: lab.cluster.faults.add(Fault(method, CONFIG_MAP, times=times, hook=lab.write_concurrently))


def options(**changed: Any) -> Inject:
    return lambda lab: lab.options.update(changed)


def access(**changed: Any) -> Inject:
    return lambda lab: lab.access.update(changed)


def all_of(*inject: Inject) -> Inject:
    return lambda lab: [each(lab) for each in inject]


def existing_config_map(lab: Laboratory) -> None:
    """Create the ConfigMap with an unrelated key."""
    metadata = {"name": "kubesphere-dingtalk", "namespace": "kubesphere-system"}
    lab.registry.post(CONFIG_MAPS, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"a": "b"}})


def corrupted(lab: Laboratory) -> None:
    existing_config_map(lab)
    lab.registry.patch(CONFIG_MAP, {"data": {"chats": "}{"}})


def quota_exhausted(lab: Laboratory) -> None:
    lab.dingtalk.before(
        USER_BY_MOBILE, lambda _call: lab.dingtalk.limits.monthly.update(api=lab.dingtalk.limits.used("api"))
    )


def in_cache(text: str, mode: int = 0o600) -> Inject:
    """Replace the content of all cache files."""

    def inject(lab: Laboratory) -> None:
        lab.look_up()
        for path in (lab.folder / "cache").iterdir():
            path.write_text(text)
            path.chmod(mode)

    return inject


def incomplete_journal(lab: Laboratory) -> None:
    lab.journal.parent.mkdir(parents=True)
    lab.journal.write_text(json.dumps({"version": 3, "event": "intent", "chat": "other"}) + '\n{"event": "ans')


def journal_fails_at_the_answer(number: int) -> Inject:
    return lambda lab: lab.dingtalk.after(CREATE, lambda _call: lab.journal_fails(number))


def clock_offset(hours: float) -> Inject:
    return lambda lab: setattr(lab.clock, "now", lab.clock.now + hours * HOUR)


CREDENTIALS = "Basic info > Credentials and basic info"

#: During the creation of a chat.
CREATION: dict[str, Kind] = {
    # the connection to DingTalk
    "connection refused": Kind(options(api_url="https://127.0.0.1:9"), "Nothing was sent", 0, 0),
    "name not resolved": Kind(options(api_url="https://dingtalk.invalid"), "Nothing was sent", 0, 0),
    "certificate not trusted": Kind(options(ca_path=None), "ca_path", 0, 0),
    "creation cut before execution": Kind(dingtalk(CREATE, kind="cut_before"), UNKNOWN, 1, 0, UNKNOWN),
    "creation cut after execution": Kind(dingtalk(CREATE, kind="cut_after"), UNKNOWN, 1, 1, UNKNOWN),
    "creation answered too late": Kind(
        dingtalk(CREATE, kind="delay", when="after", seconds=LATE), UNKNOWN, 1, 1, UNKNOWN
    ),
    "creation answered late": Kind(dingtalk(CREATE, kind="delay", when="after", seconds=0.3), OK),
    "read cut": Kind(dingtalk(GET, kind="cut_after"), OK),
    "read answered too late": Kind(dingtalk(GET, kind="delay", seconds=LATE), OK),
    "addition cut before execution": Kind(dingtalk(UPDATE, kind="cut_before"), "Could not change the chat"),
    "addition cut after execution": Kind(dingtalk(UPDATE, kind="cut_after"), "Could not change the chat"),
    "addition answered too late": Kind(dingtalk(UPDATE, kind="delay", seconds=LATE), "Could not change the chat"),
    # DingTalk's servers
    "creation 503 before execution": Kind(dingtalk(CREATE, status=503), UNKNOWN, 1, 0, UNKNOWN),
    "creation 502 after execution": Kind(dingtalk(CREATE, when="after", status=502), UNKNOWN, 1, 1, UNKNOWN),
    "creation system.error after execution": Kind(
        dingtalk(CREATE, kind="errcode", when="after", errcode="system.error", status=500), UNKNOWN, 1, 1, UNKNOWN
    ),
    "creation busy": Kind(dingtalk(CREATE, kind="errcode", errcode=-1), UNKNOWN, 1, 0, UNKNOWN),
    "read 502 twice": Kind(dingtalk(GET, times=2, status=502), OK),
    "read 502 persistently": Kind(dingtalk(GET, times=None, status=502), "Could not read the chat"),
    "read busy": Kind(dingtalk(GET, kind="errcode"), OK),
    "addition 500 after execution": Kind(dingtalk(UPDATE, when="after", status=500), "Could not change the chat"),
    "token 500 once": Kind(dingtalk(TOKEN, status=500), OK),
    "token 500 persistently": Kind(dingtalk(TOKEN, times=None, status=500), "Could not get an access token", 0, 0),
    # limits
    "creation throttled": Kind(dingtalk(CREATE, kind="throttle"), OK, 2),
    "creation throttled persistently": Kind(
        dingtalk(CREATE, times=None, kind="throttle"), "QpsLimitForAppkeyAndApi", 3, 0
    ),
    "addition throttled": Kind(dingtalk(UPDATE, kind="throttle"), OK),
    "IP banned at the creation": Kind(dingtalk(CREATE, kind="x5"), "banned the public IP", 1, 0),
    "IP banned from the start": Kind(dingtalk("*", times=None, kind="x5"), "banned the public IP", 0, 0),
    "monthly quota used up": Kind(quota_exhausted, "monthly quota of API calls is used up", 1, 0),
    # the app and its token
    "wrong secret": Kind(options(app_secret="another-secret"), CREDENTIALS, 0, 0),
    "token expires before the creation": Kind(dingtalk(CREATE, kind="expired_token"), OK, 2),
    "token expires before the addition": Kind(dingtalk(UPDATE, kind="expired_token"), OK),
    "token refused persistently": Kind(dingtalk(CREATE, times=None, kind="expired_token"), CREDENTIALS, 2, 0),
    "permission missing": Kind(lambda lab: lab.app.scopes.discard("qyapi_chat_manage"), "qyapi_chat_manage", 1, 0),
    "egress IP not listed": Kind(lambda lab: setattr(lab.app, "ips", ["198.51.100.1"]), "203.0.113.10", 0, 0),
    "owner out of range": Kind(lambda lab: setattr(lab.app, "visible", {"user-2"}), "owner", 0, 0),
    "creation refused": Kind(dingtalk(CREATE, kind="errcode", errcode="parameter.invalid"), "parameter.invalid", 1, 0),
    # the registry
    "registry refuses connections": Kind(
        access(host="https://127.0.0.1:9", kubeconfig=None), "The registry cannot be read", 0, 0
    ),
    "registry corrupted": Kind(corrupted, "corrupted", 0, 0, "corrupted"),
    "registry read-only": Kind(registry("POST", CONFIG_MAPS, times=0, status=403), "The account lacks", 0, 0),
    "registry 500 at the intent": Kind(
        registry("POST", CONFIG_MAPS, times=0, status=500), "The cluster refused POST", 0, 0
    ),
    "registry busy at the intent": Kind(registry("POST", CONFIG_MAPS, status=429, retry_after=1), OK),
    "intent cut before execution": Kind(registry("POST", CONFIG_MAPS, cut="before"), "cannot be reached (POST", 0, 0),
    "intent cut after execution": Kind(registry("POST", CONFIG_MAPS, cut="after"), OK),
    "intent answered too late": Kind(registry("POST", CONFIG_MAPS, delay=LATE), "cannot be reached (POST", 0, 0),
    "a few conflicts at the intent": Kind(all_of(existing_config_map, concurrent_writes("PUT", 3)), OK),
    "conflict storm at the intent": Kind(
        all_of(existing_config_map, concurrent_writes("PUT", 0)), "was modified concurrently", 0, 0
    ),
    "a few conflicts at the answer": Kind(concurrent_writes("PUT", 3), OK),
    "conflict storm at the answer": Kind(concurrent_writes("PUT", 0), "was created with ID chat"),
    "answer cut before execution": Kind(registry("PUT", CONFIG_MAP, cut="before"), "was created with ID chat"),
    "answer cut after execution": Kind(registry("PUT", CONFIG_MAP, cut="after"), OK),
    "registry 500 at the answer": Kind(registry("PUT", CONFIG_MAP, times=0, status=500), "was created with ID chat"),
    # the controller
    "cache disk full": Kind(lambda lab: lab.cache_fails(errno.ENOSPC), OK),
    "cache read-only": Kind(lambda lab: lab.cache_fails(errno.EROFS), OK),
    "cache corrupted": Kind(in_cache("}{"), OK),
    "cache readable by others": Kind(in_cache("{}", 0o644), OK),
    "journal disk full": Kind(lambda lab: lab.journal_fails(errno.ENOSPC), "The journal", 0, 0),
    "journal read-only": Kind(lambda lab: lab.journal_fails(errno.EROFS), "The journal", 0, 0),
    "journal disk full at the answer": Kind(journal_fails_at_the_answer(errno.ENOSPC), OK),
    "journal incomplete": Kind(incomplete_journal, OK),
    "clock two hours ahead": Kind(clock_offset(2), OK),
    "clock two hours behind": Kind(clock_offset(-2), OK),
}


def uuid_refused(lab: Laboratory) -> None:
    """Lose the answer, and refuse a repeated uuid."""
    lab.dingtalk.unclear.uuid_repeat = "error"
    lab.dingtalk.fail(SCENE, kind="cut_after")


#: During the creation of a scene group, which its uuid makes idempotent for ten minutes.
SCENE_CREATION: dict[str, Kind] = {
    "scene group cut before execution": Kind(dingtalk(SCENE, kind="cut_before"), OK, 2),
    "scene group cut after execution": Kind(dingtalk(SCENE, kind="cut_after"), OK, 2),
    "scene group 502 after execution": Kind(dingtalk(SCENE, when="after", status=502), OK, 2),
    "scene group answered too late": Kind(dingtalk(SCENE, kind="delay", when="after", seconds=LATE), OK, 2),
    "scene group busy": Kind(dingtalk(SCENE, kind="errcode", errcode=-1), OK, 2),
    "scene group refused": Kind(
        dingtalk(SCENE, kind="errcode", errcode="groupTemplate.notFound"), "groupTemplate.notFound", 1, 0
    ),
    "uuid refused": Kind(uuid_refused, UNKNOWN, 3, 1, UNKNOWN),
}


@dataclass(frozen=True)
class SendingKind:
    """A fault, a part of the error (empty on success), and the expected numbers of requests and messages."""

    inject: Inject
    message: str
    requests: int
    messages: int


#: While a message is sent through a webhook, which its msgUuid makes idempotent.
WEBHOOK_MESSAGES: dict[str, SendingKind] = {
    "message cut after execution": SendingKind(dingtalk(WEBHOOK, kind="cut_after"), OK, 2, 1),
    "message cut before execution": SendingKind(dingtalk(WEBHOOK, kind="cut_before"), OK, 2, 1),
    "message 502 after execution": SendingKind(dingtalk(WEBHOOK, when="after", status=502), OK, 2, 1),
    "message answered too late": SendingKind(dingtalk(WEBHOOK, kind="delay", when="after", seconds=LATE), OK, 2, 1),
    "robot silenced": SendingKind(dingtalk(WEBHOOK, times=None, kind="throttle"), "20", 1, 0),
    "signature two hours ahead": SendingKind(clock_offset(2), "NTP", 1, 0),
    "signature two hours behind": SendingKind(clock_offset(-2), "NTP", 1, 0),
}
#: While the app's own robot sends a message, which has no idempotency key.
ROBOT_MESSAGES: dict[str, SendingKind] = {
    "robot's message cut after execution": SendingKind(
        dingtalk(SEND, kind="cut_after"), "It is unknown whether DingTalk received the request", 1, 1
    ),
    "robot's message 500 after execution": SendingKind(
        dingtalk(SEND, when="after", status=500), "Could not send a message", 1, 1
    ),
    "robot's message of unknown result": SendingKind(
        dingtalk(SEND, kind="errcode", when="after", errcode="unknown.send.result"), "unknown.send.result", 1, 1
    ),
    "robot's message throttled": SendingKind(dingtalk(SEND, kind="throttle"), OK, 2, 1),
}
