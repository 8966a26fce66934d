# SPDX-License-Identifier: Apache-2.0

"""What std::atomic's types and operations are called in the library."""

import re

from clang_access import TypeKind

# (In a template, a type that depends on an argument is shown without its namespace.)
STD = re.compile(r"(?:std::(?:\w+::)*)?(atomic<.*>|atomic_flag)")
OURS = re.compile(r"(?:sync_atomic::)?(Int32|Int64|Uint32|Uint64|Uintptr|Bool|Float64|Enum<.*>|Pointer<.*>|Word<.*>)")
# Cheaply, of a canonical type: whether an atomic may be in it.
MAYBE = re.compile(r"\batomic(<|_flag\b)|\bsync_atomic::(?:Int|Uint|Bool|Float64|Enum<|Pointer<|Word<)"
                   r"|^(?:Enum|Pointer|Word)<")

# Templates of std whose element is reached by a member that returns a reference or a pointer.
CONTAINERS = re.compile(r"std::(?:\w+::)*(vector|array|deque|list|map|unordered_map|pair|optional|unique_ptr|"
                        r"shared_ptr|weak_ptr|multimap|unordered_multimap|initializer_list|tuple)<")

# Their operations: how they are counted, the method that each becomes, and what goes before
# its arguments. OLD values, but for wait.
METHODS = {
    "load": ("load", "Load", ""),
    "store": ("store", "Store", ""),
    "exchange": ("swap", "Swap", ""),
    "compare_exchange_weak": ("cas_weak", "CompareExchange", ""),
    "compare_exchange_strong": ("cas_strong", "CompareExchangeStrong", ""),
    "fetch_add": ("add", "FetchAdd", ""),
    "fetch_sub": ("sub", "FetchSub", ""),
    "fetch_and": ("and", "And", ""),
    "fetch_or": ("or", "Or", ""),
    "fetch_xor": ("xor", "Xor", ""),
    "wait": ("wait", "Wait", ""),
    "notify_one": ("notify_one", "NotifyOne", ""),
    "notify_all": ("notify_all", "NotifyAll", ""),
    "test_and_set": ("swap", "Swap", "true"),
    "clear": ("store", "Store", "false"),
    "test": ("load", "Load", ""),
}

# Without std::atomic_: the method, and which arguments after the object are pointers.
FUNCTIONS = {
    **{name: name for name in ("load", "store", "exchange", "fetch_add", "fetch_sub", "fetch_and",
                               "fetch_or", "fetch_xor", "wait", "notify_one", "notify_all",
                               "compare_exchange_weak", "compare_exchange_strong")},
    "flag_test_and_set": "test_and_set",
    "flag_clear": "clear",
    "flag_test": "test",
    "flag_wait": "wait",
    "flag_notify_one": "notify_one",
    "flag_notify_all": "notify_all",
}

# How ours are counted.
OUR_METHODS = {
    "Load": "load",
    "Store": "store",
    "Swap": "swap",
    "CompareExchange": "cas_weak",
    "CompareExchangeStrong": "cas_strong",
    "CompareAndSwap": "cas_strong",
    "FetchAdd": "add",
    "Add": "add",
    "FetchSub": "sub",
    "Sub": "sub",
    "And": "and",
    "Or": "or",
    "Xor": "xor",
    "Wait": "wait",
    "NotifyOne": "notify_one",
    "NotifyAll": "notify_all",
}

# How many arguments stand before the orders.
BEFORE_ORDERS = {"load": 0, "store": 1, "swap": 1, "cas_weak": 2, "cas_strong": 2, "add": 1, "sub": 1,
                 "and": 1, "or": 1, "xor": 1, "wait": 1, "notify_one": 0, "notify_all": 0}

INTEGERS = {
    (TypeKind.INT, 4): "Int32",
    (TypeKind.UINT, 4): "Uint32",
    (TypeKind.LONG, 8): "Int64",
    (TypeKind.ULONG, 8): "Uint64",
}

HEADERS = {
    "Int32": ("sync_atomic/atomic/int32.h", "atomic:int32"),
    "Int64": ("sync_atomic/atomic/int64.h", "atomic:int64"),
    "Uint32": ("sync_atomic/atomic/uint32.h", "atomic:uint32"),
    "Uint64": ("sync_atomic/atomic/uint64.h", "atomic:uint64"),
    "Uintptr": ("sync_atomic/atomic/uintptr.h", "atomic:uintptr"),
    "Bool": ("sync_atomic/atomic/bool.h", "atomic:bool"),
    "Enum": ("sync_atomic/atomic/enum.h", "atomic:enum"),
    "Float64": ("sync_atomic/atomic/float64.h", "atomic:float64"),
    "Word": ("sync_atomic/atomic/word.h", "atomic:word"),
    "Pointer": ("sync_atomic/pointer/pointer.h", "pointer"),
}


def kind_of(value, size):
    """The class for a value type (canonical): (class, None), or (None, why there is none)."""
    kind = value.kind
    if kind == TypeKind.BOOL:
        return "Bool", None
    if (kind, size) in INTEGERS:
        return INTEGERS[kind, size], None
    if kind == TypeKind.ENUM:
        return "Enum", None
    if kind == TypeKind.DOUBLE:
        return "Float64", None
    if kind == TypeKind.POINTER:
        if value.get_pointee().kind in (TypeKind.FUNCTIONPROTO, TypeKind.FUNCTIONNOPROTO):
            return None, "its value is a pointer to a function"
        return "Pointer", None
    if "shared_ptr<" in value.spelling:
        return None, "its value is a shared_ptr, which the report describes"
    if kind in (TypeKind.UNEXPOSED, TypeKind.DEPENDENT) or size is None or size < 0:
        return None, "its value is a type that a template's argument decides"
    if kind == TypeKind.LONGDOUBLE or size not in (1, 2, 4, 8):
        return None, f"its value, a {value.spelling}, has {size} bytes, and a word has 1, 2, 4 or 8"
    return "Word", None
