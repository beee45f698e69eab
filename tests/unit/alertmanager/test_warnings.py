# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings that Alertmanager accepts and that have no effect, or another than intended, cause a warning."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.timing import (
    duration_text,
    effective_repeat_interval,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.warnings.document import warnings
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.warnings.expressions import expressions
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.warnings.intervals import never
from tests.unit.alertmanager.test_routes import EXISTING, Cluster, default

Json = dict[str, Any]

TOKEN = "0123456789abcdef"
ROBOT = f"https://oapi.dingtalk.com/robot/send?access_token={TOKEN}"
HOOK = {"webhook_configs": [{"url": "https://hook.example"}]}
#: Everything that the READMEs, the roles and the examples set.
PLAIN: list[tuple[list[Json], Json]] = [
    ([], {"route": {"repeat_interval": "2h", "group_by": ["cluster", "namespace", "alertname"]}}),
    ([{"matchers": ['severity = "critical"'], "repeat_interval": "30m"}], {}),
    ([{"matchers": ['severity = "critical"'], "receiver": "a"}], {"receivers": [{"name": "a", **HOOK}]}),
    ([{"match": {"severity": "info"}, "receiver": "silent-info"}], {"receivers": [{"name": "silent-info"}]}),
    ([{"match": {"severity": "info"}, "receiver": "Watchdog"}], {}),
    ([{"match": {"alertname": "Watchdog"}, "repeat_interval": "1d"}], {}),
    ([{"match": {"alerttype": "event"}, "repeat_interval": "1h"}], {}),
    ([{"match_re": {"namespace": "prod-.*|shop", "severity": "critical|error"}, "repeat_interval": "1h"}], {}),
    ([{"matchers": ['instance="[::1]:9100"', 'path="/a.b-c?x"', 'severity!="info"']}], {}),
    ([{"match": {"severity": "critical"}, "receiver": "Default", "continue": True}], {}),
]


@pytest.mark.parametrize("release", ["3.3", "3.4"])
@pytest.mark.parametrize(("routes", "parts"), PLAIN)
def test_usual_settings_cause_no_warning(release: str, routes: list[Json], parts: Json) -> None:
    cluster = default(release)
    for _run in range(2):
        assert run(cluster, routes, parts) == []


@pytest.mark.parametrize(
    ("matcher", "corrected"),
    [
        ('alertname="*"', 'alertname=~".*"'),
        ('alertname=".*"', 'alertname=~".*"'),
        ('alertname!="*"', 'alertname!~".*"'),
        ('severity="critical|warning"', 'severity=~"critical|warning"'),
        ('severity!="info|none"', 'severity!~"info|none"'),
        ('namespace="prod-.*"', 'namespace=~"prod-.*"'),
        ('namespace="prod-*"', 'namespace=~"prod-.*"'),
        ('namespace="(dev|test)-*"', 'namespace=~"(dev|test)-.*"'),
        ('namespace="prod-.+"', 'namespace=~"prod-.+"'),
        ('namespace="^prod$"', 'namespace=~"^prod$"'),
        ('pod="web-[0-9]"', 'pod=~"web-[0-9]"'),
        (r'pod="web-\\d"', r'pod=~"web-\\d"'),
        ('severity="(?i)critical"', 'severity=~"(?i)critical"'),
        ('namespace=~"kube-*"', 'namespace=~"kube-.*"'),
        ('namespace!~"kube-*"', 'namespace!~"kube-.*"'),
    ],
)
def test_a_pattern_that_is_compared_as_text(matcher: str, corrected: str) -> None:
    cluster = default("3.4")
    [warning] = run(cluster, [{"matchers": [matcher], "repeat_interval": "1h"}])
    assert warning.startswith("the route for ")
    assert f"write {corrected} " in warning
    [*_others, warning] = run(cluster, [{"match": {"a": "b"}, "routes": [{"matchers": [matcher]}]}])
    assert f"write {corrected} " in warning


@pytest.mark.parametrize(("form", "value"), [("match", "critical|error"), ("match_re", "crit-*")])
def test_a_pattern_in_the_older_forms(form: str, value: str) -> None:
    [warning] = run(default("3.1"), [{form: {"severity": value}, "repeat_interval": "1h"}])
    assert "write severity=~" in warning


