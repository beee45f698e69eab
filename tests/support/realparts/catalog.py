# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real programs for tests, each pinned to a version."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A program built from a published Go module.

    ``siblings`` is the published version of the modules that the go.mod of ``module`` replaces with folders of its
    repository; empty if it requires published versions. ``several`` is whether other versions of the same program are
    pinned as well.
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
        """The part's name on the command line."""
        return self.file_name if self.several else self.name

    @property
    def file_name(self) -> str:
        return f"{self.name}-{self.version}"


def _etcd(version: str) -> Part:
    module = "go.etcd.io/etcd/server/v3"
    return Part("etcd", version, module, module)


def _kubernetes(program: str, version: str) -> Part:
    """Return a part of Kubernetes 1.X.Y, which publishes its staging modules (k8s.io/api and others) as 0.X.Y."""
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

#: KubeSphere release -> the bundled version of Alertmanager.
ALERTMANAGER_VERSIONS = {
    "3.1": "0.21.0",
    "3.2": "0.21.0",
    "3.3": "0.23.0",
    "3.4": "0.23.0",
    "4.1": "0.27.0",
    "4.2": "0.27.0",
}
_VERSIONS = tuple(dict.fromkeys(ALERTMANAGER_VERSIONS.values()))
ALERTMANAGERS = {version: _alertmanager("alertmanager", version) for version in _VERSIONS}
AMTOOLS = {version: _alertmanager("amtool", version) for version in _VERSIONS}

#: Of the version whose packages KubeSphere 3.1 to 3.3 limits PromQL to a project with.
LABEL_PROXY = Part(
    "prom-label-proxy",
    "0.2.0",
    "github.com/prometheus-community/prom-label-proxy",
    "github.com/prometheus-community/prom-label-proxy",
)

PARTS = {part.key: part for part in (ETCD, KUBE_APISERVER, *ALERTMANAGERS.values(), *AMTOOLS.values(), LABEL_PROXY)}
