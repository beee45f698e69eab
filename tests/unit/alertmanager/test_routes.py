# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routes below the root: matched by the meaning of their matchers, inserted by precedence, and removed."""

from __future__ import annotations

import base64
from typing import Any

import pytest
import yaml

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager import config as alertmanager
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.matchers import identity
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._alertmanager.routes import built_in, check_desired
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.embedded_document import MergeContext
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.last_applied import AppliedObject
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._apply.plan import DesiredObject, Plan, make_plan
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.errors import InputError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.namespaces import MONITORING_NAMESPACE
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.object_ref import ObjectRef
from tests.support.input_errors import errors_at
from tests.support.testbed.installer.documents import alertmanager_text
from tests.support.testbed.installer.releases import RELEASES

REFERENCE = ObjectRef("v1", "Secret", alertmanager.SECRET, MONITORING_NAMESPACE)
CRITICAL: dict[str, Any] = {"matchers": ['severity = "critical"'], "repeat_interval": "30m"}

EXISTING = """\
# Maintained by the platform team.
route:
  receiver: Default
  routes:
  - match: {severity: critical}  # pages
    receiver: pager
    repeat_interval: '1h'
  - match_re: {alerttype: ".*"}  # everything else
    receiver: prometheus
receivers:
- name: Default
- {name: pager, webhook_configs: [{url: "http://pager.example"}]}
- {name: prometheus, webhook_configs: [{url: "http://notification-manager.example"}]}
"""


class Cluster:
    """Alertmanager's Secret and its last-applied state, across runs."""

    def __init__(self, text: str, release: str = "3.4") -> None:
        self.text = text
        self._release = release
        self._applied: AppliedObject | None = None

    def run(self, *routes: dict[str, Any], prune: bool = True, **parts: Any) -> Plan:
        """Apply these routes; without any edits, remove everything applied."""
        edits = {**parts, **({"route": {"routes": list(routes)}} if routes else {})}
        secret: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": REFERENCE.name, "namespace": REFERENCE.namespace},
            "data": {alertmanager.KEY: base64.b64encode(self.text.encode()).decode()},
        }
        desired = DesiredObject(REFERENCE, {"stringData": {alertmanager.KEY: edits}} if edits else None)
        plan = make_plan(desired, secret, self._applied, MergeContext("salt", prune, self._release))
        self._applied = plan.applied_after
        self.text = base64.b64decode((plan.after or {})["data"][alertmanager.KEY]).decode()
        return plan

    @property
    def routes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = yaml.safe_load(self.text)["route"]["routes"]
        return found


def default(release: str) -> Cluster:
    return Cluster(alertmanager_text(RELEASES[release]), release)


@pytest.mark.parametrize(
    "route",
    [
        {"match": {"severity": "critical", "team": "a b"}},
        {"match": {"team": "a b"}, "match_re": {"severity": "critical"}},
        {"matchers": ["severity=critical", 'team="a b"']},
        {"matchers": ['{ team = "a b" , severity =~ "critical" }']},
        {"matchers": ["team=a b,severity=critical"], "match": {"severity": "critical"}},
        {"matchers": ['"severity"="critical"', 'team="a b"'], "continue": True},
    ],
)
def test_routes_for_the_same_alerts_have_the_same_identity(route: dict[str, Any]) -> None:
    assert identity(route) == 'severity="critical",team="a b"'


@pytest.mark.parametrize(
    "route",
    [
        {"match": {"severity": "critical"}},
        {"matchers": ["severity!=critical", 'team="a b"']},
        {"matchers": ["severity=~critical|error", 'team="a b"']},
        {"matchers": ['severity="critical"', 'team="a b"', 'more=""']},
        {"matchers": ["no matcher"]},
        {},
    ],
)
def test_routes_for_other_alerts_have_another_identity(route: dict[str, Any]) -> None:
    assert identity(route) != 'severity="critical",team="a b"'


@pytest.mark.parametrize("release", ["3.1", "3.2", "3.3"])
def test_new_route_gets_the_old_form_of_the_document(release: str) -> None:
    cluster = default(release)
    before = cluster.routes
    cluster.run(CRITICAL)
    added = {"match": {"severity": "critical"}, "repeat_interval": "30m", "receiver": "prometheus"}
    assert cluster.routes == [*before[:-1], added, before[-1]]


