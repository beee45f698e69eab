# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The templates of messages: notification-manager 2.x sends nothing by one that does not exist, and only logs it.

Source: kubesphere/notification-manager v2.3.0 to v2.6.0, pkg/controller/controller.go (``GetGlobalTmpl``,
``GetReceiverTmpl``), pkg/template/template.go and pkg/notify/notifier/dingtalk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .._kubernetes.namespaces import MONITORING_NAMESPACE
from .holdings import Holdings, Manifest, known, mapping, part
from .manager import MANAGER, STAGE, default_namespace, place_of
from .outcome import Result, Step, WayEnds

#: The ConfigMaps that KubeSphere ships with templates and with translations, and the templates for DingTalk.
SHIPPED = ("notification-manager-template", "zh-cn")
TEXT, MARKDOWN, TITLE = (f"nm.default.{name}" for name in ("text", "markdown", "subject"))

_DEFINED = re.compile(r"""\{\{-?\s*(?:define|block)\s+["`]([^"`]+)["`]""")
#: A template that is given as an action instead of by its name.
_ACTION = re.compile(r"""\{\{-?\s*template\s*"([^"]*)"\s*\.?\s*-?\}\}""")


@dataclass(frozen=True)
class _Named:
    """A field with the name of a template. ``owner``: the object."""

    owner: str
    field: str
    name: str


@dataclass(frozen=True)
class _Text:
    """A field that refers to a ConfigMap (namespace, name). ``key``: empty if all of its keys are read."""

    owner: str
    field: str
    place: tuple[str, str]
    key: str


def check_templates(holdings: Holdings, place: str, settings: Mapping[str, Any], manager: Mapping[str, Any]) -> None:
    """Raise ``WayEnds`` if a template of a Receiver's messages does not exist.

    ``place``: the Receiver; ``settings``: those for DingTalk; ``manager``: the NotificationManager's spec.
    """
    if not _is_own(place, settings, manager):
        return
    texts = _texts(place, settings, manager)
    defined = {name for text in texts for name in _DEFINED.findall(_content(holdings, text))}
    if not part(manager, "template", "text") or part(manager, "receivers", "options", "global").get("templateFile"):
        return  # files of the pod define templates as well
    for named in _names(place, settings, part(manager, "receivers", "options")):
        for name in _ACTION.findall(named.name) or [named.name]:
            if name not in defined:
                raise _undefined(named, name, texts)


def referenced_texts(receivers: Iterable[Manifest], manager: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the ConfigMaps (namespace, name) that define the templates of Receivers with others than KubeSphere's."""
    found = []
    for receiver in receivers:
        settings = part(receiver, "spec", "dingtalk")
        if _is_own("", settings, manager):
            found += [text.place for text in _texts("", settings, manager)]
    return list(dict.fromkeys(found))


def _is_own(place: str, settings: Mapping[str, Any], manager: Mapping[str, Any]) -> bool:
    """Return whether messages have another template than KubeSphere's, which needs no look at the ConfigMaps."""
    names = [item.name for item in _names(place, settings, part(manager, "receivers", "options"))]
    shipped = [(MONITORING_NAMESPACE, name) for name in SHIPPED]
    are_shipped = all(text.place in shipped for text in _texts(place, settings, manager))
    return not (are_shipped and all(name in (TEXT, MARKDOWN, TITLE) for name in names))


def _names(place: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> list[_Named]:
    """Return the templates of the text and, in markdown, of the title."""
    own, common = part(options, "dingtalk"), part(options, "global")
    is_markdown = (settings.get("tmplType") or own.get("tmplType")) == "markdown"
    at = "spec.receivers.options"
    texts = [
        _Named(place, "spec.dingtalk.template", str(settings.get("template") or "")),
        _Named(MANAGER, f"{at}.dingtalk.template", str(own.get("template") or "")),
        _Named(MANAGER, f"{at}.global.template", str(common.get("template") or "")),
        _Named(place, "spec.dingtalk.tmplType", MARKDOWN if is_markdown else TEXT),
    ]
    titles = [
        _Named(place, "spec.dingtalk.titleTemplate", str(settings.get("titleTemplate") or "")),
        _Named(MANAGER, f"{at}.dingtalk.titleTemplate", str(own.get("titleTemplate") or "")),
        _Named(place, "spec.dingtalk.tmplType", TITLE),
    ]
    chosen = [texts, titles] if is_markdown else [texts]
    return [next(item for item in items if item.name) for items in chosen]


def _texts(place: str, settings: Mapping[str, Any], manager: Mapping[str, Any]) -> list[_Text]:
    template = part(manager, "template")
    listed = template.get("languagePack")
    packs = listed if isinstance(listed, list) else []
    given = [
        (place, "spec.dingtalk.tmplText", part(settings, "tmplText")),
        (MANAGER, "spec.template.text", part(template, "text")),
        *((MANAGER, "spec.template.languagePack", mapping(item)) for item in packs),
    ]
    namespace = default_namespace(manager)
    return [
        _Text(owner, field, place_of(to, namespace), str(to.get("key") or ""))
        for owner, field, to in given
        if to.get("name")
    ]


def _content(holdings: Holdings, text: _Text) -> str:
    """Return what a ConfigMap defines; raises ``WayEnds`` if it does not exist or lacks the key."""
    data = known(holdings.texts.get(text.place))
    if data is not None and (not text.key or text.key in data):
        return "\n".join([data[text.key]] if text.key else data.values())
    lack = "which does not exist" if data is None else f"which has no key {text.key}"
    raise WayEnds(
        Result.UNDELIVERED,
        f"{text.owner}: {text.field} refers to ConfigMap {'/'.join(text.place)}, {lack}, so notification-manager sends "
        "nothing",
        f"Create it with the templates, or remove {text.field} from {text.owner}.",
        Step(STAGE, text.owner, text.field, "/".join(text.place)),
        "KD622",
    )


def _undefined(named: _Named, name: str, texts: Iterable[_Text]) -> WayEnds:
    places = " and ".join("/".join(text.place) for text in texts if "languagePack" not in text.field)
    return WayEnds(
        Result.UNDELIVERED,
        f"{named.owner}: {named.field} is {name}, a template that ConfigMap {places} does not define, so "
        "notification-manager sends nothing",
        f"Define it there, or set {named.field} of {named.owner} to one that is defined, such as {TEXT}.",
        Step(STAGE, named.owner, named.field, name),
        "KD622",
    )


def texts_of(manifest: Manifest) -> Mapping[str, str]:
    """Return the texts of a ConfigMap by key."""
    return {key: str(value) for key, value in mapping(manifest.get("data")).items()}
