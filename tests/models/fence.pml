/* SPDX-License-Identifier: Apache-2.0 */

/* The asymmetric fence: announcements against reclaims, and the help request against
 * letting go, on processors with store buffers.
 *
 * Each reader's stores to its slot and its pin go through a buffer, whose
 * oldest store reaches memory at any time. Readers have no fence at all. The
 * heavy fence empties the buffers of all readers, one after another. What is
 * seq_cst in the library empties the own buffer first and acts on memory.
 *
 * There are two objects: OLD, which the writer unlinks and retires, and NEW.
 * Shown for all schedules: nobody reads OLD once it is freed; it is freed once;
 * and when everybody is done it has been freed, though nobody reclaims any
 * more.
 *
 * -DBUG=n plants a bug. Each must be found.
 */

#ifndef BUG
#define BUG 0
#endif

#define READERS 2
#define WRITER READERS /* a process with no buffer of its own */

#define NONE 0
#define OLD 1
#define NEW 2

/* What a buffered store is to, and for what an object waits. */
#define SLOT 1
#define PIN 2

byte cell = OLD;
byte epoch = 1;
byte stamp = 0; /* of OLD; 0: not yet stamped */
bool freed = false;
bool deferred = false; /* OLD is on the deferred list */
byte slot[READERS];
byte pinned_since[READERS];
bool help_requested[READERS];
byte done = 0;

chan buffer[READERS] = [4] of { byte, byte };

/* ---- Memory --------------------------------------------------------------- */

inline flush_one(r) {
  buffer[r] ? word, stored;
  if
  :: word == SLOT -> slot[r] = stored
  :: else -> pinned_since[r] = stored
  fi;
  word = 0;
  stored = 0
}

inline empty_buffer(r) {
  d_step {
    do
    :: len(buffer[r]) > 0 -> flush_one(r)
    :: else -> break
    od
  }
}

inline own_fence() {
  if
  :: me < READERS -> empty_buffer(me)
  :: else -> skip
  fi
}

inline heavy_fence() {
#if BUG == 12 /* it forgets a thread */
  empty_buffer(0)
#else
  empty_buffer(0);
  empty_buffer(1)
#endif
}

/* A processor's own buffer empties by and by. */
active [READERS] proctype Buffer() {
  byte word, stored;
end:
  do
  :: d_step { len(buffer[_pid]) > 0 -> flush_one(_pid) }
  od
}

/* ---- Reclaiming ----------------------------------------------------------- */

inline take_deferred() {
  d_step {
    batch = deferred;
    deferred = false
  }
}

inline look_at_pins() {
  i = 0;
  do
  :: i < READERS ->
     d_step {
       if
       :: kind != SLOT && pinned_since[i] != 0 && pinned_since[i] < stamp &&
          (kind == NONE || pinned_since[i] < value) ->
          kind = PIN;
          who = i;
          value = pinned_since[i]
       :: else -> skip
       fi;
       i++
     }
  :: else -> break
  od
}

inline look_at_slots() {
  i = 0;
  do
  :: i < READERS ->
     d_step {
       if
       :: slot[i] == OLD ->
          kind = SLOT;
          who = i;
          value = OLD
       :: else -> skip
       fi;
       i++
     }
  :: else -> break
  od
}

/* Domain::Scan(). */
inline sort() {
  do
  :: batch ->
     batch = false;
     own_fence();
     d_step {
       epoch++;
       if
       :: stamp == 0 -> stamp = epoch
       :: else -> skip
       fi
     };
     kind = NONE;
#if BUG == 4 /* the scan comes before the fence */
     look_at_pins();
     look_at_slots();
     heavy_fence();
#else
#if BUG != 1 && BUG != 2 /* no heavy fence, or only one before the unlink */
     heavy_fence();
#endif
#if BUG == 8 /* slots before pins */
     look_at_slots();
     look_at_pins();
#else
     look_at_pins();
     look_at_slots();
#endif
#endif
     if
     :: kind == NONE ->
        assert(!freed);
        freed = true
     :: else ->
#if BUG == 5 /* help is requested before the list */
        help_requested[who] = true;
        deferred = true;
#else
        deferred = true;
        help_requested[who] = true;
#endif
#if BUG != 3 /* no second heavy fence */
        heavy_fence();
#endif
#if BUG == 10 /* the second look takes the list and puts it back */
        take_deferred();
        if
        :: batch && !((kind == PIN && pinned_since[who] != value) ||
                      (kind == SLOT && slot[who] != value)) ->
           batch = false;
           deferred = true
        :: else -> skip
        fi
#elif BUG != 6 /* no second look */
        if
        :: (kind == PIN && pinned_since[who] != value) ||
           (kind == SLOT && slot[who] != value) ->
           take_deferred()
        :: else -> skip
        fi
#endif
     fi
  :: else -> break
  od;
  kind = NONE;
  who = 0;
  value = 0;
  i = 0
}

active proctype Writer() {
  byte me = WRITER, i, kind, who, value, word, stored;
  bool batch;
#if BUG == 13 /* the stamp comes before the unlink */
  d_step {
    epoch++;
    stamp = epoch
  };
#endif
#if BUG == 2
  heavy_fence();
#endif
  cell = NEW;
  batch = true;
  sort();
  done++
}

/* ---- Reading -------------------------------------------------------------- */

inline store(w, v) { buffer[me] ! w, v }

/* HelpIfRequested() and HelpAfterUnpin(). */
inline help_if_wanted() {
  if
  :: help_requested[me] ->
     own_fence();
#if BUG == 7 /* the list is taken before the request is cleared */
     take_deferred();
     help_requested[me] = false;
#else
     help_requested[me] = false;
     take_deferred();
#endif
     sort()
  :: else -> skip
  fi
}

inline read(p) { assert(!(p == OLD && freed)) }

inline pin() {
  seen = epoch;
  store(PIN, seen);
  seen = 0
}

inline unpin() {
  store(PIN, 0);
#if BUG != 9 /* an unpin ignores help requests */
  help_if_wanted()
#endif
}

inline publish() {
  held = cell;
  do
  :: store(SLOT, held);
#if BUG == 11 /* no second read of the cell */
     break
#else
     seen = cell;
     if
     :: seen == held -> break
     :: else ->
        held = seen;
        retried = true
     fi
#endif
  od;
  seen = 0;
  if
  :: retried ->
     retried = false;
     help_if_wanted()
  :: else -> skip
  fi
}

inline drop() {
  held = NONE;
  store(SLOT, NONE);
#if BUG != 14 /* a drop ignores help requests */
  help_if_wanted()
#endif
}

active [READERS] proctype Reader() {
  byte me = _pid - READERS - 1;
  byte i, kind, who, value, word, stored;
  byte held, seen;
  bool batch, retried;
  if
  :: true -> /* a load */
     publish();
     read(held);
     drop()
  :: true -> /* a pin */
     pin();
     held = cell;
     read(held);
     held = NONE;
     unpin()
  :: me == 0 -> /* a load, and a pin while it is held */
     publish();
     pin();
     unpin();
     read(held);
     drop()
  :: me == 0 -> /* a hand-over from a pin to a slot */
     pin();
     held = cell;
     store(SLOT, held);
     unpin();
     read(held);
     drop()
  fi;
  done++
}

active proctype AtTheEnd() {
  done == READERS + 1;
  empty_all: atomic {
    len(buffer[0]) == 0 && len(buffer[1]) == 0 -> assert(freed)
  }
}
