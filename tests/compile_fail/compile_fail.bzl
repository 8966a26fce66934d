# SPDX-License-Identifier: Apache-2.0

"""Code that must not compile, tried on the compiler that builds the rest."""

load("@rules_cc//cc:defs.bzl", "CcInfo", "cc_common")

def _compile_fail_test_impl(ctx):
    compiler = ctx.attr._toolchain[cc_common.CcToolchainInfo].compiler_executable
    flags, headers = include_flags(ctx, ctx.attr.deps)
    script = ctx.actions.declare_file(ctx.label.name + ".sh")
    ctx.actions.write(
        script,
        "#!/bin/sh\nset -e\n{program} --self-test {compiler}\nexec {program} {compiler} {sources} -- {flags}\n".format(
            compiler = compiler,
            flags = " ".join(["'%s'" % flag for flag in flags]),
            program = "python3 " + ctx.file.program.short_path,
            sources = " ".join([source.short_path for source in ctx.files.srcs]),
        ),
        is_executable = True,
    )
    return [DefaultInfo(
        executable = script,
        runfiles = ctx.runfiles(
            files = ctx.files.srcs + [ctx.file.program],
            transitive_files = headers,
        ),
    )]

def include_flags(ctx, deps):
    """Says how a test finds headers.

    Args:
      ctx: the test's.
      deps: the libraries that have them.

    Returns:
      flags for the compiler, of which C++ and where the headers are, and the headers.
    """
    headers = cc_common.merge_cc_infos(
        cc_infos = [dep[CcInfo] for dep in deps],
    ).compilation_context
    folders = depset(transitive = [
        headers.includes,
        headers.quote_includes,
        headers.system_includes,
    ])
    flags = ctx.fragments.cpp.cxxopts + [
        "-I" + _in_runfiles(ctx, folder)
        for folder in folders.to_list()
    ]
    return flags, headers.headers

def _in_runfiles(ctx, folder):
    """Where a test finds the include folder that a build knows as `folder`."""
    for built in [ctx.bin_dir.path, ctx.genfiles_dir.path]:
        if folder == built:
            folder = "."
        elif folder.startswith(built + "/"):
            folder = folder[len(built) + 1:]
    if folder.startswith("external/"):
        folder = "../" + folder[len("external/"):]
    return folder

compile_fail_test = rule(
    _compile_fail_test_impl,
    doc = "Passes if each case in the sources is refused; see compile_fail.py.",
    attrs = {
        "deps": attr.label_list(
            doc = "The libraries whose headers the sources include.",
            providers = [CcInfo],
        ),
        "srcs": attr.label_list(
            allow_files = [".cc"],
            doc = "The sources, each with one case or more.",
            mandatory = True,
        ),
        "program": attr.label(
            allow_single_file = True,
            default = ":compile_fail.py",
        ),
        "_toolchain": attr.label(
            default = "@bazel_tools//tools/cpp:current_cc_toolchain",
        ),
    },
    fragments = ["cpp"],
    test = True,
)
