# SPDX-License-Identifier: Apache-2.0

"""Files that are built checked and files that are not, linked by the build's compiler."""

load("@rules_cc//cc:defs.bzl", "CcInfo", "cc_common")
load("//tests/compile_fail:compile_fail.bzl", "include_flags")

def _mixed_build_test_impl(ctx):
    compiler = ctx.attr._toolchain[cc_common.CcToolchainInfo].compiler_executable
    flags, headers = include_flags(ctx, ctx.attr.deps)
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        "#!/bin/sh\nexec python3 {program} {compiler} {sources} -- {flags}\n".format(
            compiler = compiler,
            flags = " ".join(["'%s'" % flag for flag in flags]),
            program = ctx.file._program.short_path,
            sources = " ".join([source.short_path for source in ctx.files.srcs]),
        ),
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(
            files = ctx.files.srcs + [ctx.file._program],
            transitive_files = headers,
        ),
    )]

mixed_build_test = rule(
    _mixed_build_test_impl,
    doc = "Passes if files of two kinds do not link, and files of one do; see mixed_build.py.",
    attrs = {
        "deps": attr.label_list(
            doc = "The libraries whose headers the sources include.",
            providers = [CcInfo],
        ),
        "srcs": attr.label_list(
            allow_files = [".cc"],
            doc = "The user's source, and then the library's.",
            mandatory = True,
        ),
        "_program": attr.label(
            allow_single_file = True,
            default = ":mixed_build.py",
        ),
        "_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
    },
    fragments = ["cpp"],
    test = True,
)
