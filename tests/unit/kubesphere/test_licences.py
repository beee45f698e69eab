# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Licences as both generations of KubeSphere's API report them, and answers that are out of shape."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.masking import Secrets
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.client import Cluster as Client
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.errors import ClusterError
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.api import connect
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubesphere.licences import (
    Licence,
    read_licences,
    read_licences_of_3,
    read_licences_of_4,
)
from tests.support.simulators.kubesphere.api import LICENCE_3, LICENCES, KubeSphereApi
from tests.support.testbed import ClusterSpec, clusters

Json = dict[str, Any]

#: 2026-12-01, and a time 10 days later.
NOW, LATER = 1796083200.0, "2026-12-11T00:00:00Z"
BEFORE, ON_THE_DAY = "2026-11-30T12:00:00.595869588+08:00", "it ended on 2026-11-30 04:00:00 UTC"
SUBJECT = "the licence of the platform"


def of_4(profile: Any = None, violation: Any = None, extension: Any = "ks-core", **more: Any) -> Json:
    item = {"extension": extension, "profile": profile, "violation": violation, **more}
    return {"items": [item], "total": 1}


def violated(type_: Any, **more: Any) -> Json:
    return {"type": type_, "updatedAt": "2024-05-13T15:51:09.480633+08:00", **more}


def of_3(violation: Any = None, **data: Any) -> Json:
    return {"data": data, "status": {"violation": violation}}


#: What is violated, by the platform's own names for it -> what the finding says.
VIOLATIONS: dict[str, str] = {
    "No violation": "",
    "": "",
    "Empty license": "there is none",
    "Format error": "it cannot be read",
    "Invalid signature": "its signature is invalid",
    "Time expired": "it has ended",
    "Time not start": "it is not valid yet",
    "Node count limit exceeded": "the platform has more nodes than it allows (7 of 5)",
    "Core count limit exceeded": "the platform has more CPU cores than it allows (7 of 5)",
    "Cluster count limit exceeded": "the platform has more clusters than it allows (7 of 5)",
    "Invalid type": "its type is not valid for this platform",
    "vCPU quota exceeded": "the platform reports 'vCPU quota exceeded' (7 of 5)",
}


@pytest.mark.parametrize("type_", VIOLATIONS)
@pytest.mark.parametrize("is_4", [False, True])
def test_a_violation_in_plain_words(type_: str, is_4: bool) -> None:
    violation = violated(type_, current=7, expected=5, reason="crypto/rsa: verification error")
    found = read_licences_of_4(of_4(violation=violation)) if is_4 else read_licences_of_3(of_3(violation))
    assert [item.fault(NOW) for item in found] == [VIOLATIONS[type_]]
    assert "crypto" not in str(found)


@pytest.mark.parametrize(
    ("current", "expected", "shown"),
    [
        ("130", "128", " (130 of 128)"),
        ("1300m", "1k", " (1300m of 1k)"),
        (130, None, ""),
        ({"s": "1"}, 1, ""),
        (1, True, ""),
    ],
)
def test_figures_are_numbers_or_quantities(current: Any, expected: Any, shown: str) -> None:
    violation = violated("Core count limit exceeded", current=current, expected=expected)
    [found] = read_licences_of_4(of_4(violation=violation))
    assert found.fault(NOW) == f"the platform has more CPU cores than it allows{shown}"


#: Times in a licence -> its end in days from now, None without one.
TIMES: dict[Any, float | None] = {
    LATER: 10,
    "2026-12-11T08:00:00+08:00": 10,
    "2026-12-11T00:00:00": 10,
    "2026-12-11": 10,
    "0001-01-01T00:00:00Z": None,
    "9999-12-31T23:59:59-23:59": None,
    "soon": None,
    "": None,
    None: None,
    1796083200: None,
}


@pytest.mark.parametrize("text", TIMES)
def test_the_end_of_a_licence(text: Any) -> None:
    days = TIMES[text]
    ends = None if days is None else NOW + days * 86400
    assert read_licences_of_4(of_4({"notAfter": text})) == [Licence("", ends)]
    assert read_licences_of_3(of_3(notAfter=text)) == [Licence("", ends)]


def test_a_licence_that_has_ended_is_violated_whatever_the_platform_reports() -> None:
    for found in (
        read_licences_of_4(of_4({"notAfter": BEFORE}, violated("No violation"))),
        read_licences_of_3(of_3(violated("No violation"), notAfter=BEFORE)),
        read_licences_of_3(of_3(violated("Time expired"), notAfter=BEFORE)),
    ):
        assert [item.fault(NOW) for item in found] == [ON_THE_DAY]


def test_the_first_end_of_a_component_of_kubesphere_3_counts() -> None:
    constraints = [{"name": "ks-core", "notAfter": "2026-12-11T00:00:00Z"}, {"name": "x"}, "x", {"notAfter": 1}]
    [found] = read_licences_of_3(of_3(notAfter="2027-06-01T00:00:00Z", componentConstraints=constraints))
    assert found.ends == NOW + 10 * 86400