@pytest.mark.parametrize(
    ("matcher", "character"),
    [
        ("severity='critical'", "U+0027"),
        ("severity=“critical”", "U+201C"),
        ('severity="‘critical’"', "U+2018"),
        ('severity="critical "', "U+0020"),
        ('severity="\u200bcritical"', "U+200B"),
        ('severity="critical\u3000"', "U+3000"),
        ("severity=「critical」", "U+300C"),
        ("severity=＂critical＂", "U+FF02"),
        ("severity==critical", "U+003D"),
        ('severity="=critical"', "U+003D"),
        ("severity=~'critical'", "U+0027"),
    ],
)
def test_quotes_and_blanks_that_become_a_part_of_the_value(matcher: str, character: str) -> None:
    [warning] = run(default("3.4"), [{"matchers": [matcher], "repeat_interval": "1h"}])
    assert f" compares the value with {character} at an end as well" in warning
    assert 'write severity="critical" (KD518)' in warning


ROOT, CRITICAL = "the root route", 'the route for severity="critical"'
MULTIPLE = "use a repeat_interval that is a multiple of group_interval, or a shorter group_interval"


@pytest.mark.parametrize(
    ("route", "child", "expected"),
    [
        ({"repeat_interval": "1m"}, {}, {ROOT: "5m, not 1m, because group_interval is 5m"}),
        ({"repeat_interval": "7m"}, {}, {ROOT: "10m, not 7m, because group_interval is 5m"}),
        ({}, {"repeat_interval": "299999ms"}, {CRITICAL: "5m, not 299999ms, because"}),
        ({"group_interval": "7h"}, {}, {ROOT: "14h, not 12h, because group_interval is 7h"}),
        ({"repeat_interval": "6d"}, {}, {ROOT: "5d, not 6d, because Alertmanager remembers them for 120h only"}),
        ({}, {"repeat_interval": "1m"}, {CRITICAL: "5m, not 1m, because group_interval is 5m"}),
        ({}, {"group_interval": "7h"}, {CRITICAL: "14h, not 12h, because group_interval is 7h"}),
        ({}, {"repeat_interval": "10m", "group_interval": "4m"}, {CRITICAL: "12m, not 10m, because"}),
        ({"group_interval": "20m"}, {"repeat_interval": "30m"}, {CRITICAL: "40m, not 30m, because"}),
        ({"repeat_interval": "30m"}, {"group_interval": "20m"}, {CRITICAL: "40m, not 30m, because"}),
        (
            {"repeat_interval": "45s", "group_interval": "45s"},
            {},
            {'the route for alerttype="auditing"': "1m, not 45s"},
        ),
        ({"repeat_interval": "5m"}, {"repeat_interval": "30m"}, {}),
        ({"repeat_interval": "1m", "group_interval": "1m"}, {}, {}),
        ({"repeat_interval": "120h"}, {"repeat_interval": "90m"}, {}),
    ],
)
def test_an_interval_that_is_no_multiple_of_the_group_interval(route: Json, child: Json, expected: Json) -> None:
    edits = {**route, **({"routes": [{"match": {"severity": "critical"}, **child}]} if child else {})}
    found = run(default("3.4"), [], {"route": edits})
    assert len(found) == len(expected)
    for name, text in expected.items():
        assert name in found[0]
        assert f"notifications are repeated after {text}" in found[0]
        assert MULTIPLE in found[0] or "use a shorter repeat_interval" in found[0]


def test_intervals_of_others_cause_no_warning() -> None:
    cluster = Cluster(EXISTING.replace("'1h'", "7m"))
    assert run(cluster, [{"match": {"severity": "error"}, "repeat_interval": "10m"}]) == []
    [warning] = run(cluster, [], {"route": {"group_interval": "5m"}})
    assert warning.startswith(f"{CRITICAL}: notifications are repeated after 10m, not 7m")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 4 * 3600),
        ({"repeat_interval": "1m", "group_interval": "5m"}, 300),
        ({"repeat_interval": "7m", "group_interval": "5m"}, 600),
        ({"repeat_interval": "12h", "group_interval": "5m"}, 12 * 3600),
        ({"repeat_interval": "1d"}, 86400),
        ({"repeat_interval": "7d"}, 120 * 3600),
        ({"repeat_interval": "1ms", "group_interval": "300ms"}, 0.3),
        ({"repeat_interval": "0", "group_interval": "0s"}, 4 * 3600),
        ({"repeat_interval": 0, "group_interval": "1h"}, 4 * 3600),
        ({"repeat_interval": "soon", "group_interval": None}, 4 * 3600),
    ],
)
def test_the_effective_interval(settings: Json, expected: float) -> None:
    assert effective_repeat_interval(settings) == expected


