# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of DingTalk's error codes: what the call has done, the retry rule, and a hint for the operator.

A code is a definite refusal only if DingTalk is known to return it before it does the work, and in its own format. All
other answers, and codes that are not in the table, leave the outcome of a call unknown.

Sources: server-api-error-codes-1, call-frequency-limit, custom-robots-send-group-messages and the endpoints' pages;
for what these do not have, the public issues in ``seen``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: codes of this collection, for answers without a code of DingTalk's
UNREADABLE = "unreadable answer"
FAILED_WITHOUT_CODE = "success=false"
CONTRADICTORY = "contradictory answer"
IP_BAN_PAGE = "x5 page"
SEVERAL_ACCOUNTS = "several dedicated accounts"

#: codes of a custom robot that is silenced
ROBOT_TOO_FAST = ("410100", "130101", "450101")


class Outcome(Enum):
    """What a call has done when it is answered with a code."""

    #: nothing: DingTalk is known to check this before it does any work
    REFUSED = "refused"
    #: nothing to the chat that the call names; after a request to create a chat, it may be about the new one
    REFUSED_CHAT = "refused for the chat"
    #: everything, nothing or a part
    UNKNOWN = "unknown"


class Repeat(Enum):
    """Whether the same call may succeed later. A write of unknown outcome is not repeated, whatever this says."""

    #: it would be refused again
    NEVER = "never"
    #: with a new token
    WITH_NEW_TOKEN = "with a new token"  # noqa: S105
    #: after a wait
    LATER = "later"


@dataclass(frozen=True)
class Row:
    """Codes (with ``*`` as a wildcard) and their hint, in which ``{PERM}`` etc. are placeholders for console pages."""

    codes: tuple[str, ...]
    outcome: Outcome
    #: the ID in the catalogue of findings; several rows may share one
    finding: str
    text: str
    repeat: Repeat = Repeat.NEVER
    #: minimum seconds to wait before the call is repeated
    wait: float = 1.0
    #: for codes with several meanings: a regular expression that DingTalk's description must match
    message: str = ""
    #: where codes or messages that DingTalk does not document were seen: issues on GitHub, and pages
    seen: tuple[str, ...] = ()


#: The refusal of a robot by the address of the caller, which other callers do not have.
NOT_ON_IP_LIST = Row(
    ("310000", "ip.not.match"),
    Outcome.REFUSED,
    "KD233",
    "The IP list of the robot does not contain {caller}. Add it (IPv4 or CIDR) on {CLIENT}.",
    # Chinese characters are word characters, too, and may adjoin the word.
    message=r"(?<![a-z])ip(?![a-z])",
    seen=("sansan0/TrendRadar#70",),
)

