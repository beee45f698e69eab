# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for metadata: names, labels, fields set by clients, and fields set by the server."""

from __future__ import annotations

import datetime
import random
import re
import uuid
from typing import Any

from tests.support.simulators.kubernetes.objects.resources import NAMESPACES, Resource
from tests.support.simulators.kubernetes.statuses import Cause

Json = dict[str, Any]

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_SUFFIX_CHARACTERS = "bcdfghjklmnpqrstvwxz2456789"

_SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    f"and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN.pattern}')"
)
_DNS_LABEL_TEXT = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    f"'{_DNS_LABEL.pattern}')"
)
_LABEL_VALUE_TEXT = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    f"'{_LABEL_VALUE.pattern}')"
)
_LABEL_NAME_TEXT = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    f"'{_LABEL_NAME.pattern}')"
)


def now() -> str:
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def for_create(metadata: Json, namespace: str | None) -> Json:
    """Return metadata as stored at creation, with the server's own fields."""
    name = metadata.get("name") or ""
    if not name and metadata.get("generateName"):
        name = metadata["generateName"][:58] + "".join(random.choices(_SUFFIX_CHARACTERS, k=5))
    sent = {key: value for key, value in metadata.items() if value not in (None, {}, []) and key not in _SERVER_SET}
    place = {"namespace": namespace} if namespace else {}
    return {**sent, "name": name, **place, "uid": str(uuid.uuid4()), "creationTimestamp": now()}


def for_update(metadata: Json, old: Json) -> Json:
    sent = {key: value for key, value in metadata.items() if value not in (None, {}, []) and key not in _SERVER_SET}
    return {**sent, **{key: old[key] for key in (*_SERVER_SET, "name", "namespace", "generateName") if key in old}}


def for_deletion(metadata: Json) -> Json:
    """Return the metadata of an object whose deletion is pending, because it has finalizers."""
    generation = {"generation": metadata["generation"] + 1} if "generation" in metadata else {}
    return {**metadata, **generation, "deletionTimestamp": now(), "deletionGracePeriodSeconds": 0}


def finalizer_causes(metadata: Json, old: Json) -> list[Cause]:
    """Return the error of finalizers that are added to an object whose deletion is pending."""
    new = [name for name in metadata.get("finalizers") or [] if name not in (old.get("finalizers") or [])]
    if "deletionTimestamp" not in old or not new:
        return []
    names = ", ".join(f'"{name}"' for name in new)
    why = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{names}}}"
    return [Cause("metadata.finalizers", f"Forbidden: {why}", "FieldValueForbidden")]


_SERVER_SET = (
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
    "managedFields",
    "selfLink",
)


def causes(resource: Resource, metadata: Json) -> list[Cause]:
    """Return the errors of name and labels."""
    return _name_causes(resource, metadata.get("name") or "") + _label_causes(metadata.get("labels") or {})


def _name_causes(resource: Resource, name: str) -> list[Cause]:
    if not name:
        return [Cause("metadata.name", "Required value: name or generateName is required", "FieldValueRequired")]
    pattern, text = (_DNS_LABEL, _DNS_LABEL_TEXT) if resource is NAMESPACES else (_SUBDOMAIN, _SUBDOMAIN_TEXT)
    if resource.group == "rbac.authorization.k8s.io" or pattern.fullmatch(name):
        return []
    return [_invalid("metadata.name", name, text)]


def _label_causes(labels: Json) -> list[Cause]:
    wrong_values = [value for value in labels.values() if not _LABEL_VALUE.fullmatch(value) or len(value) > 63]
    wrong_keys = [key for key in labels if not _LABEL_NAME.fullmatch(key.rpartition("/")[2])]
    return [_invalid("metadata.labels", value, _LABEL_VALUE_TEXT) for value in wrong_values] + [
        _invalid("metadata.labels", key, _LABEL_NAME_TEXT) for key in wrong_keys
    ]


def _invalid(field: str, value: str, text: str) -> Cause:
    return Cause(field, f'Invalid value: "{value}": {text}', "FieldValueInvalid")
