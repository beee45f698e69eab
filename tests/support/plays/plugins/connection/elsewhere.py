# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The local connection under another name: what runs over it is handed to modules, as on a bastion."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = """
name: elsewhere
short_description: Runs modules on the controller as if it were another machine
description: For tests.
options: {}
"""


class Connection(LocalConnection):
    """Is not ``local``, which is all that matters."""

    transport = "elsewhere"
