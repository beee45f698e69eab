# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The integrations of receivers: their fields, and those without which Alertmanager rejects a configuration.

Source: prometheus/alertmanager, config/notifiers.go and config/config.go of the versions that KubeSphere ships. The
content of ``http_config`` and ``tls_config`` is not validated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .._core.errors import Errors
from . import integration_values, values
from .integration_values import is_set
from .schema import Field, Fields, check_fields
from .values import ALL, Version, each


class Need(NamedTuple):
    """A value that an integration needs: one of ``fields``, or one of ``fallback`` in ``global``.

    ``files_since``: the first version that accepts a field whose name ends with ``_file`` instead.
    """

    fields: tuple[str, ...]
    fallback: tuple[str, ...] = ()
    files_since: Version = ALL

    def is_met(self, section: Mapping[str, Any], settings: Mapping[str, Any], version: Version) -> bool:
        """Return whether the integration or ``global`` has the value."""
        return any(is_set(section.get(name)) for name in self._counted(self.fields, version)) or any(
            is_set(settings.get(name)) or (name in DEFAULTED and name not in settings)
            for name in self._counted(self.fallback, version)
        )

    def error(self, version: Version) -> str:
        """Return the error of a missing value, with the fields that can be set."""
        here, above = self._counted(self.fields, version), self._counted(self.fallback, version)
        hint = f"; set it, or global.{' or global.'.join(above)}" if above else "; set it"
        return f"missing {' or '.join(here)}{hint}"

    def _counted(self, names: tuple[str, ...], version: Version) -> list[str]:
        return [name for name in names if not name.endswith("_file") or version >= self.files_since]


class Integration(NamedTuple):
    """One kind of integration.

    ``fields``, ``needs``; ``exclusive``: pairs of fields, and the first version that rejects both. ``check``: a
    further check of a section for a version. ``since``: the first version with the integration.
    """

    fields: Fields
    needs: tuple[Need, ...] = ()
    exclusive: tuple[tuple[str, str, Version], ...] = ()
    check: Callable[[Errors, Mapping[str, Any], Version], None] = lambda errors, section, version: None
    since: Version = ALL


#: Fields of ``global`` with a default; null removes it.
DEFAULTED = {f"{kind}_api_url" for kind in ("opsgenie", "wechat", "victorops", "telegram", "webex")} | {"pagerduty_url"}

#: Fields that were added after the version of KubeSphere 3.1 and 3.2, and after that of 3.3 and 3.4.
_SECOND, _THIRD = (0, 22), (0, 24)

_TEXT, _FLAG, _MAP = Field(values.text), Field(values.flag), Field(values.mapping)
_URL, _SECRET_URL = Field(values.url), Field(values.secret_url)
_TEXTS_BY_NAME = Field(integration_values.texts_by_name)
_DURATION = Field(integration_values.go_duration)


def _texts(*names: str, since: Version = ALL) -> dict[str, Field]:
    return dict.fromkeys(names, Field(values.text, since))


_COMMON: Fields = {"send_resolved": _FLAG}
_HTTP: Fields = {**_COMMON, "http_config": _MAP}

