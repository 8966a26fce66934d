# SPDX-License-Identifier: Apache-2.0

"""Turns functions of an assembly file into litmus tests for herd7.

Instructions stay what they are, in herd7's spelling. An instruction, an operand or a
variable that is not known here is refused, with its file and line; so is a function that
calls others or needs a stack.
"""

import dataclasses
import re


class Refused(Exception):
    """A line of assembly that this module does not know."""

    def __init__(self, line, why):
        super().__init__(f"{line.path}:{line.number}: {why}: {line.text}")


# What the assembly calls the variables that are no parameters.
SYMBOLS = {"_ZN11sync_atomic8internal10fence_modeE": "fence_mode"}


# ---- Assembly --------------------------------------------------------------------------


@dataclasses.dataclass
class Line:
    """A statement of an assembly file: a label, or an instruction."""

    path: str
    number: int
    text: str
    label: str = ""

    @property
    def name(self):
        return self.text.split(None, 1)[0]

    @property
    def operands(self):
        """Separated by commas, but for those within brackets."""
        rest = self.text.split(None, 1)[1:]
        return re.split(r",\s*(?![^\[]*\])", rest[0].strip()) if rest else []


def functions(path, text):
    """The functions of an assembly file: their lines, by their names."""
    found, lines = {}, None
    for number, whole in enumerate(text.splitlines(), 1):
        # Comments, and what compilers write around an asm statement.
        code = re.sub(r"\s*(//.*|#(?!-?\d|:).*)", "", whole)
        for part in map(str.strip, code.split(";")):
            label = re.match(r"([\w.$]+):\s*", part)
            if label:
                part = part[label.end():]
                if re.match(r"\.L|\d+$", label[1]):
                    if lines is not None:
                        lines.append(Line(path, number, label[0].strip(), label[1]))
                else:
                    lines = found.setdefault(label[1], [])
            if re.match(r"(\.set\s+)?membarrier\b", part):
                part = "membarrier"
            if part.startswith(".size"):
                lines = None
            elif re.match(r"\.(section|text|data|word|long|quad|xword)\b", part) and lines:
                raise Refused(Line(path, number, part), "not in a function")
            elif part and not part.startswith(".") and lines is not None:
                lines.append(Line(path, number, part))
    return {name: lines for name, lines in found.items() if lines}


# ---- From assembly to litmus -----------------------------------------------------------


@dataclasses.dataclass
class Step:
    """An instruction or a label in herd7's words: perhaps several instructions."""

    text: str
    line: Line = None
    access: bool = False  # to memory
    ends: bool = False  # the function
    membarrier: bool = False


class Translation:
    """One function as a thread of a litmus test. `parameters`: the variables that it is
    called with."""

    def __init__(self, thread, lines, parameters):
        self.thread = thread
        self.end = f"L{thread}end"
        self.retries = set()  # labels to which it goes back only to try again
        used = {name for line in lines if not line.label
                for name in re.findall(r"\.L\w+", line.text)}
        self.lines = [line for line in lines if line.label[:1] != "." or line.label in used]
        self.parameters = parameters.split()
        self.taken = {number for line in self.lines for number in self.numbers(line.text)}
        # What registers hold at first, beside zero. Parameters come first.
        self.registers = {self.parameter(i): variable
                          for i, variable in enumerate(self.parameters)}
        self.spares = {}
        self.steps = [self.step(i) for i in range(len(self.lines))]

    def spare(self, what, holds=None):
        """A register that the function does not use, for `what`."""
        if what not in self.spares:
            number = next((i for i in self.SPARE if i not in self.taken), None)
            if number is None:
                raise Refused(self.lines[0], "no register is left in this function")
            self.taken.add(number)
            self.spares[what] = self.register(number)
            if holds is not None:
                self.registers[self.spares[what]] = holds
        return self.spares[what]

    def address_of(self, line, symbol):
        """A register that holds the address of a variable."""
        variable = self.variable(line, symbol)
        return self.spare(variable, holds=variable)

    def variable(self, line, symbol):
        if symbol not in SYMBOLS:
            raise Refused(line, f"not a known variable, {symbol}")
        return SYMBOLS[symbol]

    def label(self, i, name):
        """.L5, or the nearest 1: in a direction."""
        nearest = re.fullmatch(r"(\d+)([fb])", name)
        if nearest:
            order = range(i, len(self.lines)) if nearest[2] == "f" else range(i, -1, -1)
            name = next(f"{nearest[1]}at{j}" for j in order if self.lines[j].label == nearest[1])
        return f"L{self.thread}" + re.sub(r"^\.L|\W", "", name)

    def step(self, i):
        line = self.lines[i]
        if line.label:
            name = line.label if line.label.startswith(".") else f"{line.label}at{i}"
            return Step(f"{self.label(i, name)}:", line)
        if line.text == "membarrier":
            return Step("", line, membarrier=True)
        return self.instruction(i, line)

    def shown(self, i, line, kinds):
        """The operands, of one kind each, in herd7's words."""
        if not kinds or len(kinds) != len(line.operands):
            raise Refused(line, "not a known instruction")
        operands = []
        for kind, text in zip(kinds, line.operands):
            operand = self.operand(i, line, kind, text)
            if operand is None:
                raise Refused(line, f"not a known operand, {text}")
            operands.append(operand)
        return operands

    def tries_again(self, i, line):
        """Whether this is the branch that repeats a store-conditional that has failed."""
        before = self.lines[i - 1]
        return (i > 0 and not before.label and before.name in self.CONDITIONAL and
                before.operands[0] == line.operands[0])


