#!/usr/bin/env bash
# run.sh PROGRAM [ARGUMENT...]: a test that passes if PROGRAM does.
exec "$@"