def test_new_route_gets_the_matchers_of_the_document() -> None:
    cluster = default("3.4")
    before = cluster.routes
    cluster.run({"match": {"severity": "critical"}, "match_re": {"namespace": "prod-.*"}, "continue": True})
    added = {
        "matchers": ['namespace=~"prod-.*"', 'severity="critical"'],
        "continue": True,
        "receiver": "prometheus",
    }
    assert cluster.routes == [*before[:-1], added, before[-1]]


def test_route_beyond_the_old_form_gets_the_new_one_or_is_rejected() -> None:
    route = {"matchers": ['severity!="info"'], "repeat_interval": "1h"}
    newer, older = default("3.3"), default("3.2")
    newer.run(route)
    assert newer.routes[-2]["matchers"] == ['severity!="info"']
    with pytest.raises(
        InputError, match=r"older than 0.22 and does not support a route for alerts with severity!=\"info\""
    ):
        older.run(route)


@pytest.mark.parametrize("release", ["3.1", "3.4"])
def test_managed_route_is_removed_without_residue(release: str) -> None:
    cluster = default(release)
    before = cluster.text
    cluster.run(CRITICAL, {"matchers": ["severity=error"], "routes": [{"matchers": ["a=b"], "group_wait": "1s"}]})
    assert [identity(route) for route in cluster.routes[-3:-1]] == ['severity="critical"', 'severity="error"']
    assert cluster.routes[-2]["routes"][0]["group_wait"] == "1s"
    cluster.run(CRITICAL)
    assert [identity(route) for route in cluster.routes[-2:]] == ['severity="critical"', 'alerttype=~".*"']
    cluster.run()
    assert cluster.text == before


def test_second_run_changes_nothing() -> None:
    cluster = default("3.4")
    cluster.run(CRITICAL)
    text = cluster.text
    assert cluster.run({"match": {"severity": "critical"}, "repeat_interval": "30m"}).action == "unchanged"
    assert cluster.text == text


def test_fields_of_an_existing_route_are_set_and_restored() -> None:
    cluster = Cluster(EXISTING)
    cluster.run({**CRITICAL, "group_wait": "5s"})
    assert cluster.text == EXISTING.replace("'1h'", "'30m'\n    group_wait: 5s")
    assert cluster.routes[0]["receiver"] == "pager"
    cluster.run({"matchers": ["severity=critical"], "group_wait": "5s"})
    assert cluster.text == EXISTING.replace("'1h'", "'1h'\n    group_wait: 5s")
    cluster.run()
    assert cluster.text == EXISTING


def test_managed_route_with_unmanaged_fields_is_retained() -> None:
    cluster = default("3.4")
    cluster.run(CRITICAL)
    cluster.text = cluster.text.replace("repeat_interval: 30m", "repeat_interval: 30m\n      group_wait: 1s")
    text = cluster.text
    plan = cluster.run()
    assert cluster.text == text
    assert list(plan.not_removed.values()) == ["it was changed by someone else since it was last applied (group_wait)"]


def test_field_changed_by_others_in_a_managed_route_is_not_pruned() -> None:
    cluster = default("3.4")
    cluster.run({**CRITICAL, "group_wait": "1s"})
    cluster.text = cluster.text.replace("group_wait: 1s", "group_wait: 2s")
    cluster.run(CRITICAL)
    assert cluster.routes[-2]["group_wait"] == "2s"


def test_managed_route_inherits_a_changed_receiver() -> None:
    cluster = Cluster(EXISTING.replace("critical", "error"))
    cluster.run(CRITICAL)
    cluster.text = cluster.text.replace(
        '- match_re: {alerttype: ".*"}  # everything else\n    receiver: prometheus', "- {receiver: pager}"
    )
    cluster.run(CRITICAL)
    assert [route["receiver"] for route in cluster.routes] == ["pager", "pager", "pager"]


