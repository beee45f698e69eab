# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers to a creation: one code of each row of the advice table, and formats that are not DingTalk's."""

from __future__ import annotations

from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._dingtalk.advice.lookup import find_row
from tests.support.dingtalk_codes import BEFORE_THE_WORK, KNOWN, STALE_TOKEN, THROTTLED, UNDOCUMENTED
from tests.support.simulators.dingtalk.faults import Rewrite
from tests.system.faults.kinds import CREATE, OK, UNKNOWN, Kind, dingtalk

#: A stale token or a missing right; DingTalk has accepted the token in the same run, so that it is not renewed.
AMBIGUOUS = "43007"


def one_code_of_each_row() -> list[str]:
    """Return the first code of each row; x5 has a format of its own, and is a kind of fault already."""
    rows = {id(find_row(code)): code for code in reversed(KNOWN) if code != "x5"}
    return sorted(rows.values(), key=KNOWN.index)


def code_kind(code: str) -> Kind:
    """Return the fault of a creation that is answered with a code."""
    if code in THROTTLED or (code in STALE_TOKEN and code != AMBIGUOUS):
        return Kind(dingtalk(CREATE, kind="errcode", errcode=code), OK, 2)
    if code in (*BEFORE_THE_WORK, *UNDOCUMENTED) or code == AMBIGUOUS:
        return Kind(dingtalk(CREATE, kind="errcode", errcode=code), code, 1, 0)
    return Kind(dingtalk(CREATE, kind="errcode", when="after", errcode=code), UNKNOWN, 1, 1, UNKNOWN)


CODES = {f"creation answered with {code}": code_kind(code) for code in one_code_of_each_row()}
#: The last one stands for all codes that DingTalk may add.
CODES["creation answered with an unknown code"] = code_kind("unheard-of")


def answer(rewrite: Rewrite, status: int = 200) -> Any:
    """Replace the answer to a creation that was executed."""
    return dingtalk(CREATE, kind="rewrite", rewrite=rewrite, status=status)


def unknown(rewrite: Rewrite, status: int = 200) -> Kind:
    return Kind(answer(rewrite, status), UNKNOWN, 1, 1, UNKNOWN)


def chat_id(value: Any) -> Kind:
    """Replace the chat ID in the answer."""
    return unknown(lambda body: {**body, "chatid": value})


FORMATS: dict[str, Kind] = {
    # pages of proxies
    **{
        f"creation answered with a page of status {status}": unknown(lambda _body: "<html>a page</html>", status)
        for status in (200, 204, 302, 400, 401, 403, 404, 407, 408, 413, 429, 500, 502, 503, 504)
    },
    "creation answered with a page that mentions x5": unknown(lambda _body: "<html>error x5</html>", 403),
    "creation answered with nothing": unknown(lambda _body: ""),
    "creation answered with a list": unknown(lambda _body: "[]"),
    # formats of others
    "creation answered with the JSON of a proxy": unknown(lambda _body: {"error": "forbidden"}, 403),
    "creation answered with JSON of status 401": unknown(lambda _body: {}, 401),
    "creation answered with an undocumented sub code": unknown(
        lambda _body: {"errcode": 88, "errmsg": "no", "sub_code": "unheard-of"}
    ),
    "creation answered with a refusal of status 503": unknown(lambda _body: {"code": "parameter.invalid"}, 503),
    "creation answered with a failure without a code": unknown(lambda _body: {"success": False}),
    "creation answered with an empty errcode": unknown(lambda _body: {"errcode": None}),
    # IDs
    "creation answered with the IDs and code ok": Kind(answer(lambda body: {**body, "code": "ok"}), OK),
    "creation answered with the IDs and code 0": Kind(answer(lambda body: {**body, "code": "0"}), OK),
    "creation answered with the IDs and errcode 0": Kind(answer(lambda body: {**body, "errcode": 0}), OK),
    "creation answered with the IDs and an undocumented code": Kind(answer(lambda body: {**body, "code": "new"}), OK),
    "creation answered with the IDs and status 429": Kind(answer(dict, 429), OK),
    "creation answered with the IDs and a refusal": unknown(lambda body: {**body, "code": "parameter.invalid"}),
    "creation answered without the openConversationId": Kind(answer(lambda body: {"chatid": body["chatid"]}), OK),
    "creation answered without the chat ID": unknown(lambda body: {"openConversationId": body["openConversationId"]}),
    "creation answered with success only": unknown(lambda _body: {"success": True}),
    "chat ID empty": chat_id(""),
    "chat ID null": chat_id(None),
    "chat ID of blanks": chat_id("  "),
    "chat ID a number": chat_id(12345),
    "chat ID a list": chat_id(["chat1"]),
    "chat ID a map": chat_id({"id": "chat1"}),
    "chat ID with a line break": chat_id("chat1\n"),
    "chat ID with a lone surrogate": chat_id("chat\ud8001"),
    "chat ID with a terminal escape": chat_id("chat\x1b[31m"),
    "chat ID of a megabyte": chat_id("c" * 1_000_000),
}
