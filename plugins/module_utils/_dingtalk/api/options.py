# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that every DingTalk plugin shares; the doc fragment ``dingtalk`` describes them."""

from __future__ import annotations

from typing import Any

from ..._core.specs import ArgumentSpec

API_URL = "https://api.dingtalk.com"
LEGACY_API_URL = "https://oapi.dingtalk.com"


def dingtalk_spec(app_required: bool = True) -> ArgumentSpec:
    """Return the options that reach DingTalk as an app; the app may be left out where a robot's webhook is enough."""
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
            "cache_valid_time": {"type": "int", "default": 86400},
            "call_budget": {"type": "int"},
            "state_path": {"type": "path"},
        },
        required_together=[["app_key", "app_secret"]],
    )


def person_spec() -> ArgumentSpec:
    """Return the options of one person: a mobile number or a user ID."""
    return ArgumentSpec(options={"mobile": {"type": "str"}, "userid": {"type": "str"}})


def person_option(**settings: Any) -> dict[str, Any]:
    """Return an option that takes one person; ``settings`` (such as ``required``) are added."""
    # That exactly one is given is left to checks.check_person, which names the person at fault.
    return {"type": "dict", "options": dict(person_spec().options), **settings}


def people_option(**settings: Any) -> dict[str, Any]:
    """Return an option that takes a list of people; ``settings`` (such as ``required``) are added."""
    return person_option(**settings) | {"type": "list", "elements": "dict"}