@pytest.mark.parametrize(("length", "text"), [(300, "5m"), (5400, "1h30m"), (86400, "1d"), (0.3, "300ms"), (0, "0s")])
def test_durations_are_written_as_alertmanager_reads_them(length: float, text: str) -> None:
    assert duration_text(length) == text


@pytest.mark.parametrize(
    "receiver",
    [
        {"webhook_configs": [{"url": ROBOT}]},
        {
            "webhook_configs": [
                {"url": "https://hook.example"},
                {"url": ROBOT.replace(".com", ".io"), "send_resolved": True},
            ]
        },
        {"webhook_configs": [{"url": ROBOT.replace("https", "HTTP").replace("oapi", "OAPI")}]},
        {"webhook_configs": [{"url": ROBOT.replace(".com", ".com:443")}]},
        {"slack_configs": [{"api_url": ROBOT, "channel": "a"}]},
    ],
)
def test_the_webhook_of_a_robot(receiver: Json) -> None:
    routes = [{"match": {"severity": "critical"}, "receiver": "ding"}]
    [warning] = run(default("3.4"), routes, {"receivers": [{"name": "ding", **receiver}]})
    assert warning.startswith("receiver 'ding', ")
    assert "use notification_robot for it, or the URL of a relay" in warning
    assert TOKEN not in warning
    assert "http" not in warning.lower().replace("an http error", "")


@pytest.mark.parametrize(
    ("url", "service", "remedy"),
    [
        ("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=planted", "a WeCom group robot", "a relay"),
        ("https://open.feishu.cn/open-apis/bot/v2/hook/planted", "a Feishu robot", "a relay"),
        ("https://open.larksuite.com/open-apis/bot/v2/hook/planted", "a Feishu robot", "a relay"),
        ("HTTPS://Hooks.Slack.com/services/planted", "a Slack app", "use slack_configs"),
        ("https://acme.webhook.office.com/webhookb2/planted", "a Microsoft Teams channel", "a relay"),
        ("https://discord.com/api/webhooks/1/planted", "a Discord channel", "a relay"),
    ],
)
def test_the_webhook_of_another_chat_service(url: str, service: str, remedy: str) -> None:
    routes = [{"match": {"severity": "critical"}, "receiver": "chat"}]
    receiver = {"name": "chat", "webhook_configs": [{"url": "https://hook.example"}, {"url": url}]}
    [warning] = run(default("3.4"), routes, {"receivers": [receiver]})
    assert warning.startswith(f"receiver 'chat', webhook_configs[1].url: this is the webhook of {service}, which")
    assert remedy in warning
    assert "planted" not in warning


def test_a_chat_service_in_its_own_integration() -> None:
    routes = [{"match": {"severity": "critical"}, "receiver": "chat"}]
    slack = {"slack_configs": [{"api_url": "https://hooks.slack.com/services/a", "channel": "ops"}]}
    wecom = {
        "wechat_configs": [
            {"api_url": "https://qyapi.weixin.qq.com/cgi-bin/", "corp_id": "a", "api_secret": "b", "to_user": "c"}
        ]
    }
    assert run(default("3.4"), routes, {"receivers": [{"name": "chat", **slack, **wecom}]}) == []


@pytest.mark.parametrize(
    "url",
    [
        f"https://relay.example/robot/send?url={ROBOT}",
        "https://oapi.dingtalk.com/other",
        "https://oapi.dingtalk.com/my-robot/send",
    ],
)
def test_other_webhooks(url: str) -> None:
    cluster = default("3.4")
    desired = {"receivers": [{"name": "ding", "webhook_configs": [{"url": url}]}]}
    routes = [{"match": {"severity": "critical"}, "receiver": "ding"}]
    assert run(cluster, routes, desired) == []


CATCH_ALL = "  - match_re: {alerttype: '.*'}\n    receiver: prometheus\n"


