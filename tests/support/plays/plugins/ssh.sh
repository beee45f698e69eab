#!/bin/sh
# Copyright (c) The kubesphere.dingtalk contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# In place of ssh, for ansible.builtin.ssh: runs the command, which is the last argument, on this host.
for command; do :; done
exec /bin/sh -c "$command"
