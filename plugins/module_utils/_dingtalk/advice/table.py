# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table from DingTalk's error codes to what a client may do next and what an operator should do.

Sources: server-api-error-codes-1, call-frequency-limit, custom-robots-send-group-messages and the endpoints' own pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Repeat(Enum):
    """What may be done with a call after an error."""

    #: nothing ran, and the same call would be refused again
    NEVER = "never"
    #: nothing ran; once more with a fresh token
    WITH_NEW_TOKEN = "with a new token"  # noqa: S105
    #: nothing ran (a gateway turned the call away); wait and call again, writes too
    ALWAYS = "always"
    #: nobody knows whether it ran; only what is safe to repeat may be called again
    IF_REPEATABLE = "if repeatable"


@dataclass(frozen=True)
class Row:
    """Codes (``*`` stands for any text), and a text in which ``{PERM}`` and the like stand for console pages."""

    codes: tuple[str, ...]
    text: str
    repeat: Repeat = Repeat.NEVER
    #: seconds to wait at least before the call is repeated
    wait: float = 1.0
    #: a regular expression that DingTalk's message must match, for codes with several meanings
    message: str = ""


ROWS = (
    # --- credentials, permissions, network
    Row(
        ("40089", "invalidClientIdOrSecret", "invalid.client"),
        "App key (Client ID) and app secret (Client Secret) do not belong together. Copy both again, from the same "
        "app, on {CRED}.",
    ),
    Row(
        ("unauthorized.client",),
        "The app is not authorised for this organisation: use an app of the own organisation, and enable it on {REL}.",
    ),
    Row(
        ("40014", "40001", "42001", "InvalidAuthentication", "invalidAccessToken", "invalidToken", "HTTP 401"),
        "DingTalk does not accept the access token, not even a fresh one. Compare app key and app secret with {CRED}.",
        Repeat.WITH_NEW_TOKEN,
    ),
    Row(("41001",), "The access token did not reach DingTalk: check whether a proxy rewrites the request's query."),
    Row(
        (
            "60011",
            "Forbidden.AccessDenied.AccessTokenPermissionDenied",
            "apiPermissionDenied",
            "permissions.error",
            "HTTP 403",
        ),
        "The app lacks the permission {scopes}. Search it by this code on {PERM} and open it or apply for it; then "
        "release a version on {REL}.",
    ),
    Row(
        ("88",),
        "DingTalk refused the authentication. Check the permission {scopes} on {PERM}, then the credentials on {CRED}.",
    ),
    Row(
        ("43007",),
        "The chat belongs to another app, or the app may not manage chats. Use the app that created the chat; check "
        "the permission {scopes} on {PERM}.",
        Repeat.WITH_NEW_TOKEN,
    ),
    Row(
        ("60020", "Forbidden.AccessDenied.IpNotInWhiteList"),
        "Add {caller} to the server egress IPs on {IP}.{whose}",
    ),
    Row(
        ("50002", "50004"),
        "The person or department is outside the app's range. Widen the visible range with a version on {REL}, and the "
        "contacts range (contacts permission > authorised range) on {PERM}.",
    ),
    Row(
        ("permession.checkFailed",),
        "The owner is outside the app's visible range, or a permission is missing. Widen the visible range on {REL} so "
        "that it includes the owner, or choose another owner; then check the permission {scopes} on {PERM}.",
    ),
    Row(("50003",), "The app is disabled. Enable it on {REL}."),
    Row(("50005",), "The organisation is disabled. Ask its administrator, on {OA}."),
    Row(
        ("70001", "33001", "40013", "52010"),
        "DingTalk does not know the organisation (CorpId). Use an app of the own organisation and its credentials, "
        "{CRED}.",
    ),
    Row(("48002", "grayControlDenied"), "DingTalk has not opened this API for the app. Ask DingTalk's support."),
    Row(
        ("orgAuthLevelNotEnough", "no.priviledge"),
        "The organisation's certification level is too low. Certify it, on {OA}.",
    ),
    # --- limits and trouble of the server
    Row(("-1",), "DingTalk is busy. Try again later.", Repeat.IF_REPEATABLE, 2.0),
    Row(
        ("400001", "500", "system.error", "systemError", "systemInnerError", "internalError", "server.error"),
        "A fault of DingTalk, or an ID that it does not know. Check the IDs; if they are right, open a ticket with the "
        "request ID.",
        Repeat.IF_REPEATABLE,
    ),
    Row(
        ("unknown.send.result", "send.ding.exception"),
        "DingTalk does not know whether the message was sent. Look into the chat before it is sent again.",
        Repeat.IF_REPEATABLE,
    ),
    Row(
        ("HTTP 5*",),
        "DingTalk, or a proxy before it, is in trouble. Try again later.",
        Repeat.IF_REPEATABLE,
    ),
    Row(("429", "HTTP 429"), "Too many calls. Run fewer at the same time.", Repeat.ALWAYS, 2.0),
    Row(
        ("system.busy", "systemBusy"), "DingTalk is busy. Run fewer calls at the same time.", Repeat.IF_REPEATABLE, 2.0
    ),
    Row(
        ("90018", "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        "The app called this API too often within a second. Run fewer plays at the same time, or buy capacity on "
        "{USAGE}.",
        Repeat.ALWAYS,
    ),
    Row(
        ("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",),
        "The app called this API too often within a minute. Run fewer plays at the same time, or buy capacity on "
        "{USAGE}.",
        Repeat.ALWAYS,
        60.0,
    ),
    Row(
        ("90002", "Forbidden.AccessDenied.QpsLimitForApi"),
        "All callers together overload this API. Avoid full hours.",
        Repeat.ALWAYS,
    ),
    Row(
        ("90001", "90003", "90004", "90005", "90006", "45009"),
        "DingTalk has blocked the server, the organisation or the app for a while. Reduce the calls and run again "
        "later; if it goes on, open a ticket.",
    ),
    Row(("90017",), "Too many organisations call from one IP. Give them separate egress IPs."),
    Row(("9000[7-9]", "9001[0-4]"), "DingTalk has throttled the app. Run again later."),
    Row(
        ("90020", "Forbidden.AccessDenied.ApiCountLimitForOrg"),
        "The organisation's API calls of this month are used up. See {USAGE}: buy a package, or wait for the next "
        "month.",
    ),
    Row(
        ("x5",),
        "DingTalk has banned the public IP for 5 minutes, for more than 10000 calls in 20 seconds. Find the flood: it "
        "may come from another host behind the same IP.",
    ),
    Row(
        ("1002", "49007"),
        "The organisation may create no more chats of this kind, or DingTalk is busy. Dissolve chats no longer used, "
        "or ask DingTalk's support.",
    ),
    # --- people and chats
    Row(
        ("60121", "40104", "46004", "60111", "staff.not.found"),
        "Correct the number or ID, or add the member on {MEMBERS}. A member outside the app's range may look unknown, "
        "too: see the visible range on {REL} and the contacts range on {PERM}.",
    ),
    Row(
        ("33012", "40003", "40031", "49016", "660041", "member.notFound"),
        "A user ID is wrong, or one in the list is. User IDs are shown on {MEMBERS}.",
    ),
    Row(
        (
            "60103",
            "400002",
            "40035",
            "40036",
            "40038",
            "71010",
            "43009",
            "43004",
            "43005",
            "44002",
            "47001",
            "parameter.invalid",
            "paramIllegal",
            "paramBlank",
        ),
        "DingTalk does not accept a value. Correct the variable that DingTalk's message names.",
    ),
    Row(
        ("34001", "40016", "49000", "invalideChatId"),
        "The chat ID is missing or invalid. Use the chat ID that was returned when a server created the chat, by the "
        "same app in the same organisation; one taken from a client does not work.",
    ),
    Row(
        ("34013", "chat.notExist", "not.found", "660015"), "The chat does not exist. Correct the ID, or create it anew."
    ),
    Row(
        (
            "cidEncryptError",
            "660023",
            "openConversationId.decryptFailed",
            "invalid.openConversationId",
            "illegal.openconevrsation.id",
            "miss.openConversationId",
        ),
        "DingTalk cannot read the openConversationId. Give the openConversationId (cid...), not the chat ID, with all "
        "of its trailing equals signs.",
    ),
    Row(("49003", "60124"), "Only the chat's owner may do that, or the person is not in the chat."),
    Row(("49004",), "The same person is to be added and removed."),
    Row(("49023",), "The same person is to be added and removed, or the person refuses to be added: ask the person."),
    Row(
        ("49005", "49011", "49012", "40032", "665033", "member.exceed"),
        "Too many members: at most 1000 in a chat, and 40 in a call. Spread them over several chats.",
    ),
    Row(
        ("49006", "49013", "49010", "49018"),
        "The owner must be an employee and a member of the chat, which must not be empty. Correct owner and members.",
    ),
    Row(
        ("49008", "49014", "49015", "49009"),
        "Chat type, owner type, name (1 to 20 characters) or an external contact does not fit the chat. Correct it.",
    ),
    Row(("49020", "49021", "49022"), "The person refuses, or too many strangers were added today. Ask the person."),
    Row(("group.notReady", "group.creating"), "The chat is not ready yet. Run again.", Repeat.ALWAYS, 3.0),
    Row(
        (
            "400020",
            "660036",
            "groupPermissionDenied",
            "groupTemplatePermissionDenied",
            "*sceneGroupPermissionDenied",
            "auth.failed",
            "unavailable",
            "group.org.checkFailed",
            "conversation.org.notMatch",
        ),
        "The app has no right to this chat: the chat, or its template, belongs to another app or organisation. Use the "
        "app that owns it, or apply a template of this app ({TPL}).",
    ),
    Row(
        ("665036", "groupTemplate.notFound", "template.stopped", "template.not.existed", "660012"),
        "The template is missing, disabled or not published. Submit and publish it on {TPL}.",
    ),
    Row(("660047", "*orgNotInGrayList"), "Add the organisation to the template's gray list on {TPL}."),
    Row(
        ("660045", "660046", "*appNotInstalled", "*orgNotConsistent"),
        "The template belongs to another app or organisation. Use a template of this app, {TPL}.",
    ),
    Row(
        ("group.disbanded", "group.diaband", "groupDisbang", "400013"),
        "The chat is dissolved. Drop its stored ID and create it anew.",
    ),
    # --- robots
    Row(
        ("400101", "token.notExisted", "invalidParameter.token.invalid"),
        "DingTalk does not know the webhook. Copy it again on {CLIENT}.",
    ),
    Row(
        ("400102", "bot.stopped", "robotDisabled", "resource.unavailable"),
        "The robot is stopped. Enable it on {CLIENT}, or on {ROBOT}.",
    ),
    Row(("invalidParameter.robotCode.auth",), "The robot belongs to another app. Use that app's credentials, {CRED}."),
    Row(
        ("400106", "robotNotFound", "invalidParameter.robotCode.*", "resource.not.found", "660014", "660016"),
        "The robot is not in the chat, or its code is wrong. Add it on {CLIENT}; its robotCode stands on {ROBOT}.",
    ),
    Row(("400105", "40008", "invalidParameter.msg.unsupport"), "The robot does not support this type of message."),
    Row(
        ("410100", "send.byToken.tooFast", "send.too.fast", "too.many.group", "too.many.people"),
        "The robot sent too much: a custom robot may send 20 messages in a minute, else it is silenced for 10 minutes. "
        "Wait, and merge messages.",
    ),
    Row(
        ("43010[1-4]", "contain.*", "40048", "41049"),
        "DingTalk's content review refused a link, a text or a picture. Change the content.",
    ),
    Row(("bot.forbidden.sendMessage", "send.forbidden"), "The robot may not speak in this chat. Allow it on {CLIENT}."),
    Row(
        ("only.groupAdmin.canAtAll",),
        "Only the chat's owner may mention everybody. Change that in the chat's settings.",
    ),
    Row(
        ("310000", "keywords.not.match"),
        "The message holds none of the robot's keywords. Put one into the message, or edit the list on {CLIENT}.",
        message="keyword",
    ),
    Row(
        ("310000",),
        "The clock of this machine is off by more than an hour. Synchronise it (NTP).",
        message="timestamp",
    ),
    Row(
        ("310000", "sign.not.match"),
        "The robot's secret is wrong. Copy the value SEC... again on {CLIENT}.",
        message="sign",
    ),
    Row(
        ("310000", "ip.not.match"),
        "The robot's IP list does not hold {caller}. Add it (IPv4 or CIDR) on {CLIENT}.",
        message=r"\bip\b",
    ),
    Row(("310000",), "The robot's security settings refused the message. Compare them on {CLIENT}."),
    Row(
        ("unauthorized", "auth.error"),
        "The app has no right to do that. Open the permission {scopes} on {PERM}, then release a version on {REL}.",
    ),
    Row(("reject",), "The chat has too many robots to list. Remove some on {CLIENT}."),
    Row(
        ("invalidParameter.*", "miss.param.*", "34004", "34014", "34015", "34016"),
        "DingTalk does not accept the message. Correct or shorten it.",
    ),
)