@pytest.mark.parametrize(
    ("first", "routes", "expected"),
    [
        (CATCH_ALL, [{"match": {"severity": "critical"}}], "no alert reaches the route for severity"),
        (
            CATCH_ALL.replace("match_re: {alerttype: '.*'}", "match: {alerttype: ''}"),
            [{"match": {"severity": "critical"}}],
            "no alerts of built-in policies reach the route for severity",
        ),
        (
            CATCH_ALL.replace("match_re: {alerttype: '.*'}", "match: {alerttype: metric}"),
            [{"match": {"severity": "critical"}}],
            "no alerts of policies reach the route for severity",
        ),
        ("", [{"matchers": ['severity="a"', 'severity="b"']}], "because its matchers for severity exclude each other"),
        ("", [{"matchers": ['a=~"b|c"', 'a!~"b|c"']}], "because its matchers for a exclude each other"),
        (
            "",
            [{"match": {"severity": "error"}, "receiver": "pager", "routes": [{"match": {"severity": "info"}}]}],
            "because its matchers and those of the routes above it for severity exclude each other",
        ),
    ],
)
def test_a_route_that_no_alert_reaches(first: str, routes: list[Json], expected: str) -> None:
    cluster = Cluster(EXISTING.replace("  - match: {severity", f"{first}  - match: {{severity"))
    for _run in range(2):
        [warning] = run(cluster, routes)
        assert expected in warning


@pytest.mark.parametrize(
    ("routes", "parts", "expected"),
    [
        ([{"match": {"severity": "critical"}, "receiver": "Default"}], {}, ["'Default' has no integration"]),
        ([{"match": {"severity": "critical"}, "receiver": "a"}], {"receivers": [{"name": "a"}]}, ["'a' has no"]),
        (
            [{"match": {"severity": "critical"}, "receiver": "a"}],
            {"receivers": [{"name": "a", "webhook_configs": []}]},
            ["'a' has no integration"],
        ),
        (
            [{"match": {"a": "b"}, "receiver": "Default", "routes": [{"match": {"severity": "critical"}}]}],
            {},
            ['the route for a="b", because its receiver'],
        ),
        ([], {"receivers": [{"name": "a", **HOOK}]}, ["no route names the receiver 'a'"]),
        ([], {"receivers": [{"name": "pager", **HOOK}]}, []),
        ([{"match": {"severity": "critical"}, "receiver": "null"}], {"receivers": [{"name": "null"}]}, []),
        ([{"match": {"severity": "critical"}, "receiver": "dev-null"}], {"receivers": [{"name": "dev-null"}]}, []),
    ],
)
def test_receivers_that_get_no_alert_or_notify_nobody(routes: list[Json], parts: Json, expected: list[str]) -> None:
    found = run(Cluster(EXISTING), routes, parts)
    assert len(found) == len(expected)
    assert all(text in warning for text, warning in zip(expected, found, strict=True))


def test_a_new_route_that_inherits_the_receiver_of_the_root() -> None:
    text = EXISTING.replace("""  - match_re: {alerttype: ".*"}  # everything else\n    receiver: prometheus\n""", "")
    [warning] = run(Cluster(text), [{"match": {"severity": "error"}, "repeat_interval": "1h"}])
    assert "its receiver 'Default' has no integration; set receiver to another one" in warning


def test_a_new_route_for_alerts_that_went_to_several_receivers() -> None:
    team = "  - match: {alerttype: metric}\n    receiver: pager\n"
    cluster = Cluster(EXISTING.replace("  - match: {severity: critical}  # pages\n    receiver: pager\n", team))
    desired = {"match": {"severity": "error"}, "repeat_interval": "1h"}
    for _run in range(2):
        [warning] = run(cluster, [desired])
        assert warning == (
            "alerts of policies that the route for severity=\"error\" matches go to its receiver 'prometheus', and not "
            "to 'pager'; set receiver, or add alerttype to its matchers (KD512)"
        )
    assert run(cluster, [{**desired, "receiver": "prometheus"}]) == []


