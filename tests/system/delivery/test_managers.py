# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states on KubeSphere's notification-manager itself, if it is given: what arrives is what the model says.

Without it, some of the states are played on the simulation as a program, so that this way of playing them is known to
work.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.closing_lines import closing_lines
from tests.support.realparts.notification_manager import NOT_GIVEN, given
from tests.support.testbed.cluster import Cluster
from tests.support.testbed.fixtures import fleet_on
from tests.system.delivery.managers import Manager, mirror, stand_in
from tests.system.delivery.site import Site, cells, expected_of
from tests.system.delivery.states import STATES
from tests.system.delivery.ways import Alertmanagers, reaching

pytestmark = pytest.mark.real

#: The releases whose Receivers are those of notification-manager 2.x.
RELEASES = ("3.4", "4.1")
#: A state of each kind: both channels, one, some alerts, none.
SOME = (
    "nothing",
    "only a robot",
    "alerts with a namespace",
    "default Configs by another label",
    "Silence of critical",
    "Routers first, to another",
    "last route is gone",
    "template without a definition",
)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Cluster]]:
    """Real API servers of these releases, for the settings of the states."""
    with fleet_on("real", {name: name for name in RELEASES}, tmp_path_factory.mktemp("managers")) as fleet:
        yield fleet


def check(
    manager: Manager,
    name: str,
    release: str,
    site: Site,
    real: Mapping[str, Cluster],
    alertmanagers: Alertmanagers,
    folder: Path,
) -> None:
    cluster, _result = site.play(STATES[name], release)
    mirror(cluster, real[release])
    alerts = reaching(cluster, alertmanagers)
    assert manager.arrived(site, real[release], alerts, folder) == expected_of(STATES[name])


@pytest.mark.parametrize("name", SOME)
def test_state_on_the_simulation_as_a_program(
    name: str, site: Site, real: Mapping[str, Cluster], alertmanagers: Alertmanagers, tmp_path: Path
) -> None:
    check(stand_in(tmp_path), name, "3.4", site, real, alertmanagers, tmp_path)


@pytest.mark.skipif(not given(), reason=NOT_GIVEN)
@pytest.mark.parametrize(("name", "release"), cells(*RELEASES) if given() else [("", "")])
def test_state_on_notification_manager(
    name: str, release: str, site: Site, real: Mapping[str, Cluster], alertmanagers: Alertmanagers, tmp_path: Path
) -> None:
    check(Manager(given()), name, release, site, real, alertmanagers, tmp_path)
    closing_lines.count("delivery states on notification-manager", f"{name} {release}")