@pytest.mark.parametrize("is_reversed", [False, True])
@pytest.mark.parametrize(
    "text", [EXISTING, EXISTING.replace("match: {severity: critical}", "match: {severity: error}")]
)
def test_new_route_inherits_a_desired_receiver_in_the_first_run_as_in_the_next(text: str, is_reversed: bool) -> None:
    wider = {"matchers": ["severity=critical"], "receiver": "relay"}
    narrower = {"matchers": ["severity=critical", "namespace=shop"], "repeat_interval": "5m"}
    desired, cluster = [wider, narrower], Cluster(text)
    relay = {"name": "relay", "webhook_configs": [{"url": "http://relay.example"}]}
    for action in ("updated", "unchanged"):
        plan = cluster.run(*(reversed(desired) if is_reversed else desired), receivers=[relay])
        assert plan.action == action
        found = {identity(route): route["receiver"] for route in cluster.routes}
        assert (found[identity(narrower)], found[identity(wider)]) == ("relay", "relay")
    cluster.run(narrower)
    assert cluster.run(narrower).action == "unchanged"
    cluster.run()
    assert cluster.text == text


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        ("match: {severity: critical}", ["severity=critical", "namespace=shop"]),
        ("matchers: ['severity=~critical|error']", ["severity=critical"]),
        ("matchers: [severity!=info]", ["severity=critical"]),
        ("matchers: ['team=~.*', severity=critical]", ["severity=critical", "namespace=~prod-.*"]),
    ],
)
def test_new_route_is_inserted_before_the_one_that_takes_all_of_its_alerts(wider: str, narrower: list[str]) -> None:
    cluster = Cluster(EXISTING.replace("match: {severity: critical}", wider))
    before, text = cluster.routes, cluster.text
    plan = cluster.run({"matchers": narrower, "repeat_interval": "5m"})
    assert [route["receiver"] for route in cluster.routes] == ["pager", "pager", "prometheus"]
    assert cluster.routes[1:] == before
    assert plan.warnings == ()
    cluster.run()
    assert cluster.text == text


@pytest.mark.parametrize("release", ["3.1", "3.3"])
def test_new_route_is_inserted_before_a_catch_all_for_alerts_without_a_type(release: str) -> None:
    # KubeSphere's documentation shows the last route like this.
    text = default(release).text.replace('match_re: {alerttype: ".*"}', 'match: {alerttype: ""}')
    cluster = Cluster(text, release)
    before = cluster.routes
    assert before[-1] == {"match": {"alerttype": ""}, "receiver": "prometheus"}
    cluster.run(CRITICAL)
    added = {"match": {"severity": "critical"}, "repeat_interval": "30m", "receiver": "prometheus"}
    assert cluster.routes == [*before[:-1], added, before[-1]]


@pytest.mark.parametrize("wider", ["{match: {severity: error}}", "{match: {severity: critical}, continue: true}"])
def test_new_route_is_inserted_after_one_that_passes_on_some_of_its_alerts(wider: str) -> None:
    cluster = Cluster(EXISTING.replace("- match: {severity: critical}", f"- {wider}\n  - match: {{a: b}}"))
    plan = cluster.run({"matchers": ["severity=critical", "namespace=shop"], "repeat_interval": "5m"})
    assert [route.get("repeat_interval") for route in cluster.routes] == [None, "1h", "5m", None]
    assert plan.warnings == ()


def test_unreachable_route_causes_a_warning() -> None:
    first, last = '  - match_re: {alerttype: ".*"}  # everything else\n    receiver: prometheus\n', "receivers:\n"
    cluster = Cluster(EXISTING.replace(first, "").replace("  - match: {severity", f"{first}  - match: {{severity"))
    assert cluster.text.endswith(last + EXISTING.partition(last)[2])
    desired = {**CRITICAL, "routes": [{"matchers": ["a=b"], "repeat_interval": "5m"}]}
    for _run in range(2):
        [warning] = cluster.run(desired).warnings
        assert warning == (
            'alertmanager.yaml: no alert reaches the route for severity="critical", because the earlier route for '
            'alerttype=~".*" takes all of them; move it before that one or set continue there (KD510)'
        )
    assert [route.get("repeat_interval") for route in cluster.routes] == [None, "30m"]
    cluster.text = cluster.text.replace("receiver: prometheus\n", "receiver: prometheus\n    continue: true\n", 1)
    assert cluster.run(desired).warnings == ()