class AArch64(Translation):
    """Of the 64-bit Arm architecture."""

    HERD_NAME = "AArch64"
    RESULT = "X0"
    SPARE = range(28, 8, -1)
    CONDITIONS = {**{name: name for name in
                     "eq ne cs cc mi pl hi ls ge lt gt le".split()}, "hs": "cs", "lo": "cc"}
    CONDITIONAL = ("stxr", "stlxr")
    # The operands: a (r)egister, (i)mmediate or register, (n)umber, (m)emory, (c)ondition or
    # (l)abel.
    KNOWN = {
        "mov": "ri", "add": "rri", "sub": "rri", "subs": "rri", "and": "rri", "orr": "rri",
        "eor": "rri", "cmp": "ri", "tst": "ri", "cset": "rc", "csel": "rrrc",
        "csinc": "rrrc", "cinc": "rrc", "sxtw": "rr", "cbz": "rl", "cbnz": "rl", "tbz": "rnl",
        "tbnz": "rnl", "b": "l",
    }
    ACCESSES = {
        **dict.fromkeys("ldr ldrsw ldar ldapr ldxr ldaxr str stlr".split(), "rm"),
        **{name + order: "rrm" for name in ("swp", "cas", "ldadd", "ldclr", "ldset")
           for order in ("", "a", "l", "al")},
        "stxr": "rrm", "stlxr": "rrm",
    }
    # {asked} and {answer} hold addresses, {one} is 1.
    INTERRUPT = ["ldr W{value}, [X{asked}]", "dmb ish", "str W{one}, [X{answer}]"]
    MEMBARRIER = ["str W{one}, [X{asked}]", "ldr W{value}, [X{answer}]"]

    @staticmethod
    def numbers(text):
        return {int(number) for number in re.findall(r"\b[wx](\d+)\b", text)}

    @staticmethod
    def register(number):
        return f"X{number}"

    parameter = register

    def instruction(self, i, line):
        name, operands = line.name, line.operands
        if line.text == "ret":
            return Step(f"b {self.end}", line, ends=True)
        if line.text in ("nop", "clrex"):
            return Step("nop", line)
        if name == "dmb" and operands[0] in ("ish", "ishld", "ishst"):
            return Step(f"dmb {operands[0]}", line)
        if name == "adrp" and len(operands) == 2:
            return Step(f"mov {operands[0]}, {self.address_of(line, operands[1]).lower()}", line)
        low = re.fullmatch(r"#?:lo12:(\w+)", operands[-1]) if operands else None
        if name == "add" and low and self.variable(line, low[1]):
            return Step(f"mov {operands[0]}, {operands[1]}", line)
        if name == "cbnz" and self.tries_again(i, line):
            # The one that succeeds is all that counts.
            return Step("nop", line)
        condition = re.fullmatch(r"b\.?(\w\w)", name)
        if condition and condition[1] in self.CONDITIONS:
            text = f"b.{self.CONDITIONS[condition[1]]} {self.shown(i, line, 'l')[0]}"
            return Step(text, line)
        shown = self.shown(i, line, self.KNOWN.get(name) or self.ACCESSES.get(name))
        return Step(f"{name} {', '.join(shown)}", line, access=name in self.ACCESSES)

    def operand(self, i, line, kind, text):
        number = re.fullmatch(r"#?(-?\d+|0x[0-9a-f]+)", text)
        if kind == "l" and re.fullmatch(r"\.L\w+|\d+[fb]", text):
            return self.label(i, text)
        if kind == "c":
            return self.CONDITIONS.get(text)
        if kind in "ri" and re.fullmatch(r"[wx](\d+|zr)", text):
            return text
        if kind in "in" and number:
            return f"#{int(number[1], 0)}"
        found = re.fullmatch(r"\[(x\d+)(?:, ?(?:#?(\d+)|(x\d+)|#?:lo12:(\w+)))?\]", text)
        if kind == "m" and found and (not found[4] or self.variable(line, found[4])):
            return "[" + ", ".join(filter(None, [found[1], found[2] and f"#{found[2]}",
                                                 found[3]])) + "]"
        return None


