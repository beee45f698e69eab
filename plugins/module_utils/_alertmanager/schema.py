# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of Alertmanager's configuration: their values, and the versions that introduced them.

Source: prometheus/alertmanager, config/config.go and config/notifiers.go, up to 0.27.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from .._core.errors import Errors
from .._core.texts.near_names import did_you_mean
from . import values
from .values import Rule, Version, each


class Field(NamedTuple):
    """The rule for the value, and the first version with the field."""

    rule: Rule
    since: Version = values.ALL


Fields = Mapping[str, Field]

_TEXT, _TEXTS, _URL = Field(values.text), Field(each(values.text, empty=values.ALL)), Field(values.url)
_DURATION, _POSITIVE = Field(values.duration), Field(values.positive_duration)
_LABELS, _PATTERNS = Field(values.labels), Field(values.patterns)
_MATCHERS = Field(each(values.matcher, empty=values.ALL), values.MATCHERS)

GLOBAL: Fields = {
    "resolve_timeout": _DURATION,
    "http_config": Field(values.mapping),
    "smtp_smarthost": Field(values.host_and_port),
    "smtp_require_tls": Field(values.flag),
    **dict.fromkeys(("smtp_from", "smtp_hello", "smtp_auth_username", "smtp_auth_password"), _TEXT),
    **dict.fromkeys(("smtp_auth_secret", "smtp_auth_identity"), _TEXT),
    "smtp_auth_password_file": Field(values.text, (0, 25)),
    "slack_api_url": Field(values.secret_url),
    "slack_api_url_file": Field(values.text, (0, 22)),
    **dict.fromkeys(("pagerduty_url", "opsgenie_api_url", "wechat_api_url", "victorops_api_url"), _URL),
    **dict.fromkeys(("opsgenie_api_key", "wechat_api_secret", "wechat_api_corp_id", "victorops_api_key"), _TEXT),
    "opsgenie_api_key_file": Field(values.text, (0, 24)),
    "victorops_api_key_file": Field(values.text, (0, 25)),
    "telegram_api_url": Field(values.url, (0, 24)),
    "webex_api_url": Field(values.url, (0, 25)),
}
#: Mutually exclusive fields of ``global``, and the first version that rejects both.
EXCLUSIVE: tuple[tuple[str, str, Version], ...] = (
    ("slack_api_url", "slack_api_url_file", (0, 22)),
    ("opsgenie_api_key", "opsgenie_api_key_file", (0, 25)),
    ("victorops_api_key", "victorops_api_key_file", (0, 25)),
    ("smtp_auth_password", "smtp_auth_password_file", (0, 25)),
)

ROUTE: Fields = {
    "receiver": _TEXT,
    "group_by": Field(values.group_by),
    "group_wait": _DURATION,
    "group_interval": _POSITIVE,
    "repeat_interval": _POSITIVE,
    "match": _LABELS,
    "match_re": _PATTERNS,
    "matchers": _MATCHERS,
    "continue": Field(values.flag),
    "mute_time_intervals": Field(each(values.text, empty=values.ALL), (0, 22)),
    "active_time_intervals": Field(each(values.text, empty=values.ALL), (0, 24)),
    "routes": Field(each(values.mapping)),
}

INHIBIT_RULE: Fields = {
    **dict.fromkeys(("source_match", "target_match"), _LABELS),
    **dict.fromkeys(("source_match_re", "target_match_re"), _PATTERNS),
    **dict.fromkeys(("source_matchers", "target_matchers"), _MATCHERS),
    "equal": Field(each(values.label_name, empty=values.ALL)),
}

INTERVAL: Fields = {"name": _TEXT, "time_intervals": Field(each(values.mapping, empty=values.ALL))}

DOCUMENT: Fields = {
    "global": Field(values.mapping),
    "route": Field(values.mapping),
    "receivers": Field(each(values.mapping, empty=(0, 27))),
    "inhibit_rules": Field(each(values.mapping, empty=values.ALL)),
    "templates": _TEXTS,
    "mute_time_intervals": Field(each(values.mapping, empty=values.ALL), (0, 22)),
    "time_intervals": Field(each(values.mapping, empty=values.ALL), (0, 24)),
}


def check_fields(errors: Errors, section: Mapping[Any, Any], fields: Fields, version: Version, strict: bool) -> None:
    """Check the values of a section and, with ``strict``, its field names. Null means that the field is missing."""
    for name, value in section.items():
        field = fields.get(name)
        if strict and (not field or field.since > version):
            known = ".".join(map(str, version))
            hint = "" if field else did_you_mean(name, fields)
            errors.at(name).add(f"unknown field in Alertmanager {known}{hint}; correct its name or remove it")
        elif field and value is not None:
            field.rule(errors.at(name), value, version)
