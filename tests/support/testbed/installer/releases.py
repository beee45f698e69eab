# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeSphere's releases, with the differences between the objects that their installers create."""

from __future__ import annotations

from dataclasses import dataclass

_NOTIFICATION = "notification.kubesphere.io"
_ALERTING = "alerting.kubesphere.io"

_BASIC = frozenset(
    {
        f"Config.{_NOTIFICATION}",
        f"Receiver.{_NOTIFICATION}",
        f"NotificationManager.{_NOTIFICATION}",
        "Cluster.cluster.kubesphere.io",
    }
)
_MONITORING = frozenset(
    f"{kind}.monitoring.coreos.com" for kind in ("Alertmanager", "Prometheus", "PrometheusRule", "ThanosRuler")
)
_INSTALLER = _MONITORING | {"ClusterConfiguration.installer.kubesphere.io"}
_ROUTING = frozenset({f"Router.{_NOTIFICATION}", f"Silence.{_NOTIFICATION}"})
_RULE_GROUPS = frozenset({f"{kind}.{_ALERTING}" for kind in ("RuleGroup", "ClusterRuleGroup", "GlobalRuleGroup")})
_EXTENSIONS = frozenset({f"{kind}.kubesphere.io" for kind in ("Extension", "ExtensionVersion", "InstallPlan")})


@dataclass(frozen=True)
class Release:
    """A release; ``version`` is its name in tests, ``text`` the version that KubeSphere reports.

    ``genuine`` is the folder of its genuine manifests, if available; ``kinds`` are KIND.GROUP; ``notification`` are
    the served versions of the notification kinds, with the storage version last; ``language`` is whether the
    NotificationManager has ``spec.template``, ``installer`` whether ks-installer installed the cluster.
    """

    version: str
    text: str
    genuine: str
    kinds: frozenset[str]
    notification: tuple[str, ...]
    namespaces: tuple[str, ...]
    tenant_sidecar: bool = True
    language: bool = False
    labelled_alertmanager: bool = False
    inhibitor: bool = False
    installer: bool = True
    #: The versions of extensions that KubeSphere recommends, beside those that all releases have.
    extensions: tuple[tuple[str, str], ...] = ()


_NAMESPACES = ("kubesphere-system", "kubesphere-monitoring-system", "kubesphere-controls-system")
_FEDERATED = (*_NAMESPACES, "kubesphere-monitoring-federated")
_BOTH = ("v2beta1", "v2beta2")

_ALL = (
    Release("3.1", "v3.1.1", "3.1", _BASIC | _INSTALLER, ("v2beta1",), _FEDERATED, tenant_sidecar=False),
    Release("3.2", "v3.2.1", "3.3", _BASIC | _INSTALLER, _BOTH, _FEDERATED),
    Release("3.3", "v3.3.2", "3.3", _BASIC | _INSTALLER, _BOTH, _FEDERATED, labelled_alertmanager=True),
    Release(
        "3.4",
        "v3.4.1",
        "3.4",
        _BASIC | _INSTALLER | _ROUTING | _RULE_GROUPS,
        _BOTH,
        _FEDERATED,
        language=True,
        labelled_alertmanager=True,
        inhibitor=True,
    ),
    Release(
        "4.1",
        "v4.1.3",
        "4.1",
        _BASIC | _ROUTING | _EXTENSIONS,
        ("v2beta2",),
        _NAMESPACES,
        language=True,
        installer=False,
    ),
    Release(
        "4.2",
        "v4.2.1",
        "4.1",
        _BASIC | _ROUTING | _EXTENSIONS,
        ("v2beta2",),
        _NAMESPACES,
        language=True,
        installer=False,
        extensions=(("whizard-notification", "2.7.0"), ("whizard-alerting", "1.1.0")),
    ),
)

RELEASES = {release.version: release for release in _ALL}
#: The releases with extensions in place of the components of ks-installer, which are handled alike.
KUBESPHERE_4 = tuple(release.version for release in _ALL if not release.installer)
