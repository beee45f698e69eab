# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of findings, which errors, warnings and the outcomes of alerts cite by ID.

A new finding takes the next free number of its stage. A number is never used again: what nothing raises any more
stays as ``retired``.
"""

from __future__ import annotations

from .finding import Finding, Level, Stage, Text

ROWS = (
    Finding(
        "KD101",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "The inventory is invalid",
            "清单有错误",
        ),
        Text(
            "Correct the variables that are named.",
            "请更正所列的变量。",
        ),
    ),
    Finding(
        "KD102",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "The inventory names no chat and no robot, so no alert is sent to DingTalk",
            "清单中没有群也没有机器人，告警不会发到钉钉",
        ),
        Text(
            "Set notification_chats or notification_robot.",
            "请设置 notification_chats 或 notification_robot。",
        ),
    ),
    Finding(
        "KD103",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "A variable that nothing reads",
            "变量没有被任何地方读取",
        ),
        Text(
            "Correct its name, or remove it; docs/reference.md lists the variables.",
            "请更正变量名或删除该变量；变量列表见 docs/reference.zh-CN.md。",
        ),
    ),
    Finding(
        "KD104",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "A tag or feature that selects nothing",
            "标签或功能没有选中任何内容",
        ),
        Text(
            "Correct the tag or feature that is named.",
            "请更正所列的标签或功能。",
        ),
    ),
    Finding(
        "KD105",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "One half of a pair of options is missing",
            "成对的选项缺少其中一个",
        ),
        Text(
            "Set both options, or neither.",
            "请同时设置两个选项，或都不设置。",
        ),
    ),
    Finding(
        "KD106",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "A variable that has no effect on this release",
            "变量在该版本上不起作用",
        ),
        Text(
            "Remove the variable, or correct it as the message says.",
            "请删除该变量，或按提示更正。",
        ),
    ),
    Finding(
        "KD107",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "Several hosts are one cluster",
            "多个主机是同一个集群",
        ),
        Text(
            "Set different connection settings for each host, or remove the duplicates.",
            "请为每个主机设置不同的连接参数，或删除重复的主机。",
        ),
    ),
    Finding(
        "KD108",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "A Python library is missing, or too old",
            "缺少 Python 库，或其版本过低",
        ),
        Text(
            "Install the library for the Python that the message names.",
            "请为所列的 Python 安装该库。",
        ),
    ),
    Finding(
        "KD109",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "A task runs where the inventory is not known",
            "任务运行的位置没有清单信息",
        ),
        Text(
            "Run the task as an action on the controller: set ansible_connection: local and a kubeconfig for the host.",
            "请在控制机上以 action 方式运行该任务：为该主机设置 ansible_connection: local 和 kubeconfig。",
        ),
    ),
    Finding(
        "KD110",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "A variable cannot be evaluated",
            "变量无法求值",
        ),
        Text(
            "Correct the template of the variable, or provide the vault password.",
            "请更正变量的模板，或提供 vault 密码。",
        ),
    ),
    Finding(
        "KD111",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "Clusters of a batch failed",
            "一批集群中有失败的集群",
        ),
        Text(
            "Correct the errors of the clusters that are named, then run again.",
            "请处理所列集群的错误，然后再次运行。",
        ),
    ),
    Finding(
        "KD112",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "Hosts of another inventory contribute to an object",
            "其他清单中的主机也设置了同一个对象",
        ),
        Text(
            "Describe the cluster in one inventory only, set equal values in both, or add former hosts to "
            "kubesphere_retired_hosts.",
            "请只在一个清单中描述该集群，或在两个清单中设置相同的值；已移除的主机请写入 kubesphere_retired_hosts。",
        ),
    ),
    Finding(
        "KD113",
        Level.ERROR,
        Stage.INVENTORY,
        Text(
            "A report of the doctor cannot be written",
            "无法写入 doctor 的报告",
        ),
        Text(
            "Free space, or set another path in the option report.",
            "请释放磁盘空间，或在选项 report 中设置其他路径。",
        ),
    ),
    Finding(
        "KD114",
        Level.WARNING,
        Stage.INVENTORY,
        Text(
            "A slice of the inventory lacks the host cluster of a member",
            "清单分片中缺少成员集群的主集群",
        ),
        Text(
            "Run host and member together, in a job without slices, whenever the notification settings of the member "
            "change.",
            "成员集群的通知配置有改动时，请在不分片的任务中同时运行主集群和成员集群。",
        ),
    ),
    Finding(
        "KD201",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk rejects the app's credentials",
            "钉钉拒绝应用凭证",
        ),
        Text(
            "Compare dingtalk_app_key and dingtalk_app_secret with Basic info > Credentials and basic info (基础信息 "
            "> 凭证与基础信息) in the developer console, https://open-dev.dingtalk.com.",
            "请将 dingtalk_app_key 和 dingtalk_app_secret 与开发者后台 https://open-dev.dingtalk.com 的 基础信息 > 凭"
            "证与基础信息（Basic info > Credentials and basic info）核对。",
        ),
    ),
    Finding(
        "KD202",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The app lacks a permission",
            "应用缺少权限",
        ),
        Text(
            "Enable or request the permission on Development config > Permission management (开发配置 > 权限管理) in "
            "the developer console, https://open-dev.dingtalk.com, then release a version on App release > Version "
            "management and release (应用发布 > 版本管理与发布).",
            "请在开发者后台 https://open-dev.dingtalk.com 的 开发配置 > 权限管理（Development config > Permission "
            "management）中开通或申请该权限，然后在 应用发布 > 版本管理与发布（App release > Version management and "
            "release）中发布版本。",
        ),
    ),
    Finding(
        "KD203",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The IP address is not one of the app's egress IPs",
            "IP 地址不在应用的服务器出口 IP 中",
        ),
        Text(
            "Add the IP address that DingTalk names to the server egress IPs (服务器出口 IP) on Development config > "
            "Security settings (开发配置 > 安全设置) in the developer console, https://open-dev.dingtalk.com.",
            "请在开发者后台 https://open-dev.dingtalk.com 的 开发配置 > 安全设置（Development config > Security "
            "settings）中，把钉钉返回的 IP 地址加入服务器出口 IP。",
        ),
    ),
    Finding(
        "KD204",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The app is disabled, or belongs to another organisation",
            "应用已停用，或属于其他组织",
        ),
        Text(
            "Use an app of your own organisation with its credentials from Basic info > Credentials and basic info ("
            "基础信息 > 凭证与基础信息), and enable it on App release > Version management and release (应用发布 > 版"
            "本管理与发布) in the developer console, https://open-dev.dingtalk.com.",
            "请使用本组织的应用及其凭证，见开发者后台 https://open-dev.dingtalk.com 的 基础信息 > 凭证与基础信息（"
            "Basic info > Credentials and basic info），并在 应用发布 > 版本管理与发布（App release > Version "
            "management and release）中启用。",
        ),
    ),
    Finding(
        "KD205",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A person is outside the app's range",
            "人员不在应用的可见范围或通讯录权限范围内",
        ),
        Text(
            "Extend the visible range with a new version on App release > Version management and release (应用发布 > "
            "版本管理与发布), and the contacts range on Development config > Permission management (开发配置 > 权限管"
            "理) in the developer console, https://open-dev.dingtalk.com.",
            "请在开发者后台 https://open-dev.dingtalk.com 的 应用发布 > 版本管理与发布（App release > Version "
            "management and release）中发布新版本以扩大可见范围，并在 开发配置 > 权限管理（Development config > "
            "Permission management）中扩大通讯录权限范围。",
        ),
    ),
    Finding(
        "KD206",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk has not enabled the API for the app or the organisation",
            "钉钉没有为该应用或组织开放此接口",
        ),
        Text(
            "Certify or enable the organisation on Security and permissions (安全与权限) in the admin console, "
            "https://oa.dingtalk.com, or contact DingTalk's support.",
            "请在管理后台 https://oa.dingtalk.com 的 安全与权限（Security and permissions）中完成组织认证或启用组织，"
            "或联系钉钉客服。",
        ),
    ),
    Finding(
        "KD207",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The monthly quota is used up",
            "本月调用额度已用完",
        ),
        Text(
            "Buy a package on Resource management (资源管理) in the developer console, https://open-dev.dingtalk.com, "
            "or wait for the next month. A longer repeat_interval costs fewer calls.",
            "请在开发者后台 https://open-dev.dingtalk.com 的 资源管理（Resource management）中购买套餐，或等待下个月"
            "。更长的 repeat_interval 可减少调用次数。",
        ),
    ),
    Finding(
        "KD208",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "Too many calls, so DingTalk throttles them",
            "调用过于频繁，被钉钉限流",
        ),
        Text(
            "Run fewer plays at the same time, and not on the hour, or buy capacity on Resource management (资源管理) "
            "in the developer console, https://open-dev.dingtalk.com.",
            "请减少同时运行的 play，避开整点，或在开发者后台 https://open-dev.dingtalk.com 的 资源管理（Resource "
            "management）中购买更多额度。",
        ),
    ),
    Finding(
        "KD209",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk has banned the public IP for five minutes",
            "钉钉已封禁该公网 IP 五分钟",
        ),
        Text(
            "Find the source of the calls, which may be another host behind the same IP, and run again after five "
            "minutes.",
            "请找出大量调用的来源（可能是同一公网 IP 后的其他主机），五分钟后再次运行。",
        ),
    ),
    Finding(
        "KD210",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk is busy, or has an internal error",
            "钉钉繁忙或内部错误",
        ),
        Text(
            "Check the IDs in the message and run again later. If the error persists, open a ticket with the request "
            "ID.",
            "请检查信息中的 ID，稍后再次运行。若仍然出错，请用请求 ID 提交工单。",
        ),
    ),
    Finding(
        "KD211",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "It is unknown whether a message was sent",
            "不确定消息是否已发送",
        ),
        Text(
            "Look at the chat before sending the message again.",
            "请先查看群，再决定是否重新发送。",
        ),
    ),
    Finding(
        "KD212",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk returned an error that it does not document",
            "钉钉返回了没有文档的错误",
        ),
        Text(
            "If the message does not explain the error, open a ticket with the request ID.",
            "若错误信息不能说明原因，请用请求 ID 提交工单。",
        ),
    ),
    Finding(
        "KD213",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The answer is not DingTalk's, but perhaps a proxy's",
            "响应不是钉钉返回的，可能来自代理",
        ),
        Text(
            "Check the proxy, the firewall, and dingtalk_api_url and dingtalk_legacy_api_url if they are set.",
            "请检查代理和防火墙；若设置了 dingtalk_api_url 或 dingtalk_legacy_api_url，也请检查。",
        ),
    ),
    Finding(
        "KD214",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A person is unknown to DingTalk",
            "钉钉中找不到该人员",
        ),
        Text(
            "Correct the mobile number or the user ID, or add the member on Contacts > Members (通讯录 > 成员管理) in "
            "the admin console, https://oa.dingtalk.com.",
            "请更正手机号或 userid，或在管理后台 https://oa.dingtalk.com 的 通讯录 > 成员管理（Contacts > Members）中"
            "添加该成员。",
        ),
    ),
    Finding(
        "KD215",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "Several dedicated accounts have one mobile number",
            "多个专属账号使用同一个手机号",
        ),
        Text(
            "Name the person by the user ID, which Contacts > Members (通讯录 > 成员管理) in the admin console, "
            "https://oa.dingtalk.com, shows.",
            "请改用 userid 指定人员，userid 见管理后台 https://oa.dingtalk.com 的 通讯录 > 成员管理（Contacts > "
            "Members）。",
        ),
    ),
    Finding(
        "KD216",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk rejects a value",
            "钉钉拒绝了某个值",
        ),
        Text(
            "Correct the variable that the message names.",
            "请更正信息中所列的变量。",
        ),
    ),
    Finding(
        "KD217",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat does not exist",
            "群不存在",
        ),
        Text(
            "Correct the ID of the chat, or create the chat again with dingtalk_recreate_chats.",
            "请更正会话 ID，或用 dingtalk_recreate_chats 重新创建群。",
        ),
    ),
    Finding(
        "KD218",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat or its template belongs to another app",
            "群或其群模板属于其他应用",
        ),
        Text(
            "Use the app that created the chat, with its permissions on Development config > Permission management ("
            "开发配置 > 权限管理), or a template of this app from Open capability > Scene group > Group templates (开"
            "放能力 > 场景群 > 群模板) in the developer console, https://open-dev.dingtalk.com.",
            "请使用创建该群的应用及其权限，见开发者后台 https://open-dev.dingtalk.com 的 开发配置 > 权限管理（"
            "Development config > Permission management），或使用本应用的群模板，见 开放能力 > 场景群 > 群模板（Open "
            "capability > Scene group > Group templates）。",
        ),
    ),
    Finding(
        "KD219",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A group template cannot be used",
            "群模板不可用",
        ),
        Text(
            "Submit and publish the template on Open capability > Scene group > Group templates (开放能力 > 场景群 > "
            "群模板) in the developer console, https://open-dev.dingtalk.com, and add the organisation to its gray "
            "list if it has one.",
            "请在开发者后台 https://open-dev.dingtalk.com 的 开放能力 > 场景群 > 群模板（Open capability > Scene "
            "group > Group templates）中提交并发布该模板；若模板在灰度中，请把组织加入灰度名单。",
        ),
    ),
    Finding(
        "KD220",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk rejects the owner, a member or the name of a chat",
            "钉钉拒绝了群的群主、成员或名称",
        ),
        Text(
            "Correct owner, members and name in dingtalk_chats as the message says: the owner must be an employee and "
            "a member.",
            "请按提示在 dingtalk_chats 中更正群主、成员和名称；群主必须是员工，并且在群中。",
        ),
    ),
    Finding(
        "KD221",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat would have too many members",
            "群成员过多",
        ),
        Text(
            "Remove members, set purge_members to remove unlisted ones, or use several chats: DingTalk allows 1000 "
            "members in a chat.",
            "请减少成员、用 purge_members 移除未列出的成员，或拆分为多个群：钉钉每个群最多 1000 人。",
        ),
    ),
    Finding(
        "KD222",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A person refuses to be added to a chat",
            "对方不允许被拉入群",
        ),
        Text(
            "Ask the person, or remove the person from dingtalk_chats.",
            "请与对方沟通，或从 dingtalk_chats 中移除该人员。",
        ),
    ),
    Finding(
        "KD223",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat is not ready yet",
            "群尚未就绪",
        ),
        Text(
            "Run again in a minute.",
            "请一分钟后再次运行。",
        ),
    ),
    Finding(
        "KD224",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The organisation has too many chats of this kind",
            "该组织的此类群数已达上限",
        ),
        Text(
            "Dissolve unused chats, or contact DingTalk's support.",
            "请解散不用的群，或联系钉钉客服。",
        ),
    ),
    Finding(
        "KD225",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A robot's webhook is unknown to DingTalk",
            "机器人的 webhook 无效",
        ),
        Text(
            "Copy the webhook again from Group settings > Group management > Robots (群设置 > 群管理 > 机器人) in the "
            "DingTalk client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中重新复制 "
            "webhook。",
        ),
    ),
    Finding(
        "KD226",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A robot is disabled, or may not send to the chat",
            "机器人已停用，或不允许在该群发言",
        ),
        Text(
            "Enable the robot on Group settings > Group management > Robots (群设置 > 群管理 > 机器人) in the "
            "DingTalk client, or on App capability > Robot (应用能力 > 机器人) in the developer console, "
            "https://open-dev.dingtalk.com.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）或开发者后台 "
            "https://open-dev.dingtalk.com 的 应用能力 > 机器人（App capability > Robot）中启用该机器人。",
        ),
    ),
    Finding(
        "KD227",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A robot is not in the chat, or its code is wrong",
            "机器人不在群中，或 robotCode 有误",
        ),
        Text(
            "Add the robot on Group settings > Group management > Robots (群设置 > 群管理 > 机器人) in the DingTalk "
            "client. Its robotCode is on App capability > Robot (应用能力 > 机器人), the credentials of its app on "
            "Basic info > Credentials and basic info (基础信息 > 凭证与基础信息) in the developer console, "
            "https://open-dev.dingtalk.com.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中添加该机器人。"
            "robotCode 见开发者后台 https://open-dev.dingtalk.com 的 应用能力 > 机器人（App capability > Robot），其"
            "应用的凭证见 基础信息 > 凭证与基础信息（Basic info > Credentials and basic info）。",
        ),
    ),
    Finding(
        "KD228",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A robot sent too many messages and is silenced",
            "机器人发送消息过于频繁，被限制发言",
        ),
        Text(
            "Wait ten minutes, and combine messages: a robot may send 20 messages in a minute.",
            "请等待十分钟，并合并消息：每个机器人每分钟最多发送 20 条。",
        ),
    ),
    Finding(
        "KD229",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk rejects the content of a message",
            "钉钉拒绝了消息内容",
        ),
        Text(
            "Correct or shorten the message: its type, its length (20,000 bytes at most), links, texts and pictures.",
            "请更正或缩短消息：类型、长度（不超过 20000 字节）、链接、文字和图片。",
        ),
    ),
    Finding(
        "KD230",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The security settings of a robot reject the message",
            "机器人的安全设置拒绝了消息",
        ),
        Text(
            "Check the security settings (安全设置) of the robot on Group settings > Group management > Robots (群设"
            "置 > 群管理 > 机器人) in the DingTalk client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中检查该机器人的"
            "安全设置。",
        ),
    ),
    Finding(
        "KD231",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A message has none of the robot's keywords",
            "消息不包含机器人的自定义关键词",
        ),
        Text(
            "Add a keyword to the message, or edit the custom keywords (自定义关键词) of the robot on Group settings "
            "> Group management > Robots (群设置 > 群管理 > 机器人) in the DingTalk client.",
            "请在消息中加入关键词，或在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > "
            "Robots）中修改该机器人的自定义关键词。",
        ),
    ),
    Finding(
        "KD232",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The signing secret of a robot is wrong",
            "机器人的加签密钥有误",
        ),
        Text(
            "Copy the secret SEC... again from the additional signature (加签) of the robot on Group settings > Group "
            "management > Robots (群设置 > 群管理 > 机器人) in the DingTalk client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中，从该机器人的"
            "加签设置重新复制密钥 SEC...。",
        ),
    ),
    Finding(
        "KD233",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The IP address is not on the robot's list",
            "IP 地址不在机器人的 IP 地址段中",
        ),
        Text(
            "Add the IP address (IPv4 or CIDR) to the IP addresses (IP 地址段) of the robot on Group settings > Group "
            "management > Robots (群设置 > 群管理 > 机器人) in the DingTalk client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中，把该 IP 地址"
            "（IPv4 或 CIDR）加入该机器人的 IP 地址段。",
        ),
    ),
    Finding(
        "KD234",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The clock of the sender is wrong",
            "发送方的时钟不准",
        ),
        Text(
            "Synchronise the clock with NTP: DingTalk accepts a signature for an hour.",
            "请用 NTP 同步时钟：钉钉的签名在一小时内有效。",
        ),
    ),
    Finding(
        "KD235",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "Only the owner of the chat may mention everyone",
            "只有群主可以 @所有人",
        ),
        Text(
            "Allow others to mention everyone in the settings of the chat: Group settings > Group management (群设置 "
            "> 群管理).",
            "请在群设置 > 群管理（Group settings > Group management）中允许其他人 @所有人。",
        ),
    ),
    Finding(
        "KD236",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat has too many robots to be listed",
            "群中的机器人过多，无法列出",
        ),
        Text(
            "Remove robots on Group settings > Group management > Robots (群设置 > 群管理 > 机器人) in the DingTalk "
            "client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中移除部分机器人。",
        ),
    ),
    Finding(
        "KD237",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk cannot be reached",
            "无法连接钉钉",
        ),
        Text(
            "Check name resolution, proxy and firewall of the controller: api.dingtalk.com:443 and "
            "oapi.dingtalk.com:443 must be reachable.",
            "请检查控制机的域名解析、代理和防火墙：须能访问 api.dingtalk.com:443 和 oapi.dingtalk.com:443。",
        ),
    ),
    Finding(
        "KD238",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The certificate of DingTalk's server is not trusted",
            "不信任钉钉服务器的证书",
        ),
        Text(
            "Set dingtalk_ca_path to the CA that signed it, which may be that of a proxy that inspects TLS.",
            "请把 dingtalk_ca_path 设为签发该证书的 CA，它可能是解密 TLS 的代理的 CA。",
        ),
    ),
    Finding(
        "KD239",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A proxy does not connect to DingTalk, or changes requests",
            "代理无法连接钉钉，或改写了请求",
        ),
        Text(
            "Check dingtalk_proxy or HTTPS_PROXY, and the credentials in it.",
            "请检查 dingtalk_proxy 或 HTTPS_PROXY 及其中的凭证。",
        ),
    ),
    Finding(
        "KD240",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "DingTalk did not answer in time, or the connection was interrupted",
            "钉钉响应超时，或连接中断",
        ),
        Text(
            "Check proxy and firewall, or raise dingtalk_request_timeout, then run again.",
            "请检查代理和防火墙，或增大 dingtalk_request_timeout，然后再次运行。",
        ),
    ),
    Finding(
        "KD241",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The budget of calls is used up",
            "调用预算已用完",
        ),
        Text(
            "Run again to continue, or raise dingtalk_call_budget.",
            "请再次运行以继续，或增大 dingtalk_call_budget。",
        ),
    ),
    Finding(
        "KD242",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "It is unknown whether a chat was created",
            "不确定群是否已创建",
        ),
        Text(
            "Look for the chat in the owner's DingTalk client. If it exists, adopt it with dingtalk_adopt_chats, else "
            "use dingtalk_forget_intents.",
            "请在群主的钉钉客户端中查找该群。若存在，请用 dingtalk_adopt_chats 接管，否则请用 dingtalk_forget_intents"
            "。",
        ),
    ),
    Finding(
        "KD243",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The chat registry cannot be used",
            "群登记表不可用",
        ),
        Text(
            "Check dingtalk_registry_host and its permissions, or restore ConfigMap "
            "kubesphere-system/kubesphere-dingtalk from a backup.",
            "请检查 dingtalk_registry_host 及其权限，或从备份恢复 ConfigMap kubesphere-system/kubesphere-dingtalk。",
        ),
    ),
    Finding(
        "KD244",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "The journal of the controller cannot be used",
            "控制机的建群日志不可用",
        ),
        Text(
            "Free disk space, correct the permissions of the folder, or set dingtalk_state_path.",
            "请清理磁盘空间、更正目录权限，或设置 dingtalk_state_path。",
        ),
    ),
    Finding(
        "KD245",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "A file of the controller is ignored",
            "控制机的某个文件被忽略",
        ),
        Text(
            "Correct the permissions of the file or folder, remove it, or set dingtalk_cache_path or "
            "dingtalk_state_path.",
            "请更正该文件或目录的权限，或将其删除，或设置 dingtalk_cache_path、dingtalk_state_path。",
        ),
    ),
    Finding(
        "KD246",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "Inventory and registry name different chats",
            "清单与登记表中的群不一致",
        ),
        Text(
            "Remove chat_id from the inventory, define the chat under another key, or adopt it with "
            "dingtalk_adopt_chats.",
            "请从清单中删除 chat_id，或用另一个键定义该群，或用 dingtalk_adopt_chats 接管。",
        ),
    ),
    Finding(
        "KD247",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat cannot be changed as requested",
            "无法按要求修改群",
        ),
        Text(
            "Do what the message names; otherwise dissolve the chat and create it again with dingtalk_recreate_chats.",
            "请按提示处理；否则请解散该群，并用 dingtalk_recreate_chats 重新创建。",
        ),
    ),
    Finding(
        "KD248",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "Another chat exists for the same key",
            "同一个键存在另一个群",
        ),
        Text(
            "Dissolve the unused chat in the DingTalk client, then run playbook kubesphere.dingtalk.chats with "
            "dingtalk_forget_intents.",
            "请在钉钉客户端解散不用的群，然后带 dingtalk_forget_intents 运行 playbook kubesphere.dingtalk.chats。",
        ),
    ),
    Finding(
        "KD249",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "Administrators are not appointed",
            "没有任命群管理员",
        ),
        Text(
            "Ask the owner to appoint them: Group settings > Group management (群设置 > 群管理), or remove them from "
            "dingtalk_chats.",
            "请群主在群设置 > 群管理（Group settings > Group management）中任命，或从 dingtalk_chats 中移除。",
        ),
    ),
    Finding(
        "KD250",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "DingTalk does not list a robot in its chat",
            "钉钉没有在群中列出该机器人",
        ),
        Text(
            "Check the robot and its name on Group settings > Group management > Robots (群设置 > 群管理 > 机器人) in "
            "the DingTalk client.",
            "请在钉钉客户端的 群设置 > 群管理 > 机器人（Group settings > Group management > Robots）中检查该机器人及"
            "其名称。",
        ),
    ),
    Finding(
        "KD251",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "The monthly quota will not last",
            "本月调用额度将不够用",
        ),
        Text(
            "Raise alertmanager_route.repeat_interval on all clusters, or dingtalk_cache_valid_time.",
            "请在所有集群上增大 alertmanager_route.repeat_interval，或增大 dingtalk_cache_valid_time。",
        ),
    ),
    Finding(
        "KD252",
        Level.INFO,
        Stage.DINGTALK,
        Text(
            "A chat was adopted that was found on a cluster",
            "已接管在集群上找到的群",
        ),
        Text(
            "Nothing needs to be done, if it is the right chat.",
            "若群正确，无需处理。",
        ),
    ),
    Finding(
        "KD253",
        Level.INFO,
        Stage.DINGTALK,
        Text(
            "A chat was dissolved",
            "群已解散",
        ),
        Text(
            "Remove its key from dingtalk_chats and notification_chats, or create it again with "
            "dingtalk_recreate_chats.",
            "请从 dingtalk_chats 和 notification_chats 中删除该键，或用 dingtalk_recreate_chats 重新创建。",
        ),
    ),
    Finding(
        "KD254",
        Level.ERROR,
        Stage.DINGTALK,
        Text(
            "A chat is not known yet",
            "群尚不可用",
        ),
        Text(
            "Run site.yml from its beginning, or set chat_id in dingtalk_chats.",
            "请从头运行 site.yml，或在 dingtalk_chats 中设置 chat_id。",
        ),
    ),
    Finding(
        "KD255",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "A chat is not as the inventory says",
            "群与清单不一致",
        ),
        Text(
            "Run site.yml, which changes it; with --check --diff it shows the differences first.",
            "请运行 site.yml 进行修改；加上 --check --diff 可先查看差异。",
        ),
    ),
    Finding(
        "KD256",
        Level.WARNING,
        Stage.DINGTALK,
        Text(
            "The clock of the controller is wrong",
            "控制机的时钟不准",
        ),
        Text(
            "Synchronize it (NTP). If it is more than an hour off, DingTalk refuses signed test messages.",
            "请同步时钟（NTP）。偏差超过一小时，钉钉会拒绝加签的测试消息。",
        ),
    ),
    Finding(
        "KD301",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The cluster cannot be reached",
            "无法连接集群",
        ),
        Text(
            "Check kubesphere_kubeconfig, kubesphere_host, the network and the proxy.",
            "请检查 kubesphere_kubeconfig、kubesphere_host、网络和代理。",
        ),
    ),
    Finding(
        "KD302",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The cluster rejects the credentials",
            "集群拒绝凭证",
        ),
        Text(
            "Renew the token or certificate in the kubeconfig, or kubesphere_api_key.",
            "请更新 kubeconfig 中的令牌或证书，或 kubesphere_api_key。",
        ),
    ),
    Finding(
        "KD303",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The account lacks a permission, so something is not known or not done",
            "账号缺少权限，有些情况无法得知，或操作无法完成",
        ),
        Text(
            "Grant the permission; docs/permissions.md has the Roles.",
            "请授予该权限，所需的 Role 见 docs/permissions.md。",
        ),
    ),
    Finding(
        "KD304",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The release of KubeSphere is not supported",
            "不支持该 KubeSphere 版本",
        ),
        Text(
            "Use a supported release; docs/releases.md has the list.",
            "请使用受支持的版本，列表见 docs/releases.zh-CN.md。",
        ),
    ),
    Finding(
        "KD305",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The credentials expire soon",
            "凭证即将过期",
        ),
        Text(
            "Renew the certificate or token in the kubeconfig before it expires.",
            "请在过期之前更新 kubeconfig 中的证书或令牌。",
        ),
    ),
    Finding(
        "KD306",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The platform is read-only without a valid licence",
            "平台没有有效许可证，处于只读状态",
        ),
        Text(
            "Renew the licence in KubeSphere's console, or reduce the number of vCPU of a community edition to 128. "
            "With a KubeSphere user, the playbook doctor reports what is violated (KD330). Console: Platform Settings "
            "> License (平台设置 > 许可证).",
            "请在 KubeSphere 控制台更新许可证；社区版请将 vCPU 数降到 128 以内。配置 KubeSphere 用户后，doctor "
            "会报告具体违反了什么（KD330）。控制台：平台设置 > 许可证（Platform Settings > License）。",
        ),
    ),
    Finding(
        "KD307",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "An extension is not in a state in which it works",
            "扩展组件的状态异常",
        ),
        Text(
            "Open Extensions Center (扩展市场) in the console and repair or reinstall the extension.",
            "请在控制台的扩展市场（Extensions Center）中修复或重新安装该扩展组件。",
        ),
    ),
    Finding(
        "KD308",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "A pod does not start",
            "容器组无法启动",
        ),
        Text(
            "Correct what the pod's event names: the image, its registry, or the node's resources. Console: "
            "Application Workloads > Pods (应用负载 > 容器组).",
            "请按容器组事件处理：镜像、镜像仓库或节点资源。控制台：应用负载 > 容器组（Application Workloads > Pods）。",
        ),
    ),
    Finding(
        "KD309",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The cluster is not configured as the inventory says",
            "集群的配置与清单不一致",
        ),
        Text(
            "Run site.yml; with --check --diff it shows the differences first.",
            "请运行 site.yml；加上 --check --diff 可先查看差异。",
        ),
    ),
    Finding(
        "KD310",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The host of a member cluster does not know it",
            "主集群中没有该成员集群",
        ),
        Text(
            "Correct kubesphere_cluster_name and kubesphere_host_cluster, or add the member. Console: Cluster "
            "Management (集群管理).",
            "请更正 kubesphere_cluster_name 和 kubesphere_host_cluster，或添加该成员集群。控制台：集群管理（"
            "Cluster Management）。",
        ),
    ),
    Finding(
        "KD311",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The API server rejects an object or a request",
            "API 服务器拒绝了对象或请求",
        ),
        Text(
            "Correct the values that the message names.",
            "请更正信息中所列的值。",
        ),
    ),
    Finding(
        "KD312",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "An object is modified by others at the same time",
            "对象正被他人同时修改",
        ),
        Text(
            "Run again when no one else is editing the object.",
            "请在没有其他人修改该对象时再次运行。",
        ),
    ),
    Finding(
        "KD313",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The API server is busy, or failed",
            "API 服务器繁忙或出错",
        ),
        Text(
            "Run again later or with fewer forks. If the message names a webhook, check the workload behind it.",
            "请稍后或减少 forks 后再次运行。若信息中有 webhook，请检查其工作负载。",
        ),
    ),
    Finding(
        "KD314",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The API server does not trust a webhook's certificate",
            "API 服务器不信任 webhook 的证书",
        ),
        Text(
            "Put the CA of the webhook's certificate into caBundle of its configuration, or of the CRD's conversion, "
            "then run again.",
            "请把签发 webhook 证书的 CA 写入其配置（或 CRD 的 conversion）的 caBundle，然后再次运行。",
        ),
    ),
    Finding(
        "KD315",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "Something else than the cluster answers",
            "应答的不是集群",
        ),
        Text(
            "Check kubesphere_host, kubesphere_kubeconfig, kubesphere_api_url and the proxies.",
            "请检查 kubesphere_host、kubesphere_kubeconfig、kubesphere_api_url 和代理。",
        ),
    ),
    Finding(
        "KD316",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "A namespace or an object does not exist",
            "命名空间或对象不存在",
        ),
        Text(
            "Create it, or correct its name in the inventory.",
            "请创建它，或在清单中更正其名称。",
        ),
    ),
    Finding(
        "KD317",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "An object is being deleted",
            "对象正在被删除",
        ),
        Text(
            "Wait until the object is gone. If it stays, check the controller of the finalizer that the message names.",
            "请等待对象删除完成。若一直存在，请检查信息中 finalizer 对应的控制器。",
        ),
    ),
    Finding(
        "KD318",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "KubeSphere's notification component is not installed",
            "未安装 KubeSphere 通知组件",
        ),
        Text(
            "Enable KubeSphere's monitoring component, or install the extension whizard-notification on KubeSphere 4.",
            "请启用 KubeSphere 监控组件；KubeSphere 4 请安装扩展组件 whizard-notification。",
        ),
    ),
    Finding(
        "KD319",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The stored state of the collection cannot be read",
            "无法读取该集合保存的状态",
        ),
        Text(
            "Restore the key of ConfigMap kubesphere-system/kubesphere-dingtalk that the message names, or remove it.",
            "请恢复或删除信息中所列的 ConfigMap kubesphere-system/kubesphere-dingtalk 的键。",
        ),
    ),
    Finding(
        "KD320",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "A stored document cannot be edited",
            "无法编辑保存的文档",
        ),
        Text(
            "Correct the document at the place that is named.",
            "请更正所列位置的文档。",
        ),
    ),
    Finding(
        "KD321",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "KubeSphere 4 has not named the cluster",
            "KubeSphere 4 没有为集群命名",
        ),
        Text(
            "Join the cluster to its host, or repair the installation. Console: Cluster Management (集群管理).",
            "请把该集群加入主集群，或修复安装。控制台：集群管理（Cluster Management）。",
        ),
    ),
    Finding(
        "KD322",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The release of KubeSphere is assumed",
            "KubeSphere 版本是推测的",
        ),
        Text(
            "Check that the settings have the intended effect; docs/releases.md has the supported releases.",
            "请检查设置是否生效；支持的版本见 docs/releases.zh-CN.md。",
        ),
    ),
    Finding(
        "KD323",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "Something is only checked from the controller",
            "有些情况只能在控制机上检查",
        ),
        Text(
            "Set ansible_connection: local and a kubeconfig for the host.",
            "请为该主机设置 ansible_connection: local 和 kubeconfig。",
        ),
    ),
    Finding(
        "KD324",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "A value was not removed",
            "有些值没有删除",
        ),
        Text(
            "Remove the value by hand if nothing else needs it.",
            "若不再需要，请手动删除该值。",
        ),
    ),
    Finding(
        "KD325",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "An anchor of a stored document was resolved",
            "文档中的锚点（anchor）已展开",
        ),
        Text(
            "Nothing needs to be done; the values are the same.",
            "无需处理；值没有变化。",
        ),
    ),
    Finding(
        "KD326",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The clock of the cluster is wrong, so that DingTalk refuses signed messages to robots",
            "集群的时钟不准，钉钉会拒绝发给加签机器人的消息",
        ),
        Text(
            "Synchronize the clocks of the cluster's nodes (NTP); they may be an hour off at most. DingTalk's clock is "
            "taken as correct, or that of the controller if it is not known.",
            "请同步集群各节点的时钟（NTP），偏差不能超过一小时。以钉钉的时钟为准，未知时以控制机的时钟为准。",
        ),
    ),
    Finding(
        "KD327",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The clock of the cluster is wrong",
            "集群的时钟不准",
        ),
        Text(
            "Synchronize the clocks of the cluster's nodes (NTP). If they are more than an hour off, DingTalk refuses "
            "messages to robots with a signing secret.",
            "请同步集群各节点的时钟（NTP）。偏差超过一小时，钉钉会拒绝发给加签机器人的消息。",
        ),
    ),
    Finding(
        "KD328",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "KubeSphere's API refuses the user",
            "KubeSphere API 拒绝该用户",
        ),
        Text(
            "Correct kubesphere_api_username and kubesphere_api_password, or kubesphere_api_token, and give the user a "
            "role that manages alerting policies.",
            "请更正 kubesphere_api_username 和 kubesphere_api_password（或 kubesphere_api_token），并授予该用户"
            "可管理告警策略的角色。",
        ),
    ),
    Finding(
        "KD329",
        Level.WARNING,
        Stage.CLUSTER,
        Text(
            "The platform's licence ends soon",
            "平台的许可证即将到期",
        ),
        Text(
            "Renew the licence before it ends; afterwards KubeSphere refuses every change, or the extension no longer "
            "works. Console: Platform Settings > License (平台设置 > 许可证).",
            "请在到期之前更新许可证；到期后 KubeSphere 会拒绝所有变更，或者该扩展组件不再工作。"
            "控制台：平台设置 > 许可证（Platform Settings > License）。",
        ),
    ),
    Finding(
        "KD330",
        Level.ERROR,
        Stage.CLUSTER,
        Text(
            "The platform violates its licence, so it is read-only or an extension does not work",
            "平台违反许可证，处于只读状态，或者扩展组件无法工作",
        ),
        Text(
            "Import a valid licence for this cluster, or remove what exceeds it, such as nodes or member clusters. "
            "Console: Platform Settings > License (平台设置 > 许可证).",
            "请为该集群导入有效的许可证，或移除超出许可的部分，例如节点或成员集群。"
            "控制台：平台设置 > 许可证（Platform Settings > License）。",
        ),
    ),
    Finding(
        "KD401",
        Level.ERROR,
        Stage.RULES,
        Text(
            "KubeSphere's alerting component is not enabled, so nothing evaluates policies",
            "未启用 KubeSphere 告警组件，告警策略不会被计算",
        ),
        Text(
            "Set alerting_enabled: true.",
            "请设置 alerting_enabled: true。",
        ),
    ),
    Finding(
        "KD402",
        Level.WARNING,
        Stage.RULES,
        Text(
            "The alerting component is still being installed",
            "告警组件仍在安装",
        ),
        Text(
            "Wait until it is installed, then run site.yml again.",
            "请等待安装完成，然后再次运行 site.yml。",
        ),
    ),
    Finding(
        "KD403",
        Level.ERROR,
        Stage.RULES,
        Text(
            "Extension whizard-alerting is not installed, and nothing else evaluates rules on KubeSphere 4",
            "未安装扩展组件 whizard-alerting，KubeSphere 4 上没有其他组件计算规则",
        ),
        Text(
            "Set alerting_enabled: true with alerting_policies: [].",
            "请设置 alerting_enabled: true 和 alerting_policies: []。",
        ),
    ),
    Finding(
        "KD404",
        Level.ERROR,
        Stage.RULES,
        Text(
            "The rulers send their alerts to no Alertmanager",
            "规则计算组件没有向任何 Alertmanager 发送告警",
        ),
        Text(
            "Run site.yml with feature alerting: it adds the URL to agent.ruler.alertmanagersUrl.",
            "请运行 site.yml 的 alerting 功能，它会把地址写入 agent.ruler.alertmanagersUrl。",
        ),
    ),
    Finding(
        "KD405",
        Level.WARNING,
        Stage.RULES,
        Text(
            "A policy watches nodes or workloads that do not exist",
            "告警策略监控的节点或工作负载不存在",
        ),
        Text(
            "Correct the policy's targets in alerting_policies.",
            "请在 alerting_policies 中更正策略的监控目标。",
        ),
    ),
    Finding(
        "KD406",
        Level.ERROR,
        Stage.RULES,
        Text(
            "A policy is not loaded",
            "告警策略没有被加载",
        ),
        Text(
            "Look for the reason in the log of the rules' Prometheus or ruler. Console: Monitoring & Alerting "
            "> Alerting Policies, from 3.4 on Rule Groups (监控告警 > 告警策略，3.4 起为规则组).",
            "请在计算规则的 Prometheus 或 ruler 日志中查找原因。控制台：监控告警 > 告警策略，3.4 起为规则组（"
            "Alerting Policies, Rule Groups）。",
        ),
    ),
    Finding(
        "KD407",
        Level.ERROR,
        Stage.RULES,
        Text(
            "A policy cannot be evaluated",
            "告警策略计算失败",
        ),
        Text(
            "Correct the expression that the error names in alerting_policies.",
            "请在 alerting_policies 中更正出错的表达式。",
        ),
    ),
    Finding(
        "KD408",
        Level.INFO,
        Stage.RULES,
        Text(
            "Alerts are firing now",
            "当前有告警正在触发",
        ),
        Text(
            "Nothing needs to be done.",
            "无需处理。",
        ),
    ),
    Finding(
        "KD409",
        Level.ERROR,
        Stage.RULES,
        Text(
            "The extension center does not offer whizard-alerting",
            "扩展市场没有提供 whizard-alerting",
        ),
        Text(
            "Add the extension's repository in Extensions Center (扩展市场), then run again.",
            "请在扩展市场（Extensions Center）中添加扩展仓库，然后再次运行。",
        ),
    ),
    Finding(
        "KD410",
        Level.WARNING,
        Stage.RULES,
        Text(
            "Rules have no expression, so they never fire",
            "规则没有表达式，永远不会触发",
        ),
        Text(
            "Check that ks-controller-manager runs in kubesphere-system, then run again.",
            "请检查 kubesphere-system 中的 ks-controller-manager 是否运行，然后再次运行。",
        ),
    ),
    Finding(
        "KD411",
        Level.WARNING,
        Stage.RULES,
        Text(
            "A policy never fires",
            "告警策略永远不会触发",
        ),
        Text(
            "Set the expression that the message names in place of the metric.",
            "请用信息中给出的表达式代替该指标。",
        ),
    ),
    Finding(
        "KD412",
        Level.WARNING,
        Stage.RULES,
        Text(
            "A policy watches every project",
            "告警策略监控了所有项目",
        ),
        Text(
            "Limit the expression to the project as the message says.",
            "请按提示把表达式限定到该项目。",
        ),
        retired=True,
    ),
    Finding(
        "KD413",
        Level.WARNING,
        Stage.RULES,
        Text(
            "A member sends no alerts to the host",
            "成员集群没有向主集群发送告警",
        ),
        Text(
            "Set alerting_alertmanager_url for the member, or add the URL to its override in Extensions Center (扩展"
            "市场).",
            "请为该成员集群设置 alerting_alertmanager_url，或在扩展市场（Extensions Center）的集群差异化配置中添加该"
            "地址。",
        ),
    ),
    Finding(
        "KD414",
        Level.ERROR,
        Stage.RULES,
        Text(
            "Alerts are sent to another Alertmanager than KubeSphere's",
            "告警没有发送到 KubeSphere 的 Alertmanager",
        ),
        Text(
            "Add KubeSphere's Alertmanager to the list that the message names. As shipped, Prometheus k8s has Service "
            "alertmanager-main, and ThanosRuler kubesphere the URL of alertmanager-operated.",
            "请在提示所说的列表中添加 KubeSphere 的 Alertmanager。默认配置中，Prometheus k8s 使用 Service "
            "alertmanager-main，ThanosRuler kubesphere 使用 alertmanager-operated 的地址。",
        ),
    ),
    Finding(
        "KD415",
        Level.ERROR,
        Stage.RULES,
        Text(
            "Nothing evaluates the rules",
            "没有组件在计算告警规则",
        ),
        Text(
            "Restore the object that the message names, with one replica or more.",
            "请恢复提示所说的对象，并设置至少一个副本。",
        ),
    ),
    Finding(
        "KD416",
        Level.WARNING,
        Stage.RULES,
        Text(
            "A policy of a project selects other projects",
            "项目的告警策略选择了其他项目",
        ),
        Text(
            "Remove what the expression selects by namespace, or make it a policy of the cluster.",
            "请从表达式中去掉按 namespace 选择的条件，或把它改为集群的告警策略。",
        ),
    ),
    Finding(
        "KD501",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager has no configuration",
            "Alertmanager 没有配置",
        ),
        Text(
            "Install KubeSphere's monitoring component, or the extension whizard-notification on KubeSphere 4.",
            "请安装 KubeSphere 监控组件；KubeSphere 4 请安装扩展组件 whizard-notification。",
        ),
    ),
    Finding(
        "KD502",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager runs with another configuration than the stored one",
            "Alertmanager 正在使用的配置与保存的配置不同",
        ),
        Text(
            "Look for the reason in Alertmanager's log, correct it and run site.yml again. Within two minutes "
            "after a change, only wait.",
            "请在 Alertmanager 日志中查找原因，更正后再次运行 site.yml。若两分钟内刚修改过，只需等待。",
        ),
    ),
    Finding(
        "KD503",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager's routes do not send the alerts to notification-manager",
            "Alertmanager 的路由没有把告警发给 notification-manager",
        ),
        Text(
            "Set the receiver of that route to the one with notification-manager's webhook, or add a route for "
            "these alerts to alertmanager_routes.",
            "请把该路由的接收者改为 notification-manager 的 webhook，或在 alertmanager_routes 中为这些告警添加路由。",
        ),
    ),
    Finding(
        "KD504",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager does not answer",
            "Alertmanager 没有响应",
        ),
        Text(
            "Check the pods of Alertmanager. Console: Application Workloads > Pods (应用负载 > 容器组), "
            "project kubesphere-monitoring-system.",
            "请检查 Alertmanager 的容器组。控制台：应用负载 > 容器组（Application Workloads > Pods），项目 "
            "kubesphere-monitoring-system。",
        ),
    ),
    Finding(
        "KD505",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A silence in Alertmanager keeps alerts back",
            "Alertmanager 中的静默规则拦下了告警",
        ),
        Text(
            "Expire the silence if nobody wants it any more.",
            "如不再需要，请使该静默规则失效。",
        ),
    ),
    Finding(
        "KD506",
        Level.INFO,
        Stage.ALERTMANAGER,
        Text(
            "Alerts are inhibited by others that are firing",
            "告警被正在触发的其他告警抑制",
        ),
        Text(
            "Nothing needs to be done: they are sent once the others are resolved and they still fire.",
            "无需处理：其他告警恢复后，仍在触发的告警会发送。",
        ),
    ),
    Finding(
        "KD507",
        Level.INFO,
        Stage.ALERTMANAGER,
        Text(
            "Alerts were sent already and are not repeated yet",
            "告警已发送过，尚未到重复发送的时间",
        ),
        Text(
            "Nothing needs to be done; alertmanager_route.repeat_interval sets the time.",
            "无需处理；重复间隔由 alertmanager_route.repeat_interval 设置。",
        ),
    ),
    Finding(
        "KD508",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A setting of Alertmanager does nothing, or not what is meant",
            "Alertmanager 的某项设置不起作用，或与本意不符",
        ),
        Text(
            "Correct the setting that is named.",
            "请更正所列的设置。",
        ),
    ),
    Finding(
        "KD509",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "An inhibit rule keeps the alerts back all the time",
            "抑制规则一直拦下告警",
        ),
        Text(
            "Correct or remove the rule in alertmanager_inhibit_rules, or where it is stored.",
            "请在 alertmanager_inhibit_rules 或其保存处更正或删除该规则。",
        ),
    ),
    Finding(
        "KD510",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "No alert, or not every kind, reaches a route",
            "某条路由收不到告警，或收不到某类告警",
        ),
        Text(
            "Correct the route's matchers, or move it before the earlier route, or set continue there.",
            "请更正该路由的匹配条件，或把它移到前面的路由之前，或在前面的路由中设置 continue。",
        ),
    ),
    Finding(
        "KD511",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "The receiver of a route notifies nobody",
            "路由的接收者不通知任何人",
        ),
        Text(
            "Set receiver to another one, such as KubeSphere's prometheus.",
            "请把 receiver 设为其他接收者，例如 KubeSphere 的 prometheus。",
        ),
    ),
    Finding(
        "KD512",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A route diverts alerts from another receiver",
            "路由使告警不再发往另一个接收者",
        ),
        Text(
            "Set receiver on the route, or add alerttype to its matchers.",
            "请为该路由设置 receiver，或在匹配条件中加入 alerttype。",
        ),
    ),
    Finding(
        "KD513",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A time interval never begins",
            "时间段永远不会开始",
        ),
        Text(
            "Correct the days, months and times of the interval.",
            "请更正该时间段的日期、月份和时间。",
        ),
    ),
    Finding(
        "KD514",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "No route names a receiver",
            "没有路由使用该接收者",
        ),
        Text(
            "Add a route with this receiver to alertmanager_routes, or remove the receiver.",
            "请在 alertmanager_routes 中添加使用该接收者的路由，或删除该接收者。",
        ),
    ),
    Finding(
        "KD515",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A receiver sends Alertmanager's messages to a DingTalk robot",
            "接收者直接向钉钉机器人发送 Alertmanager 消息",
        ),
        Text(
            "Use notification_robot for the webhook, or the URL of a relay that translates the messages.",
            "请把该 webhook 写入 notification_robot，或使用转换消息的中继地址。",
        ),
    ),
    Finding(
        "KD516",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "Notifications are repeated after another time",
            "重复通知的间隔与设置不同",
        ),
        Text(
            "Use a repeat_interval that is a multiple of group_interval, and at most Alertmanager's retention.",
            "请把 repeat_interval 设为 group_interval 的整数倍，且不超过 Alertmanager 的保留时间。",
        ),
    ),
    Finding(
        "KD517",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "An inhibit rule mutes no alert",
            "抑制规则不抑制任何告警",
        ),
        Text(
            "Make source and target of the rule different, for example by severity.",
            "请使该规则的源和目标不同，例如按 severity 区分。",
        ),
    ),
    Finding(
        "KD518",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A matcher looks like one of another syntax",
            "匹配条件像是另一种语法",
        ),
        Text(
            "Write the matcher as the message shows.",
            "请按提示改写匹配条件。",
        ),
    ),
    Finding(
        "KD519",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "A command rejects Alertmanager's configuration, or cannot be run",
            "校验命令拒绝了 Alertmanager 配置，或无法运行",
        ),
        Text(
            "Correct what the command prints, or the option validate.",
            "请按命令输出更正，或更正 validate 选项。",
        ),
    ),
    Finding(
        "KD520",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "The alerts of a member go through the Alertmanager of its host",
            "成员集群的告警经过主集群的 Alertmanager",
        ),
        Text(
            "Run the task on the host cluster.",
            "请在主集群上运行该任务。",
        ),
    ),
    Finding(
        "KD521",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "A time interval mutes a route all the time",
            "时间段使路由始终静默",
        ),
        Text(
            "Correct the time interval, or remove it from the route.",
            "请更正该时间段，或从路由中删除它。",
        ),
    ),
    Finding(
        "KD522",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager sends to notification-manager through a proxy",
            "Alertmanager 通过代理向 notification-manager 发送告警",
        ),
        Text(
            "Set http_config: {} on notification-manager's webhook, and proxy_url only on the receivers that need it.",
            "请在 notification-manager 的 webhook 上设置 http_config: {}，只在需要代理的接收者上设置 proxy_url。",
        ),
    ),
    Finding(
        "KD523",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "A receiver sends Alertmanager's messages to a chat service that does not understand them",
            "接收者直接向无法识别 Alertmanager 消息的聊天服务发送告警",
        ),
        Text(
            "Use the integration that Alertmanager has for the service, or the URL of a relay that translates the "
            "messages.",
            "请使用 Alertmanager 为该服务提供的集成，或使用转换消息的中继地址。",
        ),
    ),
    Finding(
        "KD524",
        Level.WARNING,
        Stage.ALERTMANAGER,
        Text(
            "Alertmanager reads its configuration from another Secret",
            "Alertmanager 从其他 Secret 读取配置",
        ),
        Text(
            "Remove spec.configSecret from Alertmanager main, or edit that Secret with module alertmanager_config.",
            "请从 Alertmanager main 中删除 spec.configSecret，或用模块 alertmanager_config 修改该 Secret。",
        ),
    ),
    Finding(
        "KD525",
        Level.ERROR,
        Stage.ALERTMANAGER,
        Text(
            "No Alertmanager runs",
            "没有运行中的 Alertmanager",
        ),
        Text(
            "Restore Alertmanager main in kubesphere-monitoring-system, with one replica or more.",
            "请恢复 kubesphere-monitoring-system 中的 Alertmanager main，并设置至少一个副本。",
        ),
    ),
    Finding(
        "KD601",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "There is no NotificationManager, so no notification-manager runs",
            "没有 NotificationManager 对象，notification-manager 没有运行",
        ),
        Text(
            "Reinstall KubeSphere's monitoring component, or the extension whizard-notification on KubeSphere "
            "4, whose upgrade from 3.4 loses it.",
            "请重新安装 KubeSphere 监控组件；KubeSphere 4 请重新安装扩展组件 whizard-notification（从 3.4 升级"
            "时会丢失该对象）。",
        ),
    ),
    Finding(
        "KD602",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "notification-manager is not ready",
            "notification-manager 未就绪",
        ),
        Text(
            "Check its Deployment. Console: Application Workloads > Workloads (应用负载 > 工作负载), project "
            "kubesphere-monitoring-system.",
            "请检查其部署。控制台：应用负载 > 工作负载（Application Workloads > Workloads），项目 "
            "kubesphere-monitoring-system。",
        ),
    ),
    Finding(
        "KD603",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A Receiver does not exist",
            "接收者（Receiver）不存在",
        ),
        Text(
            "Run site.yml with feature notification.",
            "请运行 site.yml 的 notification 功能。",
        ),
    ),
    Finding(
        "KD604",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A Receiver is disabled",
            "接收者（Receiver）已停用",
        ),
        Text(
            "Enable it: Platform Settings > Notification Management > Notification Configuration > DingTalk "
            "(平台设置 > 通知管理 > 通知配置 > 钉钉).",
            "请启用：平台设置 > 通知管理 > 通知配置 > 钉钉（Platform Settings > Notification Management > "
            "Notification Configuration > DingTalk）。",
        ),
    ),
    Finding(
        "KD605",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "notification-manager selects no such Receiver",
            "notification-manager 没有选中该接收者（Receiver）",
        ),
        Text(
            "Restore spec.receivers of the NotificationManager to the values that KubeSphere ships.",
            "请把 NotificationManager 的 spec.receivers 恢复为 KubeSphere 自带的值。",
        ),
    ),
    Finding(
        "KD606",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A tenant's Receiver does not get these alerts",
            "租户的接收者（Receiver）收不到这些告警",
        ),
        Text(
            "Write a policy of the project (namespace) for the tenant, or send these alerts to a global Receiver.",
            "请为租户编写项目级告警策略，或把这些告警发给全局接收者。",
        ),
    ),
    Finding(
        "KD607",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "The route policy of notification-manager keeps the alerts out",
            "notification-manager 的路由策略拦下了告警",
        ),
        Text(
            "Add a Router to the Receiver to notification_routers, or set spec.routePolicy of the "
            "NotificationManager to All.",
            "请在 notification_routers 中添加指向该接收者的 Router，或把 NotificationManager 的 "
            "spec.routePolicy 设为 All。",
        ),
    ),
    Finding(
        "KD608",
        Level.WARNING,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A Silence keeps alerts back",
            "静默策略（Silence）拦下了告警",
        ),
        Text(
            "Disable or delete the Silence if it is not wanted.",
            "如不需要，请停用或删除该静默策略。",
        ),
    ),
    Finding(
        "KD609",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "The alert selector of a Receiver keeps the alerts out",
            "接收者（Receiver）的通知条件拦下了告警",
        ),
        Text(
            "Set the option that is named to the selector that you want, or to {} to remove it.",
            "请把所列选项设为需要的通知条件，或设为 {} 以删除。",
        ),
    ),
    Finding(
        "KD610",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A Receiver lacks a chat",
            "接收者（Receiver）缺少群",
        ),
        Text(
            "Run site.yml with feature notification.",
            "请运行 site.yml 的 notification 功能。",
        ),
    ),
    Finding(
        "KD611",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A Receiver lacks the robot",
            "接收者（Receiver）缺少机器人",
        ),
        Text(
            "Run site.yml with feature notification.",
            "请运行 site.yml 的 notification 功能。",
        ),
    ),
    Finding(
        "KD612",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "No Config has the app's credentials for the Receiver",
            "没有 Config 为该接收者提供应用凭证",
        ),
        Text(
            "Label the Config so that the Receiver selects it, or remove the Receiver's dingtalkConfigSelector.",
            "请为 Config 加上能被选中的标签，或删除接收者的 dingtalkConfigSelector。",
        ),
    ),
    Finding(
        "KD613",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "Which Config notification-manager uses is not defined",
            "notification-manager 会使用哪个 Config 不确定",
        ),
        Text(
            "Give the other Config another label than type=default, or another priority.",
            "请修改另一个 Config 的标签 type=default 或其优先级。",
        ),
    ),
    Finding(
        "KD614",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "notification-manager uses the Config of another app",
            "notification-manager 使用了另一个应用的 Config",
        ),
        Text(
            "Remove the label type=default from that Config, give it a higher number as priority, or delete it.",
            "请去掉该 Config 的标签 type=default、提高其 priority 数值，或删除它。",
        ),
    ),
    Finding(
        "KD615",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A credential is missing where notification-manager looks for it",
            "notification-manager 查找的位置没有凭证",
        ),
        Text(
            "Store the credential there, or run site.yml with feature notification.",
            "请把凭证保存到该位置，或运行 site.yml 的 notification 功能。",
        ),
    ),
    Finding(
        "KD616",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A stored credential is another one than the inventory's",
            "保存的凭证与清单中的不同",
        ),
        Text(
            "Run site.yml with feature notification, or correct the inventory.",
            "请运行 site.yml 的 notification 功能，或更正清单。",
        ),
    ),
    Finding(
        "KD617",
        Level.WARNING,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "The host's settings have not been copied to the member yet",
            "主集群的设置尚未同步到成员集群",
        ),
        Text(
            "Wait a minute. If it remains so, check on the host whether the member is ready. Console: Cluster "
            "Management (集群管理).",
            "请等待一分钟。若仍未同步，请在主集群检查该成员集群是否就绪。控制台：集群管理（Cluster Management）。",
        ),
    ),
    Finding(
        "KD618",
        Level.WARNING,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A robot is not in its chat yet",
            "机器人尚未添加到群",
        ),
        Text(
            "Do the manual steps that site.yml prints, then add the webhook to dingtalk_robots.",
            "请完成 site.yml 打印的手动步骤，然后把 webhook 写入 dingtalk_robots。",
        ),
    ),
    Finding(
        "KD619",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "notification-manager reports errors",
            "notification-manager 报告了错误",
        ),
        Text(
            "Correct what the error names.",
            "请按错误信息处理。",
        ),
    ),
    Finding(
        "KD620",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "The messages of a Receiver have a type that DingTalk does not have",
            "接收者（Receiver）的消息类型不是钉钉支持的类型",
        ),
        Text(
            "Set tmplType of the Receiver, or of NotificationManager's options for DingTalk, to text or markdown.",
            "请把接收者的 tmplType，或 NotificationManager 中钉钉选项的 tmplType，设为 text 或 markdown。",
        ),
    ),
    Finding(
        "KD621",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "notification-manager is scaled to no replica",
            "notification-manager 的副本数为 0",
        ),
        Text(
            "Set spec.replicas of NotificationManager notification-manager to 1 or more: kubectl edit "
            "notificationmanagers.notification.kubesphere.io notification-manager.",
            "请把 NotificationManager notification-manager 的 spec.replicas 设为 1 或更大：kubectl edit "
            "notificationmanagers.notification.kubesphere.io notification-manager。",
        ),
    ),
    Finding(
        "KD622",
        Level.ERROR,
        Stage.NOTIFICATION_MANAGER,
        Text(
            "A template of messages does not exist",
            "消息模板不存在",
        ),
        Text(
            "Create the ConfigMap or template that the message names, or use one of KubeSphere's (nm.default.text).",
            "请创建提示中所说的 ConfigMap 或模板，或改用 KubeSphere 自带的模板（nm.default.text）。",
        ),
    ),
    Finding(
        "KD701",
        Level.ERROR,
        Stage.EGRESS,
        Text(
            "DingTalk refuses the messages of this cluster",
            "钉钉拒绝了该集群发出的消息",
        ),
        Text(
            "Correct what DingTalk names: often the cluster's egress IP is not on the list of the app or the robot.",
            "请按钉钉返回的信息处理：通常是集群的出口 IP 不在应用或机器人的白名单中。",
        ),
    ),
    Finding(
        "KD702",
        Level.ERROR,
        Stage.EGRESS,
        Text(
            "The cluster cannot reach DingTalk",
            "集群无法访问钉钉",
        ),
        Text(
            "Allow the pods of notification-manager to reach oapi.dingtalk.com:443, or set a proxy for them.",
            "请允许 notification-manager 的容器组访问 oapi.dingtalk.com:443，或为其设置代理。",
        ),
    ),
    Finding(
        "KD703",
        Level.INFO,
        Stage.EGRESS,
        Text(
            "Whether DingTalk accepts the messages of this cluster is not known",
            "尚不知道钉钉是否接受该集群发出的消息",
        ),
        Text(
            "Run the playbook verify.",
            "请运行 playbook verify。",
        ),
    ),
    Finding(
        "KD704",
        Level.INFO,
        Stage.EGRESS,
        Text(
            "The test alert was not sent, as it would reach others than the inventory's chats and robots",
            "未发送测试告警，因为清单以外的接收者也会收到",
        ),
        Text(
            "Set verify_allow_others: true if they may get it.",
            "如果允许他们收到，请设置 verify_allow_others: true。",
        ),
    ),
    Finding(
        "KD705",
        Level.WARNING,
        Stage.EGRESS,
        Text(
            "The notification history does not list a test alert that Alertmanager sent",
            "通知历史中没有 Alertmanager 已发送的测试告警",
        ),
        Text(
            "Look at the notification history in the console later: it may take longer. If the alert did not arrive "
            "in the chats either, correct what the other findings of the cluster name. Else check the extensions "
            "vector (WizTelemetry Data Pipeline) and opensearch in Extensions Center (扩展市场) of the console, and "
            "the pods of vector-aggregator in kubesphere-logging-system.",
            "请稍后在控制台中查看通知历史，可能需要更长时间。如果群中也没有收到该告警，请按该集群的其他错误信息处理；否则请在"
            "控制台的扩展市场（Extensions Center）中检查扩展组件 vector（WizTelemetry 数据流水线）和 opensearch，以及 "
            "kubesphere-logging-system 中 vector-aggregator 的容器组。",
        ),
    ),
)

CATALOGUE = {row.id: row for row in ROWS}
