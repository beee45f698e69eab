# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kinds from a CustomResourceDefinition: discovery, generation, status subresource."""

from __future__ import annotations

from tests.contract.expectations import refused
from tests.contract.widgets import DEFINITIONS, GROUP, definition, widget
from tests.support.testbed import Cluster


def test_new_kind_is_served_in_all_its_versions(defined: Cluster, widgets: str) -> None:
    created = defined.post(widgets, widget())
    older = defined.get(widgets.replace("/v1/", "/v1beta1/") + "/one")
    assert older["apiVersion"] == "example.org/v1beta1"
    assert (older["spec"], older["metadata"]) == (created["spec"], created["metadata"])
    assert defined.get("/apis/example.org")["preferredVersion"]["version"] == "v1"


def test_definition_has_condition_established(defined: Cluster) -> None:
    found = defined.get(f"{DEFINITIONS}/widgets.example.org")
    conditions = {condition["type"]: condition["status"] for condition in found["status"]["conditions"]}
    assert conditions["Established"] == "True"
    assert found["spec"]["names"]["listKind"] == "WidgetList"
    assert found["status"]["storedVersions"] == ["v1"]


def test_cluster_scoped_kind_has_no_namespace(defined: Cluster) -> None:
    gadget = widget(kind="Gadget", metadata={"name": "everywhere"})
    assert "namespace" not in defined.post(f"{GROUP}/v1/gadgets", gadget)["metadata"]
    answer = defined.client.send("GET", f"{GROUP}/v1/namespaces/default/gadgets/everywhere")
    assert answer.status_code == 404


def test_replacing_needs_a_resource_version(defined: Cluster, widgets: str) -> None:
    defined.post(widgets, widget())
    status = refused(defined.put, f"{widgets}/one", widget())
    assert (status["code"], status["reason"]) == (422, "Invalid")
    assert status["message"] == (
        'widgets.example.org "one" is invalid: '
        "metadata.resourceVersion: Invalid value: 0: must be specified for an update"
    )
    assert status["details"]["kind"] == "widgets"


def test_conflict_names_the_group(defined: Cluster, widgets: str) -> None:
    read = defined.post(widgets, widget())
    defined.patch(f"{widgets}/one", {"spec": {"size": 2}})
    status = refused(defined.put, f"{widgets}/one", read)
    assert status["message"].startswith('Operation cannot be fulfilled on widgets.example.org "one": ')
    assert status["details"] == {"name": "one", "group": "example.org", "kind": "widgets"}


def test_generation_counts_changes_of_the_spec_only(defined: Cluster, widgets: str) -> None:
    assert defined.post(widgets, widget())["metadata"]["generation"] == 1
    assert defined.patch(f"{widgets}/one", {"metadata": {"labels": {"a": "b"}}})["metadata"]["generation"] == 1
    assert defined.patch(f"{widgets}/one", {"spec": {"size": 2}})["metadata"]["generation"] == 2
    assert defined.patch(f"{widgets}/one/status", {"status": {"done": 1}})["metadata"]["generation"] == 2


def test_status_is_a_subresource(defined: Cluster, widgets: str) -> None:
    assert "status" not in defined.post(widgets, widget(status={"done": 1}))
    defined.patch(f"{widgets}/one", {"status": {"done": 1}})
    assert "status" not in defined.get(f"{widgets}/one")
    found = defined.patch(f"{widgets}/one/status", {"spec": {"size": 5}, "status": {"done": 1}})
    assert (found["status"], found["spec"]["size"]) == ({"done": 1}, 1)
    assert defined.patch(f"{widgets}/one", {"spec": {"size": 5}})["status"] == {"done": 1}


def test_wrong_kind_and_wrong_version_are_rejected(defined: Cluster, widgets: str) -> None:
    status = refused(defined.post, widgets, widget(kind="Other"))
    assert (status["code"], status["details"]["causes"][0]["message"]) == (
        422,
        'Invalid value: "Other": must be Widget',
    )
    status = refused(defined.post, widgets, widget(apiVersion="example.org/v1beta1"))
    assert status["message"] == (
        "the API version in the data (example.org/v1beta1) does not match the expected API version (example.org/v1)"
    )


def test_definition_must_be_named_after_its_kind(cluster: Cluster) -> None:
    wrong = definition("things", "Thing", "Cluster")
    wrong["metadata"]["name"] = "other.example.org"
    status = refused(cluster.post, DEFINITIONS, wrong)
    assert (status["code"], [cause["field"] for cause in status["details"]["causes"]]) == (422, ["metadata.name"])
