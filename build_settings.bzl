# SPDX-License-Identifier: Apache-2.0

"""What a build of this library may choose."""

def _bool_setting_impl(_ctx):
    return []

# On the command line: --@sync_atomic//:NAME.
bool_setting = rule(
    _bool_setting_impl,
    build_setting = config.bool(flag = True),
    doc = "A choice between two; a config_setting asks for it.",
)
