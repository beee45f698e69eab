# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every known error code of DingTalk's, by what a call has done that is answered with it.

The collection has its own table; the tests compare both.
"""

from __future__ import annotations


def _codes(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Checks before any work: credentials, permissions, limits of a gateway, parameters.
BEFORE_THE_WORK = _codes("""
    40089 invalidClientIdOrSecret invalid.client unauthorized.client 41001 60011
    Forbidden.AccessDenied.AccessTokenPermissionDenied apiPermissionDenied permissions.error 88 60020
    Forbidden.AccessDenied.IpNotInWhiteList 50002 50004 permession.checkFailed 50003 50005 70001 33001 40013
    52010 48002 grayControlDenied orgAuthLevelNotEnough no.priviledge 90001 90003 90004 90005 90006 45009 90007
    90010 90014 90017 90020 Forbidden.AccessDenied.ApiCountLimitForOrg x5 49007 60121 40104 46004 60111
    staff.not.found 33012 40003 40031 49016 660041 member.notFound 60103 400002 40035 40036 40038 71010 43009
    43004 43005 44002 47001 parameter.invalid paramIllegal paramBlank 49004 49005 49011 49012 40032 665033
    member.exceed 49006 49013 49010 49018 49008 49014 49015 49009 665036 groupTemplate.notFound template.stopped
    template.not.existed 660012 660047 groupTemplate.permessionDenied.orgNotInGrayList 660045
    groupTemplate.permessionDenied.appNotInstalled 660046 groupTemplate.permessionDenied.orgNotConsistent 400101
    token.notExisted invalidParameter.token.invalid 400102 bot.stopped robotDisabled resource.unavailable 400106
    robotNotFound resource.not.found invalidParameter.robotCode.notExsit 660014 660016
    invalidParameter.robotCode.auth 400105 40008 invalidParameter.msg.unsupport 410100 send.byToken.tooFast
    send.too.fast too.many.group too.many.people 430101 430102 430103 430104 contain.unsafe.url
    contain.notAllowed.text 40048 41049 bot.forbidden.sendMessage send.forbidden only.groupAdmin.canAtAll 310000
    keywords.not.match sign.not.match ip.not.match unauthorized auth.error reject invalidParameter.msgKey.empty
    miss.param.robotCode 34004 34014 34015 34016
""")

#: The same, and DingTalk accepts the call with a new token.
STALE_TOKEN = _codes("""
    40014 40001 42001 InvalidAuthentication invalidAccessToken invalidToken 43007
""")

#: The same, and the gateway accepts the call later.
THROTTLED = _codes("""
    90018 Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpmLimitForAppkeyAndApi 90002
    Forbidden.AccessDenied.QpsLimitForApi
""")

#: About the chat that a call names. The answer to a creation can only be about the new chat.
ABOUT_THE_CHAT = _codes("""
    34001 40016 49000 invalideChatId 34013 chat.notExist not.found 660015 cidEncryptError 660023
    openConversationId.decryptFailed invalid.openConversationId illegal.openconevrsation.id
    miss.openConversationId 49003 60124 400020 660036 groupPermissionDenied groupTemplatePermissionDenied
    invalidParam.sceneGroupPermissionDenied auth.failed group.org.checkFailed conversation.org.notMatch
    group.disbanded group.diaband groupDisbang 400013 group.notReady group.creating
""")

#: Faults of the server, limits of an unknown place, and people who refuse to join a chat that may exist by then.
AFTER_THE_WORK = _codes("""
    -1 400001 500 system.error systemError systemInnerError internalError server.error 429 system.busy
    systemBusy unknown.send.result send.ding.exception 1002 49020 49021 49022 49023 unavailable
""")

#: Codes that DingTalk returns before any work, but does not document: issues in public repositories have them.
UNDOCUMENTED = _codes("""
    130101 450101 300001 300005 460101 101002 90030
""")

DOCUMENTED = (*BEFORE_THE_WORK, *STALE_TOKEN, *THROTTLED, *ABOUT_THE_CHAT, *AFTER_THE_WORK)
KNOWN = (*DOCUMENTED, *UNDOCUMENTED)