class RiscV(Translation):
    """Of the 64-bit RISC-V architecture."""

    HERD_NAME = "RISCV"
    RESULT = "x10"
    SPARE = (*range(31, 27, -1), 7, 6, 5, *range(27, 17, -1), 9)
    NAMES = {"zero": 0, "ra": 1, "sp": 2, "gp": 3, "tp": 4, "s0": 8, "s1": 9,
             **{f"t{i}": i + (5 if i < 3 else 25) for i in range(7)},
             **{f"a{i}": i + 10 for i in range(8)}, **{f"s{i}": i + 16 for i in range(2, 12)}}
    CONDITIONAL = tuple(f"sc.{size}{order}" for size in "wd"
                        for order in ("", ".aq", ".rl", ".aqrl"))
    # As above; (o)ffset and register.
    KNOWN = {
        "mv": "rr", "li": "rn", "j": "l",
        **dict.fromkeys("addi addiw andi ori xori slti sltiu".split(), "rrn"),
        **dict.fromkeys("add sub and or xor addw subw slt sltu".split(), "rrr"),
        **dict.fromkeys("beq bne blt bge bltu bgeu".split(), "rrl"),
    }
    # What the assembler makes of what are no instructions of the processor.
    PSEUDO = {
        "beqz": "beq {0},zero,{1}", "bnez": "bne {0},zero,{1}", "bgt": "blt {1},{0},{2}",
        "ble": "bge {1},{0},{2}", "bgtu": "bltu {1},{0},{2}", "bleu": "bgeu {1},{0},{2}",
        "sext.w": "addiw {0},{1},0", "seqz": "sltiu {0},{1},1", "snez": "sltu {0},zero,{1}",
    }
    # herd7 compares no unsigned numbers: it gets them with the other sign.
    SIGNED = {"bltu": "blt", "bgeu": "bge", "sltu": "slt", "sltiu": "slt"}
    SIGN = -2 ** 63
    ACCESSES = {
        **dict.fromkeys("ld lw lwu sd sw".split(), "ro"),
        **dict.fromkeys(CONDITIONAL, "rro"),
        **{f"{name}.{size}{order}": operands for size in "wd"
           for order in ("", ".aq", ".rl", ".aqrl")
           for name, operands in {"lr": "ro", "amoswap": "rro", "amoadd": "rro", "amoor": "rro",
                                  "amoand": "rro"}.items()},
    }
    INTERRUPT = ["lw x{value},0(x{asked})", "fence rw,rw", "sw x{one},0(x{answer})"]
    MEMBARRIER = ["sw x{one},0(x{asked})", "lw x{value},0(x{answer})"]

    @classmethod
    def numbers(cls, text):
        return {cls.NAMES[name] for name in re.findall(r"\b\w+\b", text) if name in cls.NAMES}

    @staticmethod
    def register(number):
        return f"x{number}"

    @staticmethod
    def parameter(i):
        return f"x{i + 10}"

    def instruction(self, i, line):
        if line.text.split() in (["ret"], ["jr", "ra"]):
            return Step(f"j {self.end}", line, ends=True)
        if line.text == "nop":
            return Step("nop", line)
        if line.name in self.PSEUDO and len(line.operands) >= 2:
            operands = line.operands + [""]
            line = dataclasses.replace(line, text=self.PSEUDO[line.name].format(*operands))
        name, operands = line.name, line.operands
        if name == "fence":
            # No devices here: they are left out.
            orders = [re.sub("[io]", "", order) for order in operands] or ["rw", "rw"]
            if len(orders) == 2 and all(order in ("r", "w", "rw") for order in orders):
                return Step(f"fence {','.join(orders)}", line)
        if name in ("lui", "lla", "la") and len(operands) == 2:
            symbol = re.fullmatch(r"%hi\((\w+)\)" if name == "lui" else r"(\w+)", operands[1])
            if symbol:
                address = self.address_of(line, symbol[1])
                return Step(f"ori {self.shown(i, line, 'r*')[0]},{address},0", line)
        low = re.fullmatch(r"%lo\((\w+)\)", operands[-1]) if operands else None
        if name == "addi" and low and self.variable(line, low[1]):
            return Step("ori {},{},0".format(*self.shown(i, line, "rr*")), line)
        shown = self.shown(i, line, self.KNOWN.get(name) or self.ACCESSES.get(name))
        if name[0] == "b" and self.tries_again(i, line):
            self.retries.add(shown[-1])
        if name in self.SIGNED:
            return Step(self.signed(name, shown), line)
        return Step(f"{name} {','.join(shown)}", line, access=name in self.ACCESSES)

    def signed(self, name, shown):
        branch = name[0] == "b"
        first, second, other = shown if branch else (*shown[1:], shown[0])
        sign = self.spare("sign", holds=self.SIGN)
        one, two = self.spare("one side"), self.spare("the other side")
        texts = [f"xor {one},{first},{sign}"]
        if name == "sltiu":
            texts.append(f"li {two},{second}")
            second = two
        texts.append(f"xor {two},{second},{sign}")
        operands = [one, two, other] if branch else [other, one, two]
        return "\n".join([*texts, f"{self.SIGNED[name]} {','.join(operands)}"])

    def operand(self, i, line, kind, text):
        if kind == "*":
            return text
        if kind == "l" and re.fullmatch(r"\.L\w+|\d+[fb]", text):
            return self.label(i, text)
        if kind == "n" and re.fullmatch(r"-?\d+", text):
            return text
        if kind == "r" and text in self.NAMES and self.NAMES[text] not in (1, 2, 3, 4):
            return f"x{self.NAMES[text]}"
        found = re.fullmatch(r"(?:(\d+)|%lo\((\w+)\))?\((\w+)\)", text)
        if kind == "o" and found and (not found[2] or self.variable(line, found[2])):
            base = self.operand(i, line, "r", found[3])
            return base and f"{found[1] or 0}({base})"
        return None


