# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom robot's webhook, robot/send (custom-robots-send-group-messages, customize-robot-security-settings)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import urllib.parse

from tests.support.simulators.dingtalk.endpoint import STRING, Context, Endpoint, fields
from tests.support.simulators.dingtalk.endpoints.message_types import AT, WEBHOOK, words
from tests.support.simulators.dingtalk.organisation import DISBANDED, Json, Message, Robot
from tests.support.simulators.dingtalk.refusals import Refusal

HOUR_MS = 3600 * 1000


def sign(secret: str, timestamp: str) -> str:
    """Return the Base64 signature of a time in milliseconds, not percent-encoded."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def send(context: Context) -> Json:
    """Send as a custom robot; all enabled security settings are checked."""
    found = context.organisation.webhook(context.values["access_token"])
    if found is None:
        raise Refusal(400101, "the robot's token does not exist")
    chat, robot = found
    if chat.status == DISBANDED:
        raise Refusal(400013, "the group is dissolved")
    if robot.stopped:
        raise Refusal(400102, "the robot is stopped")
    message = _message(context, chat.chatid, robot.name)
    _check_security(context, robot, message.text)
    uuid, now = context.values.get("msgUuid", ""), context.clock.now()
    if uuid and now - robot.uuids.get(uuid, float("-inf")) < context.unclear.msg_uuid_seconds:
        return {}
    if context.limits.robot_too_fast(robot):
        raise Refusal(410100, "send too fast, exceed 20 times per minute")
    robot.uuids[uuid] = now
    context.organisation.messages.append(message)
    return {}


def _message(context: Context, chatid: str, name: str) -> Message:
    kind = context.values["msgtype"]
    if kind not in WEBHOOK:
        raise Refusal(400105, "unsupported msgtype")
    content = context.values.get(kind)
    at = context.values.get("at") or {}
    if not WEBHOOK[kind].is_valid(content) or not AT.is_valid(at):
        raise Refusal(40035, f"the message does not fit {kind}")
    return Message(chatid, "custom robot", name, kind, content or {}, words(content), context.clock.now(), at)


def _check_security(context: Context, robot: Robot, text: str) -> None:
    if robot.keywords and not any(keyword in text for keyword in robot.keywords):
        raise Refusal(310000, "keywords not in content")
    if robot.secret:
        _check_sign(context, robot.secret)
    if robot.ips and not _listed(context.ip, robot.ips):
        raise Refusal(310000, f"ip {context.ip} not in whitelist")


def _check_sign(context: Context, secret: str) -> None:
    timestamp = context.values.get("timestamp", "")
    if not timestamp.isdecimal() or abs(int(timestamp) - context.clock.now() * 1000) > HOUR_MS:
        raise Refusal(310000, "invalid timestamp")
    given = context.values.get("sign", "")
    forms = {given, urllib.parse.unquote(given)} if context.unclear.double_encoded_sign else {given}
    right = sign(secret, timestamp).encode()
    if not any(hmac.compare_digest(form.encode(), right) for form in forms):
        raise Refusal(310000, "sign not match")


def _listed(ip: str, networks: tuple[str, ...]) -> bool:
    return any(ipaddress.ip_address(ip) in ipaddress.ip_network(network, strict=False) for network in networks)


ENDPOINTS = (
    Endpoint(
        style="legacy",
        method="POST",
        path="/robot/send",
        work=send,
        schema=fields(
            "access_token msgtype",
            access_token=STRING,
            timestamp=STRING,
            sign=STRING,
            msgtype=STRING,
            at={},
            msgUuid=STRING,
            **{kind: {} for kind in WEBHOOK},
        ),
        invalid=40035,
        codes={"Content-Type": 43004, "access_token": 400101, "timestamp": 310000, "sign": 310000},
        auth="robot",
        quota="webhook",
        query=("access_token", "timestamp", "sign"),
    ),
)
