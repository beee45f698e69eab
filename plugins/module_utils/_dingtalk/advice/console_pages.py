# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of DingTalk's consoles and client that error hints refer to, with their English and Chinese names."""

from __future__ import annotations

from dataclasses import dataclass

DEVELOPER_CONSOLE = "Developer console: https://open-dev.dingtalk.com > App development (应用开发) > the app."
USAGE_CONSOLE = "Developer console: https://open-dev.dingtalk.com."
ADMIN_CONSOLE = "Admin console: https://oa.dingtalk.com."
CLIENT_APP = "DingTalk client: open the chat."


@dataclass(frozen=True)
class Page:
    """A page; ``place`` is a sentence with its location."""

    en: str
    zh: str
    place: str

    def __str__(self) -> str:
        return f"{self.en} ({self.zh})"


CREDENTIALS = Page("Basic info > Credentials and basic info", "基础信息 > 凭证与基础信息", DEVELOPER_CONSOLE)
PERMISSIONS = Page("Development config > Permission management", "开发配置 > 权限管理", DEVELOPER_CONSOLE)
EGRESS_IPS = Page("Development config > Security settings", "开发配置 > 安全设置", DEVELOPER_CONSOLE)
RELEASE = Page("App release > Version management and release", "应用发布 > 版本管理与发布", DEVELOPER_CONSOLE)
ROBOT = Page("App capability > Robot", "应用能力 > 机器人", DEVELOPER_CONSOLE)
TEMPLATES = Page("Open capability > Scene group > Group templates", "开放能力 > 场景群 > 群模板", DEVELOPER_CONSOLE)
USAGE = Page("Resource management", "资源管理", USAGE_CONSOLE)
MEMBERS = Page("Contacts > Members", "通讯录 > 成员管理", ADMIN_CONSOLE)
SECURITY = Page("Security and permissions", "安全与权限", ADMIN_CONSOLE)
CHAT_ROBOTS = Page("Group settings > Group management > Robots", "群设置 > 群管理 > 机器人", CLIENT_APP)

#: Placeholders of the advice table -> page.
PAGES = {
    "CRED": CREDENTIALS,
    "PERM": PERMISSIONS,
    "IP": EGRESS_IPS,
    "REL": RELEASE,
    "ROBOT": ROBOT,
    "TPL": TEMPLATES,
    "USAGE": USAGE,
    "MEMBERS": MEMBERS,
    "OA": SECURITY,
    "CLIENT": CHAT_ROBOTS,
}
