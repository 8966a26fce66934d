# SPDX-License-Identifier: Apache-2.0

"""Mutation tests: a test shows that it can fail, by failing on a broken library."""

load("@rules_cc//cc:defs.bzl", "cc_binary")
load("@rules_shell//shell:sh_test.bzl", "sh_test")
load("//tests/support:dlopen_program.bzl", "plugins", PLUGIN_CORE = "CORE", PLUGIN_DEPS = "DEPS")
load(":mutants.bzl", "MUTANTS")
load(":tests.bzl", "CORE", "TESTS")

def mutant_tests(name):
    """A test for each mutant that tests kill, and a suite of them all.

    Args:
      name: the suite's.
    """
    names = []
    for mutant in MUTANTS:
        if "tests" in mutant:
            names.append(mutant["name"])
            _mutant_test(
                name = mutant["name"],
                copts = mutant.get("copts", []),
                edits = mutant["edits"],
                tests = mutant["tests"],
            )
    native.test_suite(
        name = name,
        tests = names,
    )

def _mutant_test(name, edits, tests, copts = []):
    """Passes if each of the tests fails on the library with these edits (mutants.bzl).

    Args:
      name: says what is broken.
      edits: (file, original, mutated), all of one file.
      tests: from the source of one test (tests.bzl) to which of its tests must fail.
      copts: what the test and the library's own code are compiled with.
    """
    [(test, test_filter)] = tests.items()
    made_of = TESTS[test]
    source, mutated, options = _mutate(name, edits)
    options = options + copts
    program = name + ".program"
    core = PLUGIN_CORE if "plugins" in made_of else made_of.get("core", CORE)
    srcs = [mutated] + [file for file in core if file != source]
    if "plugins" in made_of:
        deps = PLUGIN_DEPS
        data = plugins(program, test, srcs = srcs, copts = options)
    else:
        # The linker then has no use for the library's.
        deps = made_of["deps"]
        if "//pointer:domain" not in deps:
            deps = deps + ["//pointer:domain"]
        data = []
    own_main = "plugins" in made_of or "own_main" in made_of
    cc_binary(
        name = program,
        testonly = True,
        srcs = [test] + srcs,
        copts = options,
        data = data,
        linkopts = [
            "-ldl",
            "-pthread",
        ],
        deps = deps + ["@com_google_googletest//:" + ("gtest" if own_main else "gtest_main")],
    )
    sh_test(
        name = name,
        srcs = ["expect_killed.sh"],
        args = ["$(rootpath :%s)" % program, test_filter],
        data = [":" + program],
    )

def _mutate(name, edits):
    """Makes the mutated file; returns the label of its source, itself, and how it is found."""
    path = edits[0][0]
    folder, _, rest = path.partition("/")
    source = "//%s:%s" % (folder, rest)
    if folder == "tests":
        folder, _, rest = rest.partition("/")
        source = "//tests/%s:%s" % (folder, rest)
    tree = name + ".tree"
    mutated = "%s/sync_atomic/%s" % (tree, path)
    texts = []
    for file, original, replacement in edits:
        if file != path:
            fail("%s: tests kill mutants of one file" % name)
        texts += [_quoted(original), _quoted(replacement)]
    native.genrule(
        name = name + ".mutate",
        testonly = True,
        srcs = [source],
        outs = [mutated],
        cmd = "python3 $(location mutate.py) $< $@ " + " ".join(texts),
        tools = ["mutate.py"],
    )
    return source, mutated, [
        "-O1",
        "-w",
        "-iquote",
        "$(GENDIR)/%s/%s" % (native.package_name(), tree),
    ]

def _quoted(text):
    return "'%s'" % text.replace("$", "$$").replace("'", "'\\''")
