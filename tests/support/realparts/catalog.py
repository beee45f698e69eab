# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real programs that tests may run against, each pinned at one version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A program that is built from a published Go module.

    ``siblings`` is the version at which the modules are published that the go.mod of ``module`` replaces by folders of
    its own repository; empty where it names published versions itself. ``several`` says that other versions of the
    same program are pinned beside this one.
    """

    name: str
    version: str
    module: str
    package: str
    siblings: str = ""
    linker_flags: str = "-s -w"
    several: bool = False

    @property
    def key(self) -> str:
        """What a part is called on the command line."""
        return self.file_name if self.several else self.name

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}"


def _etcd(version: str) -> Part:
    module = "go.etcd.io/etcd/server/v3"
    return Part("etcd", version, module, module)


def _kubernetes(program: str, version: str) -> Part:
    """Kubernetes 1.X.Y publishes its staging modules (k8s.io/api and so on) as 0.X.Y."""
    module, stamped = "k8s.io/kubernetes", "k8s.io/component-base/version.gitVersion"
    return Part(
        program,
        version,
        module,
        f"{module}/cmd/{program}",
        siblings="v0." + version.split(".", 1)[1],
        linker_flags=f"-s -w -X {stamped}=v{version}",
    )


def _alertmanager(program: str, version: str) -> Part:
    module, stamped = "github.com/prometheus/alertmanager", "github.com/prometheus/common/version.Version"
    return Part(
        program, version, module, f"{module}/cmd/{program}", linker_flags=f"-s -w -X {stamped}={version}", several=True
    )


ETCD = _etcd("3.6.16")
KUBE_APISERVER = _kubernetes("kube-apiserver", "1.34.4")

#: KubeSphere's release -> the version of Alertmanager that it ships.
ALERTMANAGER_VERSIONS = {"3.1": "0.21.0", "3.2": "0.21.0", "3.3": "0.23.0", "3.4": "0.23.0", "4.1": "0.27.0"}
_VERSIONS = tuple(dict.fromkeys(ALERTMANAGER_VERSIONS.values()))
ALERTMANAGERS = {version: _alertmanager("alertmanager", version) for version in _VERSIONS}
AMTOOLS = {version: _alertmanager("amtool", version) for version in _VERSIONS}

PARTS = {part.key: part for part in (ETCD, KUBE_APISERVER, *ALERTMANAGERS.values(), *AMTOOLS.values())}
