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
            "清单中没有会话也没有机器人，告警不会发到钉钉",
        ),
        Text(
            "Set notification_chats or notification_robot.",
            "请设置 notification_chats 或 notification_robot。",
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
            "The account lacks a permission, so something is unknown",
            "账号缺少权限，有些情况无法得知",
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
            "Use a supported release; the README has the list.",
            "请使用受支持的版本，列表见 README。",
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
            "Renew the licence in KubeSphere's console, or reduce the number of vCPU of a community edition to 128.",
            "请在 KubeSphere 控制台更新许可证；社区版请将 vCPU 数降到 128 以内。",
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
            "请把该路由的接收器改为 notification-manager 的 webhook，或在 alertmanager_routes 中为这些告警添加路由。",
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
            "接收者（Receiver）缺少会话",
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
            "机器人尚未添加到会话",
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
)

CATALOGUE = {row.id: row for row in ROWS}