@pytest.mark.parametrize(
    ("extension", "subject"),
    [
        ("ks-core", SUBJECT),
        ("KubeSphere", SUBJECT),
        (None, SUBJECT),
        ("whizard-alerting", "the licence of extension whizard-alerting"),
        ("whizard-notification", "the licence of extension whizard-notification"),
        ("whizard-telemetry", "the licence of extension whizard-telemetry"),
        ("whizard-monitoring", "the licence of extension whizard-monitoring"),
        ("gatekeeper", ""),
        ("whizard-logging", ""),
    ],
)
def test_licences_that_matter_to_alerts(extension: Any, subject: str) -> None:
    found = read_licences_of_4(of_4({"notAfter": BEFORE}, extension=extension))
    assert [item.subject for item in found] == ([subject] if subject else [])
    assert found == read_licences_of_4(of_4({"notAfter": BEFORE, "componentName": extension}, extension=None))


def test_what_is_nobody_elses_business_is_not_read() -> None:
    user = {"co": "pl4nted", "name": "pl4nted", "id": "pl4nted"}
    profile = {"corporation": "pl4nted", "importedBy": "pl4nted", "subject": user, "issuer": user, "id": "pl4nted"}
    more = {"id": "pl4nted", "cloudUserID": "pl4nted", "metadata": {"signature": "pl4nted"}}
    violation = violated("Invalid signature", reason="pl4nted")
    secret = {"licenseId": "pl4nted", "apiKey": "pl4nted", "apiSecret": "pl4nted", "signature": "pl4nted"}
    found = [
        *read_licences_of_4(of_4(profile, violation, **more)),
        *read_licences_of_3(of_3(violation, subject=user, issuer=user, **secret)),
    ]
    assert len(found) == 2
    assert "pl4nted" not in str([(item, item.subject, item.fault(NOW)) for item in found])


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from([LATER, BEFORE]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = ("type", "current", "expected", "notAfter", "componentName", "componentConstraints")
_PART = _JSON | st.fixed_dictionaries({}, optional=dict.fromkeys(_FIELDS, _JSON))
_ITEM = _JSON | st.fixed_dictionaries({}, optional={"extension": _JSON, "profile": _PART, "violation": _PART})
_STATUS = _JSON | st.fixed_dictionaries({}, optional={"violation": _PART})
_ANSWER = _JSON | st.fixed_dictionaries(
    {}, optional={"items": _JSON | st.lists(_ITEM, max_size=3), "data": _PART, "status": _STATUS}
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(_ANSWER)
def test_any_answer_is_read(answer: Any) -> None:
    for found in (read_licences_of_4(answer), read_licences_of_3(answer)):
        for item in found:
            assert isinstance(item.fault(NOW), str)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, KubeSphereApi]]:
    specs = {"three": ClusterSpec("3.4"), "four": ClusterSpec("4.2", "host")}
    with (
        clusters(specs, tmp_path_factory.mktemp("licences")) as found,
        KubeSphereApi(found["three"], "admin", "", "the-token", ["three"]) as three,
        KubeSphereApi(found["four"], "admin", "", "the-token", ["four"]) as four,
    ):
        yield {"three": three, "four": four}


PLACES = {"three": (LICENCE_3, of_3(notAfter=LATER)), "four": (LICENCES, of_4({"notAfter": LATER}))}


def client(api: KubeSphereApi, folder: Path, direct: bool, **more: Any) -> Client:
    ca_file = folder / "ca.pem"
    api.authority.cert_pem.write_to_path(str(ca_file))
    at_url = {"api_url": api.url, "api_ca_cert": str(ca_file)} if direct else {}
    options = {"kubeconfig": str(api.host.kubeconfig), "api_token": "the-token", **at_url, **more}
    return connect(options, Secrets())


@pytest.mark.parametrize("direct", [False, True])
@pytest.mark.parametrize("name", PLACES)
def test_kubespheres_api_is_asked_for_the_licences(
    name: str, direct: bool, fleet: dict[str, KubeSphereApi], tmp_path: Path
) -> None:
    path, answer = PLACES[name]
    is_4 = name == "four"
    fleet[name].answers = {path: (200, answer)}
    assert read_licences(client(fleet[name], tmp_path, direct), is_4) == [Licence("", NOW + 10 * 86400)]
    fleet[name].answers = {}
    assert read_licences(client(fleet[name], tmp_path, direct), is_4) == []


@pytest.mark.parametrize("answer", [(403, "no"), (500, "no"), (200, ["a list"])])
@pytest.mark.parametrize("name", PLACES)
def test_a_refusal_is_an_error_of_the_cluster(
    name: str, answer: tuple[int, Any], fleet: dict[str, KubeSphereApi], tmp_path: Path
) -> None:
    fleet[name].answers = {PLACES[name][0]: answer}
    with pytest.raises(ClusterError):
        read_licences(client(fleet[name], tmp_path, direct=False), name == "four")
    with pytest.raises(ClusterError) as error:
        read_licences(client(fleet[name], tmp_path, direct=False, api_token="another"), name == "four")
    assert error.value.status == 401
