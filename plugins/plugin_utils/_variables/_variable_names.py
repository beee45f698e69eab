# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of all variables that the collection reads, and which of them a misspelt name resembles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import lru_cache

from ansible_collections.kubesphere.dingtalk.plugins.module_utils._core.texts.near_names import (
    is_misspelling,
    resembles,
    words,
)
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._desired.chats import chat_spec, robot_spec
from ansible_collections.kubesphere.dingtalk.plugins.module_utils._kubernetes.options import ACCESS_OPTIONS
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._host_variables import CLUSTER_VARIABLES
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._role_templates import DINGTALK, ROLES, VERIFY
from ansible_collections.kubesphere.dingtalk.plugins.plugin_utils._variables._playbook_variables import (
    PLAYBOOK_VARIABLES,
)

#: The beginnings of the names of variables: those of the roles, and that of a cluster.
PREFIXES = (DINGTALK.name, "kubesphere", VERIFY.name, *ROLES)
KNOWN = frozenset(
    {
        *(name for role in (DINGTALK, VERIFY, *ROLES.values()) for name in role.names),
        *(f"kubesphere_{name}" for name in ACCESS_OPTIONS),
        *CLUSTER_VARIABLES,
        *PLAYBOOK_VARIABLES,
    }
)
#: Names that the playbooks and modules register, or that templates of roles see.
REGISTERED = frozenset(
    {
        *("dingtalk_fleet", "dingtalk_applied", "dingtalk_applied_later", "dingtalk_batch", "dingtalk_waited"),
        *("notification_applied", "alertmanager_applied", "alerting_applied"),
        *("dingtalk_summary", "dingtalk_verified", "dingtalk_doctor", "dingtalk_vault", "kubesphere_cluster"),
    }
)
#: Other words for a variable: the aliases of kubernetes.core, the names in DingTalk's console, and of kubectl.
_ALIASES = {
    **{
        f"kubesphere_{alias}": f"kubesphere_{name}"
        for name, rules in ACCESS_OPTIONS.items()
        for alias in rules.get("aliases") or ()
    },
    "kubesphere_config": "kubesphere_kubeconfig",
    "dingtalk_client_id": "dingtalk_app_key",
    "dingtalk_client_secret": "dingtalk_app_secret",
    "dingtalk_secret": "dingtalk_app_secret",
}
#: Keys that mean nothing without their map, so a variable of that name has another purpose.
_GENERIC = frozenset({"name", "type", "chat"})

#: The similarity of a misspelt prefix, which may have one or two wrong letters, but must not be another word.
_PREFIX_CUTOFF = 0.82
#: The similarity of names whose words are separated in another way.
_JOINED_CUTOFF = 0.88
#: A name may be cut down to this share of its letters, but not to a word of three letters, such as `url`.
_SHORTENED, _SHORTEST = 0.4, 4
#: Words that say what a value is, but not which one, so that a name means the same with and without them.
_FORMS = frozenset(
    {"config", "content", "dict", "ids", "keys", "list", "map", "name", "names", "path", "seconds", "url"}
)
#: Words of one meaning.
_SYNONYMS = {"dir": "path", "directory": "path", "file": "path", "folder": "path"}

Words = tuple[str, ...]


def _flat_options() -> Iterator[tuple[str, str]]:
    """Yield the options of a variable that is a map, as a variable of their own -> where they belong."""
    for role in ROLES.values():
        for variable, rules in role.options.items():
            item = "[]" if rules["type"] == "list" else ""
            for key in rules.get("options") or {}:
                yield f"{role.name}_{key}", f"{variable}{item}.{key}"
                yield f"{variable}_{key}", f"{variable}{item}.{key}"
    for kind, spec in (("chat", chat_spec()), ("robot", robot_spec())):
        for key in spec.options:
            yield f"dingtalk_{key}", f"dingtalk_{kind}s.KEY.{key}"
            yield f"dingtalk_{kind}_{key}", f"dingtalk_{kind}s.KEY.{key}"


