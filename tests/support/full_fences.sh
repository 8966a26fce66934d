#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0

# full_fences.sh TEST: runs TEST with SYNC_ATOMIC_FENCES=full, as if there were no
# membarrier.
SYNC_ATOMIC_FENCES=full exec "$@"
