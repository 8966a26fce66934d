#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# run.sh PROGRAM [ARGUMENT...]: a test that passes if PROGRAM does.
exec "$@"