def test_without_pruning_an_earlier_route_is_retained() -> None:
    cluster = default("3.4")
    cluster.run(CRITICAL)
    cluster.run({"matchers": ["severity=error"], "receiver": "event"}, prune=False)
    assert [identity(route) for route in cluster.routes[-3:-1]] == ['severity="critical"', 'severity="error"']
    cluster.run()
    assert cluster.text == default("3.4").text


def test_routes_are_created_if_the_root_has_none() -> None:
    text = "route: {receiver: one}\nreceivers: [{name: one}]\n"
    cluster = Cluster(text)
    cluster.run(CRITICAL)
    assert cluster.routes == [{"matchers": ['severity="critical"'], "repeat_interval": "30m"}]
    cluster.run()
    assert yaml.safe_load(cluster.text) == yaml.safe_load(text)


def test_ambiguous_route_is_rejected() -> None:
    cluster = Cluster(EXISTING.replace('match_re: {alerttype: ".*"}', "matchers: [severity=critical]"))
    with pytest.raises(InputError, match=r"2 routes match the alerts with severity=\"critical\""):
        cluster.run(CRITICAL)


def test_undefined_receiver_is_rejected_before_any_write() -> None:
    with pytest.raises(InputError, match=r"routes\[\d\]: undefined receiver 'gone'; add it to the receivers"):
        default("3.4").run({**CRITICAL, "receiver": "gone"})


def test_managed_receiver_is_removed_with_its_route() -> None:
    cluster = default("3.4")
    cluster.run({**CRITICAL, "receiver": "ops"}, receivers=[{"name": "ops"}])
    assert cluster.run().not_removed == {}
    assert cluster.text == default("3.4").text


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        (["severity=critical"], "routes[0]: expected a map of matchers"),
        ([{"repeat_interval": "1h"}], "routes[0]: missing matchers, such as"),
        ([{"match": {}}], "routes[0]: missing matchers, such as"),
        ([{"matchers": ["severity"]}], "routes[0].matchers[0]: invalid matcher"),
        ([{"matchers": ["a=~("]}], "routes[0].matchers[0]: invalid regular expression"),
        ([{"match": {"a-b": "c"}}], "routes[0].match: invalid label name 'a-b'"),
        ([{"match": {"a": "b"}, "repeat_interval": "soon"}], "routes[0].repeat_interval: invalid duration 'soon'"),
        ([{"match": {"a": "b"}, "reciever": "x"}], "routes[0].reciever: unknown field in Alertmanager 0.27"),
        ([{"match": {"a": "b"}}, {"matchers": ["a=b"]}], "routes[1]: matches the same alerts as routes[0]"),
        ([{"match": {"a": "b"}, "routes": [{}]}], "routes[0].routes[0]: missing matchers"),
        ([{"match": {"a": "b"}, "routes": "x"}], "routes[0].routes: expected a list"),
    ],
)
def test_errors_of_desired_routes_include_their_place(routes: list[Any], expected: str) -> None:
    assert any(expected in error for error in errors_at("routes", check_desired, routes, alertmanager.DEPTH))


def test_nesting_of_routes_has_a_limit() -> None:
    route: dict[str, Any] = {"match": {"a": "b"}}
    for _level in range(alertmanager.DEPTH - 1):
        route = {"match": {"a": "b"}, "routes": [route]}
    assert errors_at("routes", check_desired, [route], alertmanager.DEPTH) == []
    [error] = errors_at("routes", check_desired, [{"match": {"a": "b"}, "routes": [route]}], alertmanager.DEPTH)
    assert error.endswith("use fewer levels, as a route may have several matchers")


def test_facts_include_the_routes_of_built_in_alerts() -> None:
    cluster = default("3.4")
    critical = {"severity": "critical", "route": 'severity="critical"', "receiver": "prometheus"}
    warning = {"severity": "warning", "route": 'alerttype=~".*"', "receiver": "prometheus"}
    assert cluster.run({**CRITICAL, "repeat_interval": "7m"}).facts["built_in_alerts"] == [
        {**critical, "repeat_interval": "7m", "effective_interval": "10m"},
        {**warning, "repeat_interval": "12h", "effective_interval": "12h"},
    ]
    assert [item["route"] for item in built_in({"route": {"receiver": "x"}})] == ["", ""]
