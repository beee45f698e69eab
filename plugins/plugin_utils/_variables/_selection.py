# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run applies, by its tags and ``kubesphere_features``, and whether they select less than they seem to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.near_names import nearest
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.features import FEATURES

#: The tags of the tasks of roles and playbooks, and those with a meaning for Ansible.
TAGS = (*FEATURES, "dingtalk", "verify", "always")
SPECIAL = ("all", "tagged", "untagged", "never")
#: A tag that resembles one of these less may be one of the user's own.
_CUTOFF = 0.8
EMPTY_FEATURES = (
    f"kubesphere_features: empty, so nothing is applied to the cluster; set some of {', '.join(FEATURES)}, or remove "
    "it for all of them"
)


def tagged_features(features: Iterable[str], variables: Mapping[str, Any]) -> list[str]:
    """Return those of the features that ``--tags`` selects: all, unless it names some of them."""
    tags = _run_tags(variables)
    selects = any(feature in tags for feature in FEATURES)
    return [feature for feature in features if feature in tags or not selects]


def misspelt_tags(variables: Mapping[str, Any]) -> list[str]:
    """Return a message for each tag of the run that no task has, and that resembles one of the collection's."""
    options = {"--tags": _run_tags(variables), "--skip-tags": _skip_tags(variables)}
    given = [(option, tag) for option, tags in options.items() for tag in tags if tag not in (*TAGS, *SPECIAL)]
    meant = {(option, tag): nearest(tag, TAGS, _CUTOFF) for option, tag in given}
    return [
        f"{option} {tag}: no task has this tag (did you mean {name}?); supported tags: {', '.join(TAGS)}"
        for (option, tag), name in meant.items()
        if name
    ]


def applies_features(task_tags: Collection[str]) -> bool:
    """Return whether the first task of a playbook has these tags, whose later tasks apply features to clusters.

    That of a playbook without such tasks has the tag ``dingtalk`` as well.
    """
    return "always" in task_tags and "dingtalk" not in task_tags


def unselected_clusters(
    variables: Mapping[str, Any], task_tags: Collection[str], features: Mapping[str, list[str]]
) -> list[str]:
    """Return a message if the tags of a run of ``site`` leave nothing to apply to any cluster.

    ``task_tags``: those of the current task, which identify that playbook, see :func:`applies_features`. A tag that the
    user gave to the whole playbook selects the clusters as well. ``features``: inventory host -> the features that it
    selects.
    """
    tags = _run_tags(variables)
    named = f"--tags {','.join(tags)}"
    if not applies_features(task_tags) or "always" in tags or set(task_tags) & set(tags):
        return []
    skipped = [tag for tag in _skip_tags(variables) if tag in (*FEATURES, "tagged")]
    if skipped:
        return [
            f"--skip-tags {','.join(skipped)}: one task applies all features of a cluster, so nothing is applied to "
            "the clusters; select features with --tags or kubesphere_features instead"
        ]
    if not {*tags} & {*FEATURES, "dingtalk", "all", "tagged"}:
        return [f"{named}: selects no feature, so nothing is applied to the clusters; supported: {', '.join(FEATURES)}"]
    if any(features.values()) and not any(tagged_features(selected, variables) for selected in features.values()):
        return [f"{named}: not in kubesphere_features of any cluster, so nothing is applied to them; select others"]
    return []


def _run_tags(variables: Mapping[str, Any]) -> list[str]:
    return [str(tag) for tag in variables.get("ansible_run_tags") or ("all",)]


def _skip_tags(variables: Mapping[str, Any]) -> list[str]:
    return [str(tag) for tag in variables.get("ansible_skip_tags") or ()]