def _all_spellings() -> dict[str, str]:
    flat = {name: place for name, place in reversed([*_flat_options()]) if name.partition("_")[2] not in _GENERIC}
    return {**flat, **_ALIASES, **{name: name for name in sorted(KNOWN)}}


#: Spelling -> the variable, or the option within one, that it means.
_SPELLINGS = _all_spellings()
#: The same without options within a variable and without separators, as `kube_config` means `kubeconfig`.
_JOINED = {"".join(words(name)): meant for name, meant in _SPELLINGS.items() if meant in KNOWN}
#: Prefix -> words after it -> what they mean.
_BY_PREFIX: Mapping[str, Mapping[Words, str]] = {
    prefix: {words(name)[1:]: meant for name, meant in _SPELLINGS.items() if words(name)[0] == prefix}
    for prefix in PREFIXES
}


@lru_cache(maxsize=4096)
def meant_variable(name: str) -> str | None:
    """Return the variable, or the option within one, that an unknown name probably means.

    None for a known name, for one of the collection's own, and for a name that resembles none of them.
    """
    if name in KNOWN or name in REGISTERED or name.startswith("ansible_"):
        return None
    spelled = words(name)
    if found := _JOINED.get("".join(spelled)):
        return found
    prefix, rest = _split(spelled)
    if not rest:
        return None
    is_exact = spelled[0] == prefix
    return _first(rest, _BY_PREFIX[prefix], is_exact)


def _split(spelled: Words) -> tuple[str, Words]:
    """Return the prefix that a name has or misspells, maybe as two words, and the words after it; or nothing."""
    for count in (1, 2):
        if prefix := _prefix("".join(spelled[:count])):
            return prefix, spelled[count:]
    return "", ()


@lru_cache(maxsize=4096)
def _prefix(word: str) -> str:
    if word in PREFIXES:
        return word
    near = [prefix for prefix in PREFIXES if resembles(word, prefix, _PREFIX_CUTOFF)]
    return get_close_matches(word, near, 1, 0)[0] if near else ""


def _first(rest: Words, known: Mapping[Words, str], is_exact: bool) -> str | None:
    """Return what the words mean: a misspelling before a shorter or longer name, a variable before an option of one."""
    misspelt = {other: meant for other, meant in known.items() if _is_misspelt(rest, other)}
    if misspelt:
        return _nearest(rest, misspelt)
    if not is_exact:  # a wrong prefix and other words are too much
        return None
    variables = {other: meant for other, meant in known.items() if meant in KNOWN}
    resized = {
        other: meant for other, meant in variables.items() if _is_shortened(rest, other) or _is_longer(rest, other)
    }
    return _nearest(rest, resized) if resized else None


def _nearest(rest: Words, found: Mapping[Words, str]) -> str:
    variables = {other: meant for other, meant in found.items() if meant in KNOWN} or found
    by_text = {"_".join(other): meant for other, meant in variables.items()}
    return by_text[get_close_matches("_".join(rest), by_text, 1, 0)[0]]


def _is_misspelt(rest: Words, known: Words) -> bool:
    if len(rest) == len(known):
        pairs = zip(_canonical(rest), _canonical(known), strict=True)
        return all(is_misspelling(word, other) for word, other in pairs)
    return resembles("".join(rest), "".join(known), _JOINED_CUTOFF)


def _is_shortened(rest: Words, known: Words) -> bool:
    letters = len("".join(rest))
    if letters < max(_SHORTEST, _SHORTENED * len("".join(known))):
        return False
    return _is_subsequence(rest, known) or (len(rest) == len(known) == 1 and known[0].startswith(rest[0]))


def _is_longer(rest: Words, known: Words) -> bool:
    given, other = _canonical(rest), _canonical(known)
    return given[: len(other)] == other and _FORMS.issuperset(given[len(other) :])


def _is_subsequence(rest: Words, known: Words) -> bool:
    remaining = iter(known)
    return all(word in remaining for word in rest)


def _canonical(spelled: Iterable[str]) -> Words:
    return tuple(_SYNONYMS.get(word, word) for word in spelled)