@pytest.mark.parametrize("line", ['severity="critical"', "severity=critical", 'severity=""', "a=b'c", 'namespace!=""'])
def test_matchers_whose_value_is_as_meant(line: str) -> None:
    assert list(expressions("the route", {"matchers": [line]})) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({}, False),
        ({"weekdays": ["monday:friday"]}, False),
        ({"weekdays": ["friday:monday"]}, True),
        ({"months": ["november:february"]}, True),
        ({"months": [2], "days_of_month": ["30:31"]}, True),
        ({"months": ["february"], "days_of_month": ["29"]}, False),
        ({"months": ["february:march"], "days_of_month": ["31"]}, False),
        ({"months": ["april", "june"], "days_of_month": [31]}, True),
        ({"days_of_month": ["31"]}, False),
        ({"days_of_month": ["-1:-3"]}, True),
        ({"days_of_month": ["-3:-1"]}, False),
        ({"days_of_month": ["20:10"]}, True),
        ({"years": ["2030:2020"]}, True),
        ({"times": [{"start_time": "22:00", "end_time": "06:00"}]}, True),
        ({"times": [{"start_time": "09:00", "end_time": "18:00"}]}, False),
        (
            {"times": [{"start_time": "22:00", "end_time": "06:00"}, {"start_time": "00:00", "end_time": "06:00"}]},
            False,
        ),
        ({"months": ["1:99999999999"], "days_of_month": ["31"]}, False),
        ({"months": ["-5:-1"], "days_of_month": ["31"]}, False),
        ({"months": ["smarch"], "days_of_month": ["31"]}, False),
    ],
)
def test_time_intervals_that_never_begin(part: Json, expected: bool) -> None:
    assert never({"name": "a", "time_intervals": [part]}) is expected
    assert never({"name": "a", "time_intervals": [part, {}]}) is False
    assert never({"name": "a", "time_intervals": []}) is True


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"mute_time_intervals": ["never"]}, ["is never muted by 'never'"]),
        ({"mute_time_intervals": ["often", "never"]}, ["is never muted by 'never'"]),
        ({"mute_time_intervals": ["often"]}, []),
        ({"mute_time_intervals": ["often", "always"]}, ["is always muted by 'always', because this interval contains"]),
        ({"active_time_intervals": ["never"]}, ["is always muted, because its active_time_intervals (never)"]),
        ({"active_time_intervals": ["always"]}, []),
        ({"active_time_intervals": ["often", "never"]}, []),
        ({"active_time_intervals": []}, ["active_time_intervals is empty, so it is always active"]),
    ],
)
def test_routes_with_time_intervals_that_never_begin_or_never_end(fields: Json, expected: list[str]) -> None:
    definitions = """\
time_intervals:
- {name: often, time_intervals: [{weekdays: ['monday:friday']}]}
- {name: never, time_intervals: [{months: ['2'], days_of_month: ['31']}]}
- {name: always, time_intervals: [{}]}
"""
    found = run(Cluster(EXISTING + definitions, "4.1"), [{"match": {"severity": "critical"}, **fields}])
    assert len(found) == len(expected)
    assert all(text in warning for text, warning in zip(expected, found, strict=True))


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"mute_time_intervals": [{"name": "a", "time_intervals": []}]}, "the time interval 'a' never begins"),
        (
            {"inhibit_rules": [{"source_match": {"severity": "critical|error"}, "target_match": {"severity": "info"}}]},
            'inhibit_rules[0]: severity="critical|error" compares the value with this text',
        ),
        (
            {"inhibit_rules": [{"source_match": {"severity": "a"}, "target_matchers": ['severity="b*"']}]},
            'write severity=~"b.*"',
        ),
        (
            {"inhibit_rules": [{"source_match": {"severity": "a"}, "target_match_re": {"severity": "a"}}]},
            "inhibit_rules[0] mutes no alert, because its source and target match the same alerts",
        ),
    ],
)
def test_other_parts_of_a_document(parts: Json, expected: str) -> None:
    [warning] = run(default("3.4"), [], parts)
    assert expected in warning


def run(cluster: Cluster, routes: list[Json], parts: Json | None = None) -> list[str]:
    """Apply the edits and return the warnings without the name of the document."""
    plan = cluster.run(*routes, **(parts or {}))
    return [warning.removeprefix("alertmanager.yaml: ") for warning in plan.warnings]


JUNK: tuple[Any, ...] = (
    None,
    5,
    True,
    "x",
    [],
    {},
    [None],
    ["x"],
    [[]],
    [{}],
    {"a": "b"},
    [{"name": None}],
    {"url": 5},
)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
@pytest.mark.parametrize(
    "name",
    [
        *("route", "receivers", "inhibit_rules", "time_intervals", "mute_time_intervals", "global"),
        *("routes", "matchers", "match", "receiver", "repeat_interval", "group_interval", "active_time_intervals"),
    ],
)
def test_invalid_parts_cause_no_failure(name: str, junk: Any) -> None:
    route: Json = {"match": {"a": "b"}, **({name: junk} if name not in ("route", "receivers") else {})}
    part = {"route": {"routes": [route], name: junk}, name: junk}
    interval = {"name": "a", "time_intervals": [{"months": junk, "times": junk, "days_of_month": ["31"]}]}
    assert isinstance(warnings(part, {**part, "time_intervals": [interval]}), list)
    assert isinstance(warnings({"route": {"routes": [route]}, "time_intervals": [interval]}, part), list)