ROWS = (
    # --- credentials, permissions, network
    Row(
        ("40089", "invalidClientIdOrSecret", "invalid.client"),
        Outcome.REFUSED,
        "KD201",
        "App key (Client ID) and app secret (Client Secret) do not match. Copy both from the same app on {CRED}.",
    ),
    Row(
        ("unauthorized.client",),
        Outcome.REFUSED,
        "KD204",
        "The app is not authorised for this organisation. Use an app of your own organisation and enable it on {REL}.",
    ),
    Row(
        ("40014", "40001", "42001", "InvalidAuthentication", "invalidAccessToken", "invalidToken"),
        Outcome.REFUSED,
        "KD201",
        "DingTalk rejects the access token, even a new one. Compare the app key and app secret with {CRED}.",
        Repeat.WITH_NEW_TOKEN,
    ),
    Row(
        ("41001",),
        Outcome.REFUSED,
        "KD239",
        "The access token did not reach DingTalk. Check whether a proxy rewrites the query string of requests.",
    ),
    Row(
        ("60011", "Forbidden.AccessDenied.AccessTokenPermissionDenied", "apiPermissionDenied", "permissions.error"),
        Outcome.REFUSED,
        "KD202",
        "The app lacks the {scopes}. Search for the name on {PERM} and enable or request it, then release a version "
        "on {REL}.",
        seen=("casdoor/casdoor#4469", "capricornxl/ad-password-self-service#13"),
    ),
    Row(
        ("88",),
        Outcome.REFUSED,
        "KD202",
        "DingTalk rejected the authentication. Check the {scopes} on {PERM} and the credentials on {CRED}.",
    ),
    Row(
        ("43007",),
        Outcome.REFUSED,
        "KD218",
        "The chat belongs to another app, or the app is not allowed to manage chats. Use the app that created the "
        "chat, and check the {scopes} on {PERM}.",
        Repeat.WITH_NEW_TOKEN,
    ),
    Row(
        ("60020", "Forbidden.AccessDenied.IpNotInWhiteList"),
        Outcome.REFUSED,
        "KD203",
        "Add {caller} to the server egress IPs on {IP}.{app_mismatch}",
    ),
    Row(
        ("50002", "50004"),
        Outcome.REFUSED,
        "KD205",
        "The person or department is outside the app's range. Extend the visible range with a new version on {REL}, "
        "and the contacts range (contacts permission > authorised range) on {PERM}.",
    ),
    Row(
        ("permession.checkFailed",),
        Outcome.REFUSED,
        "KD205",
        "The owner is outside the app's visible range, or a permission is missing. Extend the visible range on {REL} "
        "to include the owner, or choose another owner. Then check the {scopes} on {PERM}.",
    ),
    Row(("50003",), Outcome.REFUSED, "KD204", "The app is disabled. Enable it on {REL}."),
    Row(("50005",), Outcome.REFUSED, "KD206", "The organisation is disabled. Contact its administrator: {OA}."),
    Row(
        ("70001", "33001", "40013", "52010"),
        Outcome.REFUSED,
        "KD204",
        "Unknown organisation (CorpId). Use an app of your own organisation, with its credentials from {CRED}.",
    ),
    Row(
        ("48002", "grayControlDenied"),
        Outcome.REFUSED,
        "KD206",
        "DingTalk has not enabled this API for the app. Contact DingTalk's support.",
    ),
    Row(
        ("orgAuthLevelNotEnough", "no.priviledge"),
        Outcome.REFUSED,
        "KD206",
        "The certification level of the organisation is too low. Certify the organisation on {OA}.",
    ),
    # --- limits and faults of the server
    Row(("-1",), Outcome.UNKNOWN, "KD210", "DingTalk is busy. Try again later.", Repeat.LATER, 2.0),
    Row(
        ("400001", "500", "system.error", "systemError", "systemInnerError", "internalError", "server.error"),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk has an internal error, or an ID is unknown. Check the IDs; if they are correct, open a ticket with "
        "the request ID.",
        Repeat.LATER,
    ),
    Row(
        ("unknown.send.result", "send.ding.exception"),
        Outcome.UNKNOWN,
        "KD211",
        "DingTalk does not know whether the message was sent. Check the chat before sending it again.",
        Repeat.LATER,
    ),
    Row(
        ("429",),
        Outcome.UNKNOWN,
        "KD208",
        "Too many calls. Reduce the number of concurrent calls.",
        Repeat.LATER,
        2.0,
    ),
    Row(
        ("system.busy", "systemBusy"),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk is busy. Reduce the number of concurrent calls.",
        Repeat.LATER,
        2.0,
    ),
    Row(
        ("90018", "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"),
        Outcome.REFUSED,
        "KD208",
        "The app exceeded the number of calls per second to this API. Run fewer plays concurrently, or buy capacity on "
        "{USAGE}.",
        Repeat.LATER,
    ),
    Row(
        ("Forbidden.AccessDenied.QpmLimitForAppkeyAndApi",),
        Outcome.REFUSED,
        "KD208",
        "The app exceeded the number of calls per minute to this API. Run fewer plays concurrently, or buy capacity on "
        "{USAGE}.",
        Repeat.LATER,
        60.0,
    ),
    Row(
        ("90002", "Forbidden.AccessDenied.QpsLimitForApi"),
        Outcome.REFUSED,
        "KD208",
        "This API is overloaded by all its callers. Avoid running on the hour.",
        Repeat.LATER,
    ),
    Row(
        ("90001", "90003", "90004", "90005", "90006", "45009"),
        Outcome.REFUSED,
        "KD208",
        "DingTalk has temporarily blocked the server, the organisation or the app. Reduce the calls and run again "
        "later; if the error persists, open a ticket.",
    ),
    Row(("90017",), Outcome.REFUSED, "KD208", "Too many organisations call from one IP. Use separate egress IPs."),
    Row(("9000[7-9]", "9001[0-4]"), Outcome.REFUSED, "KD208", "DingTalk has throttled the app. Run again later."),
    Row(
        ("90020", "Forbidden.AccessDenied.ApiCountLimitForOrg"),
        Outcome.REFUSED,
        "KD207",
        "The organisation's monthly quota of API calls is used up. Buy a package on {USAGE}, or wait for the next "
        "month.",
    ),
    Row(
        ("90030",),
        Outcome.REFUSED,
        "KD207",
        "The organisation's monthly quota of webhook messages is used up. Buy a package on {USAGE}, combine messages, "
        "or wait for the next month.",
        seen=("developer.aliyun.com/ask/595588",),
    ),
    Row(
        ("x5",),
        Outcome.REFUSED,
        "KD209",
        "DingTalk has banned the public IP for 5 minutes because of more than 10000 calls in 20 seconds. Find the "
        "source of the calls: it may be another host behind the same IP.",
    ),
    Row(
        ("1002",),
        Outcome.UNKNOWN,
        "KD224",
        "The organisation has reached its limit of chats of this kind, or DingTalk is busy. Dissolve unused chats, or "
        "contact DingTalk's support.",
    ),
    Row(
        ("49007",),
        Outcome.REFUSED,
        "KD224",
        "The organisation has reached its limit of chats of this kind. Dissolve unused chats, or contact DingTalk's "
        "support.",
    ),
    Row(
        ("unavailable",),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk, or the chat, is not available. Try again later.",
        Repeat.LATER,
    ),
    # --- answers that are not in DingTalk's own format: a proxy may have answered instead, before or after the work
    Row(
        (IP_BAN_PAGE,),
        Outcome.UNKNOWN,
        "KD209",
        "DingTalk has probably banned the public IP for 5 minutes because of more than 10000 calls in 20 seconds. Find "
        "the source of the calls: it may be another host behind the same IP.",
    ),
    Row((UNREADABLE,), Outcome.UNKNOWN, "KD213", "Check the proxy and api_url, legacy_api_url.", Repeat.LATER),
    Row(
        (FAILED_WITHOUT_CODE,),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk reports a failure without a reason. If it persists, open a ticket.",
        Repeat.LATER,
    ),
    Row(
        (CONTRADICTORY,),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk reports neither a success nor a reason for a failure. If it persists, open a ticket.",
        Repeat.LATER,
    ),
    Row(
        ("HTTP 401",),
        Outcome.UNKNOWN,
        "KD201",
        "DingTalk, or a proxy in front of it, rejects the credentials. Compare the app key and app secret with {CRED}, "
        "and check the proxy.",
        Repeat.WITH_NEW_TOKEN,
    ),
    Row(
        ("HTTP 429",),
        Outcome.UNKNOWN,
        "KD208",
        "Too many calls, for DingTalk or for a proxy. Reduce the number of concurrent calls.",
        Repeat.LATER,
        2.0,
    ),
    Row(
        ("HTTP 5*",),
        Outcome.UNKNOWN,
        "KD210",
        "DingTalk, or a proxy in front of it, is not working properly. Try again later.",
        Repeat.LATER,
    ),
    Row(
        ("HTTP *",),
        Outcome.UNKNOWN,
        "KD213",
        "A proxy or a firewall may have answered instead of DingTalk. Check both.",
    ),
    # --- people and chats
    Row(
        ("60121", "40104", "46004", "60111", "staff.not.found"),
        Outcome.REFUSED,
        "KD214",
        "Correct the number or ID, or add the member on {MEMBERS}. A member outside the app's range may be reported as "
        "unknown, too: check the visible range on {REL} and the contacts range on {PERM}. A dedicated account "
        "(专属账号, 企业账号) of another organisation, or without a mobile number, is found by its user ID only: use "
        "{{userid: ..}}.",
        seen=("ClouGence/open-cdm#277",),
    ),
    Row(
        (SEVERAL_ACCOUNTS,),
        Outcome.UNKNOWN,
        "KD215",
        "Several dedicated accounts (专属账号, 企业账号) have this mobile number. Choose one by its user ID, "
        "{{userid: ..}}; user IDs are listed on {MEMBERS}.",
    ),
    Row(
        ("33012", "40003", "40031", "49016", "660041", "member.notFound"),
        Outcome.REFUSED,
        "KD214",
        "The user ID, or one in the list, is invalid. User IDs are listed on {MEMBERS}.",
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
        Outcome.REFUSED,
        "KD216",
        "DingTalk rejects a value. Correct the variable named in DingTalk's message.",
    ),
    Row(
        ("34001", "40016", "49000", "invalideChatId"),
        Outcome.REFUSED_CHAT,
        "KD217",
        "The chat ID is missing or invalid. Use the chat ID returned by the server API when the same app in the same "
        "organisation created the chat; a chat ID from a client does not work.",
    ),
    Row(
        ("34013", "chat.notExist", "not.found", "660015"),
        Outcome.REFUSED_CHAT,
        "KD217",
        "The chat does not exist. Correct the ID or re-create the chat.",
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
        Outcome.REFUSED_CHAT,
        "KD217",
        "Invalid openConversationId. Use the openConversationId (cid...), not the chat ID, including all of its "
        "trailing equals signs.",
    ),
    Row(
        ("49003", "60124"),
        Outcome.REFUSED_CHAT,
        "KD220",
        "Only the chat owner is allowed to do this, or the person is not in the chat.",
    ),
    Row(("49004",), Outcome.REFUSED, "KD220", "The same person would be added and removed."),
    Row(
        ("49023",),
        Outcome.UNKNOWN,
        "KD222",
        "The same person would be added and removed, or the person refuses to be added. Ask the person.",
    ),
    Row(
        ("49005", "49011", "49012", "40032", "665033", "member.exceed"),
        Outcome.REFUSED,
        "KD221",
        "Too many members: the limits are 1000 per chat and 40 per call. Use several chats.",
    ),
    Row(
        ("49006", "49013", "49010", "49018"),
        Outcome.REFUSED,
        "KD220",
        "The owner must be an employee and a member of the chat, and the chat must not be empty. Correct owner and "
        "members.",
    ),
    Row(
        ("49008", "49014", "49015", "49009"),
        Outcome.REFUSED,
        "KD220",
        "The chat type, the owner type, the name (1 to 20 characters) or an external contact does not match the chat. "
        "Correct it.",
    ),
    Row(
        ("49020", "49021", "49022"),
        Outcome.UNKNOWN,
        "KD222",
        "The person refuses to be added, or too many strangers were added today. Ask the person.",
    ),
    Row(
        ("group.notReady", "group.creating"),
        Outcome.REFUSED_CHAT,
        "KD223",
        "The chat is not ready yet. Run again.",
        Repeat.LATER,
        3.0,
    ),
    Row(
        (
            "400020",
            "660036",
            "groupPermissionDenied",
            "groupTemplatePermissionDenied",
            "*sceneGroupPermissionDenied",
            "auth.failed",
            "group.org.checkFailed",
            "conversation.org.notMatch",
        ),
        Outcome.REFUSED_CHAT,
        "KD218",
        "The app has no permission for this chat: the chat or its template belongs to another app or organisation. Use "
        "the app that owns it, or apply a template of this app ({TPL}).",
    ),
    Row(
        ("665036", "groupTemplate.notFound", "template.stopped", "template.not.existed", "660012"),
        Outcome.REFUSED,
        "KD219",
        "The template is missing, disabled or not published. Submit and publish it on {TPL}.",
    ),
    Row(
        ("660047", "*orgNotInGrayList"),
        Outcome.REFUSED,
        "KD219",
        "Add the organisation to the gray list of the template on {TPL}.",
    ),
    Row(
        ("660045", "660046", "*appNotInstalled", "*orgNotConsistent"),
        Outcome.REFUSED,
        "KD218",
        "The template belongs to another app or organisation. Use a template of this app from {TPL}.",
    ),
    Row(
        ("group.disbanded", "group.diaband", "groupDisbang", "400013"),
        Outcome.REFUSED_CHAT,
        "KD217",
        "The chat has been dissolved. Delete its stored ID and re-create it.",
    ),
    # --- robots
    Row(
        ("400101", "300001", "300005", "token.notExisted", "invalidParameter.token.invalid"),
        Outcome.REFUSED,
        "KD225",
        "Unknown webhook: it is incomplete, its robot was deleted, or the chat is one with external contacts. Copy it "
        "again from {CLIENT}.",
        seen=(
            "timonwong/prometheus-webhook-dingtalk#91",
            "timonwong/prometheus-webhook-dingtalk#226",
            "sdvdxl/falcon-message#7",
            "cryozerolabs/n8n-nodes-dingtalk#23",
        ),
    ),
    Row(
        ("400102", "bot.stopped", "robotDisabled", "resource.unavailable"),
        Outcome.REFUSED,
        "KD226",
        "The robot is disabled. Enable it on {CLIENT} or {ROBOT}.",
    ),
    Row(
        ("invalidParameter.robotCode.auth",),
        Outcome.REFUSED,
        "KD227",
        "The robot belongs to another app. Use the credentials of that app from {CRED}.",
    ),
    Row(
        ("400106", "robotNotFound", "invalidParameter.robotCode.*", "resource.not.found", "660014", "660016"),
        Outcome.REFUSED,
        "KD227",
        "The robot is not in the chat, or its code is wrong. Add it on {CLIENT}; its robotCode is shown on {ROBOT}.",
    ),
    Row(
        ("400105", "40008", "invalidParameter.msg.unsupport"),
        Outcome.REFUSED,
        "KD229",
        "The robot does not support this type of message.",
    ),
    Row(
        (*ROBOT_TOO_FAST, "send.byToken.tooFast", "send.too.fast", "too.many.group", "too.many.people"),
        Outcome.REFUSED,
        "KD228",
        "The robot sent too many messages: a custom robot that sends more than 20 messages per minute is silenced for "
        "10 minutes. Wait, and combine messages.",
        seen=("ccfos/nightingale#369", "opengoofy/hippo4j#217", "feiyu563/PrometheusAlert#369"),
    ),
    Row(
        ("460101", "101002"),
        Outcome.REFUSED,
        "KD229",
        "The message is too long: DingTalk accepts 20,000 bytes. Shorten it, or split it into several messages.",
        seen=(
            "timonwong/prometheus-webhook-dingtalk#30",
            "timonwong/prometheus-webhook-dingtalk#222",
            "feiyu563/PrometheusAlert#318",
            "Le0nsec/SecCrawler#12",
        ),
    ),
    Row(
        ("43010[1-4]", "contain.*", "40048", "41049"),
        Outcome.REFUSED,
        "KD229",
        "DingTalk's content review rejected a link, a text or a picture. Change the content.",
    ),
    Row(
        ("bot.forbidden.sendMessage", "send.forbidden"),
        Outcome.REFUSED,
        "KD226",
        "The robot is not allowed to send messages to this chat. Allow it on {CLIENT}.",
    ),
    Row(
        ("only.groupAdmin.canAtAll",),
        Outcome.REFUSED,
        "KD235",
        "Only the chat owner may mention everyone (@all). Change this in the settings of the chat.",
    ),
    Row(
        ("310000", "keywords.not.match"),
        Outcome.REFUSED,
        "KD231",
        "The message contains no keyword of the robot. Add one to the message, or edit the keywords on {CLIENT}.",
        message="keyword|关键词",
        seen=("mggger/chatgpt-bot-dingding#2", "RayWangQvQ/BiliBiliToolPro#271", "veops/ops-tools#20"),
    ),
    Row(
        ("310000",),
        Outcome.REFUSED,
        "KD234",
        "The clock of this machine is wrong by more than an hour. Synchronise it (NTP).",
        message="timestamp|时间戳|过期",
        seen=("0wQ/air780e-forwarder#51", "jenkinsci/dingtalk-plugin#116"),
    ),
    Row(
        ("310000", "sign.not.match"),
        Outcome.REFUSED,
        "KD232",
        "The secret of the robot is wrong. Copy the value SEC... again from {CLIENT}.",
        message=r"\bsign|签名",
        seen=("RayWangQvQ/BiliBiliToolPro#218", "sunmh207/AI-Codereview-Gitlab#142"),
    ),
    NOT_ON_IP_LIST,
    Row(
        ("310000",),
        Outcome.REFUSED,
        "KD230",
        "The security settings of the robot rejected the message. Check them on {CLIENT}.",
    ),
    Row(
        ("unauthorized", "auth.error"),
        Outcome.REFUSED,
        "KD202",
        "The app is not authorised. Enable the {scopes} on {PERM}, then release a version on {REL}.",
    ),
    Row(("reject",), Outcome.REFUSED, "KD236", "The chat has too many robots to be listed. Remove some on {CLIENT}."),
    Row(
        ("invalidParameter.*", "miss.param.*", "34004", "34014", "34015", "34016"),
        Outcome.REFUSED,
        "KD229",
        "DingTalk rejects the message. Correct or shorten it.",
    ),
)