ARCHITECTURES = {"aarch64": AArch64, "riscv64": RiscV}


# ---- A litmus test ---------------------------------------------------------------------


def litmus(name, reader, writer, variables, bad, position):
    """The text of a test: whether `bad` can be when both threads have run.

    membarrier interrupts the reader in front of its step `position`: the writer asks for
    that and waits for the answer, and the interrupt is a full fence. Only executions in which
    it comes to that count. None: there is no membarrier.
    """
    threads = (reader, writer)
    interrupted = position is not None
    numbers = []
    for thread in threads:
        spares = {what: thread.spare(f"{what} of membarrier", holds)
                  for what, holds in (("asked", "asked"), ("answer", "answer"), ("one", 1),
                                      ("value", 0))}
        numbers.append({what: register[1:] for what, register in spares.items()})

    def texts(thread, inserted):
        for i, step in enumerate(thread.steps):
            if interrupted and thread is reader and i == position:
                yield from (text.format(**inserted) for text in thread.INTERRUPT)
            if interrupted and step.membarrier:
                yield from (text.format(**inserted) for text in thread.MEMBARRIER)
            yield from filter(None, step.text.split("\n"))
        yield f"{thread.end}:"

    columns = [[*texts(thread, inserted)] for thread, inserted in zip(threads, numbers)]
    width = max(map(len, columns[0]))
    height = max(map(len, columns))
    left, right = ([*column, *[""] * (height - len(column))] for column in columns)
    registers = [f"{i}:{register}={value}" for i, thread in enumerate(threads)
                 for register, value in thread.registers.items()]
    held = {value for thread in threads for value in thread.registers.values()}
    declared = [declaration for variable, declaration in variables.items()
                if variable in held]
    values = [thread.register(inserted["value"]) for thread, inserted in zip(threads, numbers)]
    condition = bad.format(reader=f"0:{reader.RESULT}", writer=f"1:{writer.RESULT}")
    return "\n".join([
        f"{reader.HERD_NAME} {name}", "{",
        *(f"{line};" for line in (*declared, "int32_t asked=0", "int32_t answer=0", *registers)),
        "}", f" {'P0':{width}} | P1 ;",
        *(f" {one:{width}} | {other} ;" for one, other in zip(left, right)),
        *([f"filter (0:{values[0]}=1 /\\ 1:{values[1]}=1)"] if interrupted else []),
        f"exists ({condition})", ""])
