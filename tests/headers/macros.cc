// SPDX-License-Identifier: Apache-2.0

// Macros of other libraries before ours: Qt's keywords, and those of Xlib, R,
// Windows and others. Compiled by headers_test.py, without warnings.
//
// UNBEARABLE names what can't stand here, and for whom. headers_test.py looks
// whether that is so still; docs/limitations.md has the same list.
//
// UNBEARABLE Bool: sync_atomic/atomic/bool.h
// UNBEARABLE Status: absl/status/status.h
// UNBEARABLE New: absl/status/status.h
// UNBEARABLE index: absl/status/status.h

// Qt, without QT_NO_KEYWORDS.
#define signals public
#define slots
#define emit
#define foreach(a, b) for (a : b)
#define forever for (;;)
#define Q_SIGNALS public
#define Q_SLOTS
#define Q_EMIT
#define SIGNAL(a) #a
#define SLOT(a) #a

// Xlib and X.h.
#define None 0L
#define True 1
#define False 0
#define Always 2
#define Success 0
#define Above 0
#define Below 1
#define Complex 0
#define Unsorted 0
#define CurrentTime 0L
#define KeyPress 2
#define KeyRelease 3
#define FocusIn 9
#define FocusOut 10
#define Expose 12
#define GrayScale 1
#define Convex 2
#define Opposite 4
#define ControlMask 4
#define Button1 1
#define ParentRelative 1L
#define CursorShape 0
#define NoValue 0
#define LASTEvent 36

// R.
#define length Rf_length
#define error Rf_error
#define warning Rf_warning
#define isNull Rf_isNull
#define Free(p) free(p)
#define Calloc(n, t) 0
#define Realloc(p, n, t) 0
#define allocVector Rf_allocVector
#define cons Rf_cons
#define duplicate Rf_duplicate
#define install Rf_install
#define nrows Rf_nrows
#define ncols Rf_ncols
#define match Rf_match
#define isInteger Rf_isInteger

// Windows.
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define small char
#define near
#define far
#define interface struct
#define ERROR 0
#define IN
#define OUT
#define OPTIONAL
#define GetObject GetObjectW
#define Yield()
#define DELETE 0x10000L
#define CreateWindow CreateWindowW
#define GetMessage GetMessageW
#define SendMessage SendMessageW
#define GetClassName GetClassNameW
#define Ignore 0
#define STRICT 1
#define CONST const
#define VOID void
#define TRUE 1
#define FALSE 0
#define CALLBACK
#define pascal
#define cdecl
#define hyper long
#define LoadLibrary LoadLibraryW
#define GetCurrentTime() 0
#define NO_ERROR 0
#define DIFFERENCE 11
#define ALTERNATE 1
#define BOOL int
#define ReportEvent ReportEventW
#define AddJob AddJobW
#define InterlockedAdd _InterlockedAdd
#define MemoryBarrier __faststorefence
#define YieldProcessor _mm_pause
#define GetLimits GetLimitsW

// Others: sysmacros.h, Objective-C, AssertMacros.h, the kernel's,
// Perl.
#define major(device) 0
#define minor(device) 0
#define nil 0
#define Nil 0
#define YES 1
#define NO 0
#define check(condition)
#define verify(condition)
#define require(condition, label)
#define likely(condition) (condition)
#define unlikely(condition) (condition)
#define Move(a, b, n, t) 0
#define Zero(a, n, t) 0
#define Nullch 0
#define DEBUG 1

#include "everything.cc"  // NOLINT(bugprone-suspicious-include)
