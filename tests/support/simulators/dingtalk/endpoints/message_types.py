# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types of messages: their required fields, and the extraction of their texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema

from tests.support.simulators.dingtalk.endpoint import STRING
from tests.support.simulators.dingtalk.organisation import Json

TEXT: Json = {"type": "string"}
BUTTONS: Json = {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["title", "actionURL"]}}


def _fields(required: str, **more: Json) -> Json:
    names = required.split()
    return {"type": "object", "required": names, "properties": dict.fromkeys(names, STRING) | more}


def _object(required: str, **more: Json) -> Any:
    return _validator(_fields(required, **more))


def _validator(schema: Json) -> Any:
    return jsonschema.Draft202012Validator(schema)


WEBHOOK: dict[str, Any] = {
    "text": _object("content"),
    "markdown": _object("title text"),
    "link": _object("title text messageUrl", picUrl=TEXT),
    "actionCard": _validator(
        {
            "anyOf": [
                _fields("title text singleTitle singleURL", btnOrientation={"enum": ["0", "1"]}),
                _fields("title text btns", btns=BUTTONS),
            ]
        }
    ),
    "feedCard": _validator(
        {
            "type": "object",
            "required": ["links"],
            "properties": {
                "links": {"type": "array", "minItems": 1, "items": _fields("title messageURL picURL")},
            },
        }
    ),
}
"""msgtype of a custom robot's message: validator of the object of the same name (robot-message-type)."""

AT = _validator(
    {
        "type": "object",
        "properties": {
            "atMobiles": {"type": ["array", "null"], "items": STRING},
            "atUserIds": {"type": ["array", "null"], "items": STRING, "maxItems": 50},
            "isAtAll": {"type": "boolean"},
        },
        "additionalProperties": False,
    }
)


def _card(buttons: int) -> str:
    return "title text " + " ".join(f"actionTitle{n} actionURL{n}" for n in range(1, buttons + 1))


TEMPLATES: dict[str, Any] = {
    "sampleText": _object("content"),
    "sampleMarkdown": _object("title text"),
    "sampleImageMsg": _object("photoURL"),
    "sampleLink": _object("title text messageUrl picUrl"),
    "sampleActionCard": _object("title text singleTitle singleURL"),
    **{f"sampleActionCard{n}": _object(_card(n)) for n in range(2, 6)},
    "sampleActionCard6": _object("title text buttonTitle1 buttonUrl1 buttonTitle2 buttonUrl2"),
    **{key: _validator({"type": "object"}) for key in ("sampleAudio", "sampleFile", "sampleVideo")},
}
"""msgKey of an app robot's message: validator of msgParam."""


def words(content: Any) -> str:
    """Return all texts in the message's object, one per line."""
    return "\n".join(_texts(content))


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    for item in content.values() if isinstance(content, dict) else content if isinstance(content, list) else ():
        yield from _texts(item)
