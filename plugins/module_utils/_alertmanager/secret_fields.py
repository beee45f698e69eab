# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The secrets in Alertmanager's configuration, whatever its shape: valid or not, a document or a part of one.

Every value below ``global`` and ``receivers`` is taken for a secret except those of the fields named here, as
integrations of later versions have fields that are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .._core.secrets import shapes
from .._core.secrets.kinds import SecretKind, hide_all, texts, url_passwords

#: Sections with credentials and addresses.
SECTIONS = ("global", "receivers")


def _names(*listed: str) -> frozenset[str]:
    return frozenset(name for names in listed for name in names.split())


#: Fields that identify somebody or something, or say what a message looks like.
#: Source: prometheus/alertmanager, config/config.go, config/notifiers.go, and prometheus/common, config/http_config.go.
PUBLIC = _names(
    # global
    "resolve_timeout smtp_from smtp_hello smtp_smarthost smtp_auth_username smtp_auth_identity smtp_require_tls",
    "pagerduty_url opsgenie_api_url wechat_api_url wechat_api_corp_id victorops_api_url telegram_api_url",
    "webex_api_url smtp_auth_password_file slack_api_url_file opsgenie_api_key_file victorops_api_key_file",
    # every integration
    "name send_resolved title text message description summary html headers",
    # email, webhook
    "to from hello smarthost auth_username auth_identity auth_password_file require_tls url_file max_alerts",
    # PagerDuty, OpsGenie, VictorOps
    "client client_url severity class component group details images links href src alt source responders type id",
    "username tags note priority entity actions update_alerts message_type entity_display_name state_message",
    "monitoring_tool custom_fields api_key_file service_key_file routing_key_file",
    # Slack, Discord, Microsoft Teams
    "channel color title_link pretext fields short footer fallback callback_id icon_emoji icon_url image_url",
    "thumb_url short_fields link_names mrkdwn_in style value confirm ok_text dismiss_text api_url_file avatar_url",
    "content webhook_url_file",
    # WeChat, Telegram, Webex, Pushover, SNS
    "corp_id agent_id to_user to_party to_tag chat_id message_thread_id disable_notifications parse_mode room_id",
    "bot_token_file user_key_file token_file url_title retry expire ttl sound device topic_arn phone_number target_arn",
    "subject attributes region profile role_arn",
    # http_config
    "follow_redirects enable_http2 no_proxy proxy_from_environment client_id scopes token_url ca_file cert_file",
    "key_file server_name insecure_skip_verify min_version max_version credentials_file bearer_token_file",
    "password_file client_secret_file",
)
#: Public maps whose keys are not fields.
_PUBLIC_MAPS = ("headers", "details", "custom_fields", "attributes")
#: Of these only a password within the URL is secret.
_PROXIES = ("proxy_url",)


def find_in_document(document: Any) -> Iterator[str]:
    """Yield the secrets in a document."""
    for section in SECTIONS:
        yield from find_in_section(document.get(section) if isinstance(document, Mapping) else None)
    for text in texts(document):
        yield from shapes.found(text)


def find_in_section(value: Any, name: str = "") -> Iterator[str]:
    """Yield the secrets in ``global``, in ``receivers`` or in anything given in their place."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from find_in_section(item, name if name in _PUBLIC_MAPS else str(key))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from find_in_section(item, name)
    else:
        for text in texts(value):
            yield from url_passwords(text) if name in PUBLIC or name in _PROXIES else (text,)


def hide_in_section(value: Any, name: str = "") -> Any:
    """Return a section as it may be shown."""
    if isinstance(value, Mapping):
        return {key: hide_in_section(item, name if name in _PUBLIC_MAPS else str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [hide_in_section(item, name) for item in value]
    return shapes.redact(value) if isinstance(value, str) and name in PUBLIC else hide_all(value)


#: The options for ``global`` and ``receivers``.
SECTION = SecretKind(find_in_section, hide_in_section)
