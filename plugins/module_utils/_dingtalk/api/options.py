# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of all DingTalk modules, documented by the doc fragment ``dingtalk``."""

from __future__ import annotations

from typing import Any

from ..._core.clock import DAY
from ..._core.secrets.kinds import PROXY, SERVER_URL
from ..._core.specs import ArgumentSpec

API_URL = "https://api.dingtalk.com"
LEGACY_API_URL = "https://oapi.dingtalk.com"


def dingtalk_spec(app_required: bool = True) -> ArgumentSpec:
    """Return the options to call DingTalk as an app; the app is optional where a robot's webhook is sufficient."""
    return ArgumentSpec(
        options={
            "app_key": {"type": "str", "required": app_required, "no_log": False},
            "app_secret": {"type": "str", "required": app_required, "no_log": True},
            "api_url": {"type": "str", "default": API_URL},
            "legacy_api_url": {"type": "str", "default": LEGACY_API_URL},
            "proxy": {"type": "str"},
            "ca_path": {"type": "path"},
            "validate_certs": {"type": "bool", "default": True},
            "request_timeout": {"type": "int", "default": 30},
            "cache": {"type": "bool", "default": True},
            "cache_path": {"type": "path"},
            "cache_valid_time": {"type": "int", "default": DAY},
            "call_budget": {"type": "int"},
            "state_path": {"type": "path"},
        },
        required_together=[["app_key", "app_secret"]],
        verbatim=frozenset({"app_key", "app_secret"}),
        secrets={"api_url": SERVER_URL, "legacy_api_url": SERVER_URL, "proxy": PROXY},
    )


def person_spec() -> ArgumentSpec:
    """Return the options of a person: a mobile number or a user ID."""
    return ArgumentSpec(options={"mobile": {"type": "str"}, "userid": {"type": "str"}})


def verbatim_people(*names: str) -> frozenset[str]:
    """Return the paths of the texts in options for people."""
    return frozenset(f"{name}.{text}" for name in names for text in person_spec().options)


def person_option(**settings: Any) -> dict[str, Any]:
    """Return an option for a person; ``settings`` (such as ``required``) are added."""
    # validation.check_person checks that exactly one is set, and reports the place.
    return {"type": "dict", "options": dict(person_spec().options), **settings}


def people_option(**settings: Any) -> dict[str, Any]:
    """Return an option for a list of people; ``settings`` (such as ``required``) are added."""
    return person_option(**settings) | {"type": "list", "elements": "dict"}
