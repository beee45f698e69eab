# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pages of KubeSphere's console that messages refer to, with their English and Chinese names."""

from __future__ import annotations

#: The DingTalk settings of the platform.
DINGTALK = (
    "Platform Settings > Notification Management > Notification Configuration > DingTalk "
    "(平台设置 > 通知管理 > 通知配置 > 钉钉)"
)
