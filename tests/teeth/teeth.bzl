"""Teeth: a test shows that it can fail, by failing on a broken library."""

load("@rules_cc//cc:defs.bzl", "cc_binary")
load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("//tests/support:dlopen_program.bzl", "plugins", PLUGIN_CORE = "CORE", PLUGIN_DEPS = "DEPS")

# The core's own code. That of the domain decides on the fences at the start of the
# program, which a test of the fences alone goes without.
FENCE_CORE = ["//pointer:internal/fence.cc"]
CORE = FENCE_CORE + ["//pointer:internal/domain.cc"]

def broken_library_test(name, file, original, broken, test, test_filter, deps, core = CORE, copts = [], own_main = False):
    """Passes if a test fails when one thing in the library is broken.

    Args:
      name: says what is broken.
      file: the label of the library's file that is changed.
      original: the text in it, which must stand there exactly once.
      broken: what takes its place.
      test: the label of the GoogleTest's source.
      test_filter: which of its tests must fail; if it names several, with colons
        between them, each must.
      deps: what the test is made of.
      core: what of the core is compiled anew, with the change.
      copts: what the test and the library's own code are compiled with.
      own_main: whether the test has a main() of its own.
    """
    changed, search = _change(name, file, original, broken)
    cc_binary(
        name = name + ".program",
        testonly = True,
        # The linker then has no use for the library's.
        srcs = [test, changed] + [source for source in core if source != file],
        copts = search + copts,
        linkopts = ["-pthread"],
        deps = deps + [
            "//pointer:domain",
            "@com_google_googletest//:" + ("gtest" if own_main else "gtest_main"),
        ],
    )
    _expect_failure(name, test_filter)

def broken_plugin_test(name, file, original, broken, test, test_filter):
    """A broken_library_test of what several copies of the library do in one process.

    Args:
      name: says what is broken.
      file: the label of the library's file that is changed.
      original: the text in it, which must stand there exactly once.
      broken: what takes its place.
      test: the label of the GoogleTest's source.
      test_filter: which of its tests must fail.
    """
    changed, search = _change(name, file, original, broken)
    core = [changed] + [source for source in PLUGIN_CORE if source != file]
    program = name + ".program"
    cc_binary(
        name = program,
        testonly = True,
        srcs = [test] + core,
        copts = search,
        data = plugins(program, test, srcs = core, copts = search),
        linkopts = [
            "-ldl",
            "-pthread",
        ],
        deps = PLUGIN_DEPS + ["@com_google_googletest//:gtest"],
    )
    _expect_failure(name, test_filter)

def _change(name, file, original, broken):
    """Makes the changed file; returns its name, and the options that find it."""
    folder, _, path = file[len("//"):].partition(":")
    tree = name + ".tree"
    changed = "%s/sync_atomic/%s/%s" % (tree, folder, path)
    native.genrule(
        name = name + ".change",
        testonly = True,
        srcs = [file],
        outs = [changed],
        cmd = "python3 $(location break.py) $< $@ %s %s" % (
            _quoted(original),
            _quoted(broken),
        ),
        tools = ["break.py"],
    )
    return changed, [
        "-O1",
        "-w",
        "-iquote",
        "$(GENDIR)/%s/%s" % (native.package_name(), tree),
    ]

def _expect_failure(name, test_filter):
    sh_test(
        name = name,
        srcs = ["expect_failure.sh"],
        args = ["$(rootpath :%s.program)" % name, test_filter],
        data = [":%s.program" % name],
    )

def _quoted(text):
    return "'%s'" % text.replace("$", "$$").replace("'", "'\\''")