_EMAIL = Integration(
    {
        **_COMMON,
        **_texts(
            "to", "from", "hello", "auth_username", "auth_password", "auth_secret", "auth_identity", "html", "text"
        ),
        **_texts("auth_password_file", since=_THIRD),
        "smarthost": Field(values.host_and_port),
        "headers": Field(integration_values.headers),
        "require_tls": _FLAG,
        "tls_config": _MAP,
    },
    (Need(("to",)), Need(("smarthost",), ("smtp_smarthost",)), Need(("from",), ("smtp_from",))),
)
_PAGERDUTY = Integration(
    {
        **_HTTP,
        **_texts("service_key", "routing_key", "client", "client_url", "description"),
        **_texts("severity", "class", "component", "group"),
        **_texts("service_key_file", "routing_key_file", "source", since=_THIRD),
        "url": _URL,
        "details": _TEXTS_BY_NAME,
        "images": Field(integration_values.images),
        "links": Field(integration_values.links),
    },
    (Need(("routing_key", "service_key", "routing_key_file", "service_key_file")), Need(("url",), ("pagerduty_url",))),
    (("routing_key", "routing_key_file", _THIRD), ("service_key", "service_key_file", _THIRD)),
)
_SLACK = Integration(
    {
        **_HTTP,
        **_texts("channel", "username", "color", "title", "title_link", "pretext", "text", "footer", "fallback"),
        **_texts("callback_id", "icon_emoji", "icon_url", "image_url", "thumb_url"),
        **_texts("api_url_file", since=_SECOND),
        **dict.fromkeys(("short_fields", "link_names"), _FLAG),
        "api_url": _SECRET_URL,
        "mrkdwn_in": Field(each(values.text, empty=ALL)),
        "fields": Field(integration_values.slack_fields),
        "actions": Field(integration_values.slack_actions),
    },
    (Need(("api_url", "api_url_file"), ("slack_api_url", "slack_api_url_file"), _SECOND),),
    (("api_url", "api_url_file", _SECOND),),
)
_WEBHOOK = Integration(
    {
        **_HTTP,
        **_texts("url_file", since=values.SECRET_WEBHOOKS),
        "url": Field(values.webhook_url),
        "max_alerts": Field(values.count),
    },
    (Need(("url", "url_file"), files_since=values.SECRET_WEBHOOKS),),
    (("url", "url_file", values.SECRET_WEBHOOKS),),
)
_OPSGENIE = Integration(
    {
        **_HTTP,
        **_texts("api_key", "message", "description", "source", "tags", "note", "priority"),
        **_texts("api_key_file", "entity", "actions", since=_THIRD),
        "update_alerts": Field(values.flag, _THIRD),
        "api_url": _URL,
        "details": _TEXTS_BY_NAME,
        "responders": Field(integration_values.responders),
    },
    (
        Need(("api_url",), ("opsgenie_api_url",)),
        Need(("api_key", "api_key_file"), ("opsgenie_api_key", "opsgenie_api_key_file"), _THIRD),
    ),
    (("api_key", "api_key_file", _THIRD),),
)
_WECHAT = Integration(
    {
        **_HTTP,
        **_texts("api_secret", "corp_id", "message", "to_user", "to_party", "to_tag", "agent_id"),
        "message_type": Field(integration_values.one_of("text", "markdown"), _SECOND),
        "api_url": _URL,
    },
    (
        Need(("api_url",), ("wechat_api_url",)),
        Need(("api_secret",), ("wechat_api_secret",)),
        Need(("corp_id",), ("wechat_api_corp_id",)),
    ),
)
_PUSHOVER = Integration(
    {
        **_HTTP,
        **_texts("user_key", "token", "title", "message", "url", "url_title", "sound", "priority"),
        **_texts("user_key_file", "token_file", "device", since=_THIRD),
        **dict.fromkeys(("retry", "expire"), _DURATION),
        "ttl": Field(_DURATION.rule, _THIRD),
        "html": _FLAG,
    },
    (Need(("user_key", "user_key_file"), files_since=_THIRD), Need(("token", "token_file"), files_since=_THIRD)),
    (("user_key", "user_key_file", _THIRD), ("token", "token_file", _THIRD)),
)
_VICTOROPS = Integration(
    {
        **_HTTP,
        **_texts("api_key", "routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool"),
        **_texts("api_key_file", since=_SECOND),
        "api_url": _URL,
        "custom_fields": Field(integration_values.victorops_fields),
    },
    (
        Need(("routing_key",)),
        Need(("api_url",), ("victorops_api_url",)),
        Need(("api_key", "api_key_file"), ("victorops_api_key", "victorops_api_key_file"), _THIRD),
    ),
    (("api_key", "api_key_file", _THIRD),),
)
_SNS = Integration(
    {
        **_HTTP,
        **_texts("api_url", "topic_arn", "phone_number", "target_arn", "subject", "message"),
        "sigv4": Field(integration_values.sigv4),
        "attributes": _TEXTS_BY_NAME,
    },
    check=integration_values.sns_target,
    since=(0, 23),
)
_TELEGRAM = Integration(
    {
        **_HTTP,
        **_texts("bot_token", "bot_token_file", "message"),
        "api_url": _URL,
        "chat_id": Field(integration_values.chat_id),
        "disable_notifications": _FLAG,
        "parse_mode": Field(integration_values.one_of("Markdown", "MarkdownV2", "HTML")),
    },
    (Need(("bot_token", "bot_token_file")), Need(("chat_id",))),
    (("bot_token", "bot_token_file", _THIRD),),
    since=_THIRD,
)
_DISCORD = Integration(
    {**_HTTP, **_texts("webhook_url_file", "title", "message"), "webhook_url": _SECRET_URL},
    # The file alone is rejected up to 0.27.
    (Need(("webhook_url",)),),
    (("webhook_url", "webhook_url_file", _THIRD),),
    since=(0, 25),
)
_MSTEAMS = Integration(
    {**_HTTP, **_texts("webhook_url_file", "title", "summary", "text"), "webhook_url": _SECRET_URL},
    (Need(("webhook_url",)),),
    (("webhook_url", "webhook_url_file", _THIRD),),
    since=(0, 26),
)
_WEBEX = Integration(
    {**_HTTP, **_texts("message", "room_id"), "api_url": _URL},
    (Need(("room_id",)), Need(("api_url",), ("webex_api_url",))),
    check=integration_values.webex_authorization,
    since=(0, 25),
)

#: Field of a receiver -> its integration.
INTEGRATIONS: Mapping[str, Integration] = {
    "email_configs": _EMAIL,
    "pagerduty_configs": _PAGERDUTY,
    "slack_configs": _SLACK,
    "webhook_configs": _WEBHOOK,
    "opsgenie_configs": _OPSGENIE,
    "wechat_configs": _WECHAT,
    "pushover_configs": _PUSHOVER,
    "victorops_configs": _VICTOROPS,
    "sns_configs": _SNS,
    "telegram_configs": _TELEGRAM,
    "discord_configs": _DISCORD,
    "webex_configs": _WEBEX,
    "msteams_configs": _MSTEAMS,
}

RECEIVER: Fields = {
    "name": Field(values.text),
    **{name: Field(each(values.mapping), integration.since) for name, integration in INTEGRATIONS.items()},
}


def check_integration(
    errors: Errors, name: str, section: Mapping[str, Any], settings: Mapping[str, Any], version: Version, strict: bool
) -> None:
    """Check an integration, a section in the field ``name`` of a receiver.

    ``settings``: ``global``. ``strict``: whether unknown fields are errors.
    """
    integration = INTEGRATIONS[name]
    # That an older version lacks the integration is an error of its own.
    version = max(version, integration.since)
    check_fields(errors, section, integration.fields, version, strict)
    for need in integration.needs:
        if not need.is_met(section, settings, version):
            errors.add(need.error(version))
    for one, other, since in integration.exclusive:
        if version >= since and is_set(section.get(one)) and is_set(section.get(other)):
            errors.add(f"{one} and {other} are mutually exclusive; remove one of them")
    if strict:
        integration_values.check_parts(errors, section)
    integration.check(errors, section, version)
